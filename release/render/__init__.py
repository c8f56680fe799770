"""Plan → scripts, from the jinja2 templates in `release/templates/`."""

from release.render.scripts import render_scripts, session_settings

__all__ = ["render_scripts", "session_settings"]
