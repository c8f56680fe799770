"""JUnit XML, for viewers of test results: a test suite per file, a test per finding.

A finding that `--fail-on` lets pass is a skipped test: shown, and no reason to stop.

It keeps to what Jenkins' xUnit plugin (junit-10.xsd) accepts, the strictest of the readers.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import TYPE_CHECKING

from release.lint.formats.location import place_of, printable, script_place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from release.lint.run import Report
    from release.model import Finding


def write(report: Report, prefix: str) -> str:
    by_file: dict[str, list[Finding]] = {}
    for finding in report.findings:
        by_file.setdefault(place_of(finding, prefix)[0], []).append(finding)
    count = len(report.findings)
    root = ElementTree.Element(
        "testsuites",
        name="release lint",
        tests=str(max(count, 1)),
        failures=str(_failures(report, report.findings)),
        errors="0",
    )
    for file, findings in by_file.items():
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=printable(file),
            tests=str(len(findings)),
            failures=str(_failures(report, findings)),
            errors="0",
            skipped=str(len(findings) - _failures(report, findings)),
            file=printable(file),
        )
        for finding in findings:
            _add_case(suite, finding, "failure" if finding.severity in report.severe else "skipped", prefix)
    if not by_file:
        suite = ElementTree.SubElement(root, "testsuite", name="release lint", tests="1", failures="0", errors="0")
        ElementTree.SubElement(suite, "testcase", classname="release.lint", name="no findings")
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _failures(report: Report, findings: Iterable[Finding]) -> int:
    return sum(finding.severity in report.severe for finding in findings)


def _add_case(suite: ElementTree.Element, finding: Finding, outcome: str, prefix: str) -> None:
    file, line, _ = place_of(finding, prefix)
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=printable(file),
        name=printable(f"{finding.code} line {line}: {finding.message}"),
    )
    result = ElementTree.SubElement(case, outcome, type=str(finding.severity), message=printable(finding.message))
    body = (finding.why, finding.fix, f"script: {script_place(finding)}" if finding.file else "")
    # XML has no place for control characters, not even escaped (XML 1.0, 2.2)
    lines = [line for text in body for line in text.splitlines()]
    result.text = "\n".join("".join(letter if letter.isprintable() else " " for letter in line) for line in lines)
