"""SQL files by themselves: read, judged, and never passed over."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import release
from release.cache import digest_of, load, save
from release.errors import ConfigError
from release.lint.notices import PASSING, UNREADABLE
from release.lint.run import lint_case, make_report, start_sqlfluff
from release.lint.sql_subject import file_case
from release.lint.sqlfluff.config import read_config
from release.lint.sqlfluff.findings import installed
from release.lint.squawk import describe_squawk
from release.model import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from release.lint.run import Choice, Report


@dataclass(frozen=True, slots=True)
class _Read:
    """A file that can be linted, and the name of its findings in the cache."""

    name: str
    text: str
    key: str


def lint_files(files: Sequence[Path], choice: Choice) -> Report:
    """Lint SQL files by themselves; one that cannot be read as a script is a finding.

    Raises:
        ConfigError: a file is not there.
    """
    found: list[Finding] = []
    left: list[_Read] = []
    base = _base(choice) if choice.cache else ()
    for file in dict.fromkeys(files):
        data, name = _bytes(file), file.as_posix()
        trouble, line = _trouble(data)
        if trouble:
            found.append(UNREADABLE.finding(f"{name}: {trouble}", name, line))
            continue
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
        key = digest_of(*(part.encode("utf-8", "surrogateescape") for part in (*base, name, text)))
        kept = load(choice.cache, key) if choice.cache else None
        if kept is None:
            left.append(_Read(name, text, key))
        else:
            found += (_from_list(*each) for each in json.loads(kept))
    fluff = start_sqlfluff(choice, [each.text for each in left]) if left else None
    try:
        for each in left:
            case = file_case(each.name, each.text, server=choice.server, promised=choice.promised)
            findings = lint_case(case, replace(choice, fail_on=None), fluff=fluff).findings
            if choice.cache and not any(finding.code in PASSING for finding in findings):
                save(choice.cache, each.key, json.dumps([_as_list(finding) for finding in findings]).encode())
            found += findings
    finally:
        if fluff:
            fluff.close()
    return make_report(found, (), choice)


def _base(choice: Choice) -> tuple[str, ...]:
    """What the findings of every file depend on besides the file."""
    squawk = describe_squawk(choice.folder) if choice.wants_squawk else ""
    config = read_config(choice.sqlfluff) if choice.wants_sqlfluff else ""
    wanted = repr((choice.select, choice.ignore, choice.server))
    return ("file", _own_code(), squawk, config, wanted)


OWN_ROOMS = ("lint", "model", "plan", "psql", "sql")
"""The rooms whose code decides what our findings are: a kept result is of all of them."""


def _own_code() -> str:
    """A digest of what makes our findings: the rules, and what is known of SQL."""
    package = Path(release.__file__).parent
    digest = hashlib.sha256(release.__version__.encode())
    for room in OWN_ROOMS:
        for file in sorted((package / room).rglob("*.py")):
            digest.update(file.relative_to(package).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest() + installed("postgast")


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{file}: cannot be read: {error.strerror}", "name a bundle's version or SQL files"
        ) from error


def _from_list(  # one parameter per field
    code: str, severity: str, message: str, file: str, line: int, column: int, why: str, fix: str
) -> Finding:
    return Finding(code, Severity(severity), message, file, line, column, None, why, fix)


def _as_list(each: Finding) -> list[object]:
    place = [each.file, each.line, each.column]
    return [each.code, str(each.severity), each.message, *place, each.why, each.fix]


def _trouble(data: bytes) -> tuple[str, int]:
    """Why a file is no script that can be linted, and the line to look at."""
    if not data.removeprefix(b"\xef\xbb\xbf").strip():
        return "the file is empty", 1
    if b"\0" in data:
        return "a NUL byte, which no SQL can hold", data.count(b"\n", 0, data.index(b"\0")) + 1
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"no UTF-8: byte 0x{data[error.start]:02x}", data.count(b"\n", 0, error.start) + 1
    return "", 0
