"""Plan → scripts and runbook, from the jinja2 templates in `release/templates/`."""

from release.render.runbook import render_runbook
from release.render.scripts import machinery, render_scripts, session_settings

__all__ = ["machinery", "render_runbook", "render_scripts", "session_settings"]
