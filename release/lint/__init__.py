"""Findings on scripts. The only room that imports sqlfluff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.fluff import fluff_findings
from release.lint.parser import parser_findings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from release.model import Finding, Script


def lint_scripts(scripts: Iterable[Script], config: Path | None = None) -> tuple[Finding, ...]:
    """Findings on rendered scripts, in the order of file and line.

    An error is what PostgreSQL cannot parse, and any violation in our own text. An author's statement is not judged by
    layout and letter case; what sqlfluff cannot parse there, though PostgreSQL can, is a warning.

    Args:
        config: a sqlfluff configuration to use instead of ours.

    Raises:
        ConfigError: the configuration cannot be used.
    """
    findings = [
        finding for script in scripts for finding in (*parser_findings(script), *fluff_findings(script, config))
    ]
    return tuple(sorted(findings, key=lambda each: (each.file, each.line, each.column, each.code)))
