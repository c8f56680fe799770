"""For people: one line a finding, why and how to fix it told once per rule, and a summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.formats.location import place_of, printable, script_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.lint.run import Report
    from release.model import Finding


def write(report: Report, prefix: str) -> str:
    return "\n".join(_lines(report, prefix)) + "\n"


def _lines(report: Report, prefix: str) -> Iterator[str]:
    told: dict[str, Finding] = {}
    for finding in report.findings:
        file, line, column = place_of(finding, prefix)
        script = script_place(finding)
        origin = f" (in {printable(script)})" if finding.source and script else ""
        revision = f" [{printable(finding.source.revision)}]" if finding.source and finding.source.revision else ""
        yield (
            f"{printable(file)}:{line}:{column}: {finding.severity} {finding.code}: "
            f"{printable(finding.message)}{revision}{origin}"
        )
        if finding.why or finding.fix:
            told.setdefault(finding.code, finding)
    for code, finding in told.items():
        yield ""
        yield f"{code}: {printable(finding.why)}".rstrip()
        for text in finding.fix.splitlines():
            yield f"  {text if text.isprintable() else printable(text)}".rstrip()
    for each in report.waived:
        if each is report.waived[0]:
            yield ""
        until = f" until {each.waiver.until}" if each.waiver.until else ""
        yield (
            f"waved through at {printable(str(each.waiver.source))}{until}: {', '.join(each.waiver.codes)}, "
            f"{_counted(len(each.findings), 'time')}: {printable(each.waiver.reason)}"
        )
    errors = sum(finding.severity == "error" for finding in report.findings)
    yield f"{_counted(errors, 'error')}, {_counted(len(report.findings) - errors, 'warning')}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
