"""Findings in the forms that people and CI systems read. Every text of a finding is untrusted in all of them."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from release.lint.run import Report

FORMATS = ("text", "json", "sarif", "junit", "github", "gitlab")


def formatted(report: Report, name: str, prefix: str = "") -> str:
    """A report in one of `FORMATS`.

    Args:
        prefix: folder of alembic.ini as seen from where CI looks, "" when it is the same, else with a "/" at its end.
    """
    text: str = importlib.import_module(f"{__name__}.{name}").write(report, prefix)
    return text
