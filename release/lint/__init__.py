"""Findings on scripts and migrations, from PostgreSQL's parser, sqlfluff, and rules of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.case import Case, Text, items_of
from release.lint.engine import run_rules
from release.lint.files import file_case

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from release.config import Settings
    from release.model import Finding, Release, Script

__all__ = ["Case", "Text", "file_case", "lint_case", "lint_scripts", "release_case"]


def release_case(
    release: Release, scripts: Sequence[Script], texts: tuple[tuple[Text, ...], tuple[Text, ...]], settings: Settings
) -> Case:
    """What the rules look at, for a release that has been rendered.

    Args:
        scripts: upgrade and rollback, as rendered.
        texts: the release's migrations with alembic.ini and env.py, and the migrations before it.
    """
    upgrade, rollback = scripts
    return Case(
        items_of(release.upgrade, upgrade, settings.schema),
        items_of(release.rollback, rollback, settings.schema),
        tuple(scripts),
        settings.schema,
        revisions=release.range.revisions,
        losses=release.losses,
        texts=texts[0],
        earlier=texts[1],
    )


def lint_case(case: Case) -> tuple[Finding, ...]:
    """Findings of our own rules."""
    return run_rules(case)


def lint_scripts(scripts: Iterable[Script], config: Path | None = None) -> tuple[Finding, ...]:
    """Findings of PostgreSQL's parser and of sqlfluff on rendered scripts, in the order of file and line.

    An error is what PostgreSQL cannot parse, and any violation in our own text. An author's statement is not judged by
    layout and letter case; what sqlfluff cannot parse there, though PostgreSQL can, is a warning.

    Args:
        config: a sqlfluff configuration to use instead of ours.

    Raises:
        ConfigError: the configuration cannot be used.
    """
    from release.lint.fluff import fluff_findings
    from release.lint.parser import parser_findings

    findings = [
        finding for script in scripts for finding in (*parser_findings(script), *fluff_findings(script, config))
    ]
    return tuple(sorted(findings, key=lambda each: (each.file, each.line, each.column, each.code)))
