"""For programs: everything that a finding knows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from release.lint.formats.location import place_of

if TYPE_CHECKING:
    from release.lint.run import Report
    from release.model import Finding, Source


def write(report: Report, prefix: str) -> str:
    value = {
        "format": 1,
        "failed": report.failed,
        "findings": [_finding(finding, prefix) for finding in report.findings],
        "waived": [
            {
                "codes": list(each.waiver.codes),
                "until": each.waiver.until,
                "reason": each.waiver.reason,
                "source": _source(each.waiver.source, prefix),
                "findings": [_finding(finding, prefix) for finding in each.findings],
            }
            for each in report.waived
        ],
    }
    return json.dumps(value, indent=2) + "\n"


def _finding(finding: Finding, prefix: str) -> dict[str, Any]:
    file, line, _ = place_of(finding, prefix)
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "message": finding.message,
        "why": finding.why,
        "fix": finding.fix,
        "file": file,
        "line": line,
        "script": {"file": finding.file, "line": finding.line, "column": finding.column} if finding.file else None,
        "migration": _source(finding.source, prefix) if finding.source else None,
    }


def _source(source: Source, prefix: str) -> dict[str, Any]:
    return {"revision": source.revision, "file": prefix + source.file, "line": source.line}
