"""The option that `build`, `plan`, `lint` and `check` share: for migrations that nobody may edit."""

from __future__ import annotations

import click

irreversible_option = click.option(
    "--allow-irreversible",
    "irreversible",
    metavar="REV",
    multiple=True,
    help="Nothing undoes this revision, though its migration does not say so: the way back ends there [repeatable].",
)
