"""Plan → scripts, from the jinja2 templates in `release/templates/`."""

from release.render.script import render_scripts

__all__ = ["render_scripts"]
