"""SARIF 2.1.0 (OASIS), for code scanning."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from release import __version__
from release.lint.formats.location import place_of, script_place
from release.lint.notices import NOTICES
from release.lint.rules import all_rules
from release.model import Severity

if TYPE_CHECKING:
    from release.lint.notices import Notice
    from release.lint.rule import Rule
    from release.lint.run import Report
    from release.model import Finding

_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning"}


def write(report: Report, prefix: str) -> str:
    waived = [(finding, each.waiver.reason) for each in report.waived for finding in each.findings]
    findings = [*((finding, None) for finding in report.findings), *waived]
    codes = sorted({finding.code for finding, _ in findings})
    run = {
        "tool": {"driver": {"name": "release lint", "version": __version__, "rules": [_rule(code) for code in codes]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, codes.index(each.code), prefix, reason) for each, reason in findings],
    }
    log = {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(log, indent=2) + "\n"


def _rule(code: str) -> dict[str, Any]:
    known: tuple[Rule | Notice, ...] = (*all_rules(), *NOTICES)
    for each in known:
        if each.code == code:
            return {
                "id": code,
                "shortDescription": {"text": each.title},
                "fullDescription": {"text": each.why},
                "help": {"text": each.fix},
                "defaultConfiguration": {"level": _LEVEL[each.severity]},
            }
    return {"id": code, "shortDescription": {"text": code}}


def _result(finding: Finding, index: int, prefix: str, waived: str | None) -> dict[str, Any]:
    file, line, column = place_of(finding, prefix)
    script = script_place(finding)
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _LEVEL[finding.severity],
        "message": {"text": finding.message},
        "locations": [_location(file, line, column)] if file else [],
        # the same finding in another run, wherever its line has moved to
        "partialFingerprints": {"release/v1": _fingerprint(finding)},
    }
    if finding.source and script:
        result["relatedLocations"] = [
            {
                **_location(finding.file, finding.line, finding.column),
                "message": {"text": "the statement in the script"},
            }
        ]
    if waived is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": waived}]
    return result


def _location(file: str, line: int, column: int) -> dict[str, Any]:
    region = {"startLine": max(line, 1), "startColumn": max(column, 1)}
    return {"physicalLocation": {"artifactLocation": {"uri": quote(file)}, "region": region}}


def _fingerprint(finding: Finding) -> str:
    where = finding.source.file if finding.source else finding.file
    return hashlib.sha256("\0".join((finding.code, where, finding.message)).encode()).hexdigest()[:32]
