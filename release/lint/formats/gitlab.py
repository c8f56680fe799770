"""GitLab's Code Quality report (a subset of the Code Climate format)."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from release.lint.formats.location import place_of
from release.model import Severity

if TYPE_CHECKING:
    from release.lint.run import Report
    from release.model import Finding

_SEVERITY = {Severity.ERROR: "critical", Severity.WARNING: "minor"}


def write(report: Report, prefix: str) -> str:
    seen: dict[str, int] = {}
    entries = []
    for finding in report.findings:
        file, line, _ = place_of(finding, prefix)
        entries.append(
            {
                "description": finding.message,
                "check_name": finding.code,
                "fingerprint": _fingerprint(finding, file, seen),
                "severity": _SEVERITY[finding.severity],
                "location": {"path": file, "lines": {"begin": line}},
            }
        )
    return json.dumps(entries, indent=2) + "\n"


def _fingerprint(finding: Finding, file: str, seen: dict[str, int]) -> str:
    """Unique in the report, and the same when lines move."""
    key = "\0".join((finding.code, file, finding.message))
    seen[key] = seen.get(key, 0) + 1
    return hashlib.sha256(f"{key}\0{seen[key]}".encode()).hexdigest()
