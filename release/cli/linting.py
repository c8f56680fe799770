"""Options that `lint` and `build` share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from release.lint import Choice
    from release.pipeline import Project

    Command = Callable[..., Any]


def lint_options(command: Command) -> Command:
    """--fail-on, --select and --ignore."""
    for option in (
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
    fail_on: str, select: tuple[str, ...], ignore: tuple[str, ...], project: Project | None = None
) -> Choice:
    """The choice that the options mean, for a project or for files by themselves."""
    from release.lint import Choice
    from release.lint.fluff import default_cache
    from release.model import Severity

    chosen = Choice(
        select=_codes(select),
        ignore=_codes(ignore),
        fail_on=None if fail_on == "never" else Severity(fail_on),
        cache=default_cache(),
    )
    return chosen.of(project.history.root, project.settings) if project else chosen


def _codes(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code.strip() for value in values for code in value.split(",") if code.strip())
