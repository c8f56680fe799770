"""The option that says where bundles lie."""

from __future__ import annotations

from pathlib import Path

import click

output_option = click.option(
    "--output", type=click.Path(path_type=Path), help="Folder for bundles [default: scripts/ beside alembic.ini]."
)
