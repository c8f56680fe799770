"""The `release` command: the one place where exceptions become messages and exit statuses."""

from __future__ import annotations

import importlib
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from release import __version__
from release.config import DEFAULT_SECTION, SECTION
from release.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Sequence

# Each command lives in a module of its name and is imported when it is asked for.
COMMANDS = ("plan", "check", "build", "lint", "list", "rehearse", "apply", "machinery")


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"release.cli.{name}").command
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path),
    default=Path("alembic.ini"),
    show_default=True,
    help="Alembic's configuration file.",
)
@click.option("-n", "--name", metavar="SECTION", default=DEFAULT_SECTION, help="Section of alembic.ini to use.")
@click.option("-v", "--verbose", is_flag=True, help="Say what Alembic does, on standard error.")
@click.version_option(__version__, prog_name="release")
@click.pass_context
def group(ctx: click.Context, config: Path, name: str, verbose: bool) -> None:  # click's calling convention
    """SQL release scripts for a DBA, from Alembic migrations.

    `build` writes a bundle: upgrade and rollback scripts that guard themselves and run with psql.
    """
    ctx.obj = config
    SECTION.set(name)
    if not verbose:
        logging.disable(logging.INFO)  # env.py configures logging anew, so a level would not last
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO if verbose else logging.WARNING, format="%(name)s: %(message)s"
    )


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command and give its exit status (0 done, 1 findings or bad input, 2 usage or tool, 3 refused)."""
    try:
        status: Any = group.main(args=arguments, prog_name="release", standalone_mode=False)
    except ReleaseError as error:
        click.echo(f"release: {error}", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("release: interrupted; nothing was written", err=True)
        return 130
    return status if isinstance(status, int) else 0
