"""SQL files by themselves: read, judged, and never passed over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from release.errors import ConfigError
from release.lint import file_case, lint_case, make_report
from release.lint.cache import key_of, load, own_code, save
from release.lint.config import read_config
from release.lint.own import GAVE_UP, RULE_FAILED, UNREADABLE
from release.lint.squawk import describe_squawk
from release.model import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from release.lint import Choice, Report

_NOT_KEPT = frozenset({GAVE_UP.code, RULE_FAILED.code})


def lint_files(files: Sequence[Path], choice: Choice) -> Report:
    """Lint SQL files by themselves; one that cannot be read as a script is a finding.

    Raises:
        ConfigError: a file is not there.
    """
    found: list[Finding] = []
    for file in files:
        try:
            data = file.read_bytes()
        except OSError as error:
            raise ConfigError(
                f"{file}: cannot be read: {error.strerror}", "name a bundle's version or SQL files"
            ) from error
        name = file.as_posix()
        trouble, line = _trouble(data)
        if trouble:
            found.append(UNREADABLE.finding(f"{name}: {trouble}", name, line))
        else:
            found += _lint(name, data.decode("utf-8-sig").replace("\r\n", "\n"), choice)
    return make_report(found, (), choice)


def _lint(name: str, text: str, choice: Choice) -> tuple[Finding, ...]:
    """A file's findings, from the cache where nothing that they depend on has changed."""
    key = ""
    if choice.cache:
        squawk = describe_squawk(choice.folder) if choice.wants_squawk else ""
        config = read_config(choice.sqlfluff) if choice.wants_sqlfluff else ""
        wanted = repr((choice.select, choice.ignore, choice.server))
        key = key_of("report", own_code(), squawk, config, str(choice.sqlfluff is None), wanted, name, text)
        kept = load(choice.cache, key)
        if kept is not None:
            return tuple(_from_list(*each) for each in kept)
    findings = lint_case(file_case(name, text, server=choice.server), replace(choice, fail_on=None)).findings
    if choice.cache and not any(each.code in _NOT_KEPT for each in findings):
        save(choice.cache, key, [_as_list(each) for each in findings])
    return findings


def _from_list(  # one parameter per field
    code: str, severity: str, message: str, file: str, line: int, column: int, why: str, fix: str
) -> Finding:
    return Finding(code, Severity(severity), message, file, line, column, None, why, fix)


def _as_list(each: Finding) -> list[object]:
    place = [each.file, each.line, each.column]
    return [each.code, str(each.severity), each.message, *place, each.why, each.fix]


def _trouble(data: bytes) -> tuple[str, int]:
    """Why a file is no script that can be linted, and the line to look at."""
    if not data.strip():
        return "the file is empty", 1
    if b"\0" in data:
        return "a NUL byte, which no SQL can hold", data.count(b"\n", 0, data.index(b"\0")) + 1
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"no UTF-8: byte 0x{data[error.start]:02x}", data.count(b"\n", 0, error.start) + 1
    return "", 0
