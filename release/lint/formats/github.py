"""Workflow commands of GitHub Actions: annotations on the migration's own line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.formats.location import place_of, printable, script_place

if TYPE_CHECKING:
    from release.lint.run import Report
    from release.model import Finding


def write(report: Report, prefix: str) -> str:
    return "".join(_command(finding, prefix) for finding in report.findings)


def _command(finding: Finding, prefix: str) -> str:
    file, line, column = place_of(finding, prefix)
    properties = {"file": file, "line": str(line), "col": str(column), "title": f"{finding.code} ({finding.severity})"}
    script = script_place(finding)
    text = "\n".join(
        part for part in (finding.message, finding.why, f"In {script}" if finding.source and script else "") if part
    )
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    return f"::{finding.severity} {listed}::{_data(text)}\n"


def _data(text: str) -> str:
    """Escaped as @actions/core does, so that no text can start a command of its own."""
    lines = "\n".join(printable(line) for line in text.splitlines())
    return lines.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
