"""Options that `lint` and `build` share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from release.lint.run import Choice

    Command = Callable[..., Any]


def lint_options(command: Command) -> Command:
    """--fail-on, --select, --ignore and --no-cache."""
    for option in (
        click.option("--no-cache", is_flag=True, help="Work everything out anew, and keep nothing."),
        click.option("--ignore", multiple=True, metavar="CODES", help="Leave these rules out: RL113,squawk:prefer."),
        click.option("--select", multiple=True, metavar="CODES", help="Only these rules, or those that start so: RL2."),
        click.option(
            "--fail-on",
            type=click.Choice(["error", "warning", "never"]),
            default="error",
            show_default=True,
            help="What makes it fail.",
        ),
    ):
        command = option(command)
    return command


def make_choice(
    fail_on: str, select: tuple[str, ...], ignore: tuple[str, ...], ini: Path | None = None, *, no_cache: bool = False
) -> Choice:
    """The choice that the options mean, for the project of an alembic.ini or for files by themselves.

    Raises:
        ConfigError: there is no such file, or the settings are wrong.
    """
    from release.cache import cache_folder
    from release.config import find_configuration, load_settings, project_root
    from release.lint.run import Choice
    from release.model import Severity

    chosen = Choice(
        select=_codes("--select", select),
        ignore=_codes("--ignore", ignore),
        fail_on=None if fail_on == "never" else Severity(fail_on),
        cache=None if no_cache else cache_folder(),
    )
    if ini is None:
        return chosen
    root = project_root(find_configuration(ini))
    return chosen.of(root, load_settings(root))


def _codes(option: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """The codes that an option names.

    Raises:
        UsageError: no rule has such a code: what was meant would go unnoticed.
    """
    from release.lint.codes import misspelt

    codes = tuple(code.strip() for value in values for code in value.split(",") if code.strip())
    if values and not codes:
        raise click.UsageError(f"{option} names no code")
    for code in codes:
        meant = misspelt(code)
        if meant is not None:
            hint = f"; did you mean {meant}?" if meant else "; docs/rules.md lists them"
            raise click.UsageError(f"{option} {code}: no rule has a code that starts so{hint}")
    return codes
