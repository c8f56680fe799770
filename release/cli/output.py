"""What the commands write on standard output that have no form for a CI system of its own."""

from __future__ import annotations

import click

TEXT_OR_JSON = click.Choice(("text", "json"))
"""For people, and for programs."""
