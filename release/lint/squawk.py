"""squawk, told what our scripts guarantee, so that every finding of its is about the author's SQL.

It is given the author's statements alone, in our transactions, behind our timeouts. What it cannot parse it would take
as the end of everything: such a statement is reported, and the others are read without it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from release.errors import ConfigError, ToolError
from release.model import Direction, Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from release.lint.subject import Case, Item

SYNTAX = "syntax-error"
# What a script of ours does for its author: timeouts, and a record of each segment, so that it can be run again.
GUARANTEED = frozenset({"require-timeout-settings", "prefer-robust-stmts"})
_SECONDS = 600
_STATUSES = frozenset({0, 1})  # nothing found, and something
_FORM = {"rule_name": str, "message": str, "line": int, "column": int}
_WITHOUT = "leave its rules out with --ignore squawk, if the scripts may go without them"
_CONFIG = ".squawk.toml"
_TIMEOUTS = "SET lock_timeout = '1s';\nSET statement_timeout = '1s';\n"


@dataclass(frozen=True, slots=True)
class _Line:
    """What a line of squawk's input is: a line of a statement, counted from 0."""

    item: Item
    line: int


def squawk_findings(case: Case, server: int, folder: Path | None = None) -> Iterator[Finding]:
    """What squawk says of a case, alike findings of one migration line told once.

    Args:
        server: oldest PostgreSQL major version that the scripts must suit.
        folder: where squawk looks for its configuration.

    Raises:
        ConfigError: its configuration cannot be read.
        ToolError: squawk is not installed, or does not answer.
    """
    program = find_squawk()
    config = str(_config(folder)) if _read_config(folder) else os.devnull
    for items in (case.upgrade, case.rollback):
        left = [item for item in items if not item.statement.unread]
        while left:
            text, lines = _input(left, whole=case.whole)
            answer = _run(program, text, server, config)
            broken = [each for each in answer if each["rule_name"] == SYNTAX]
            if not broken:
                yield from _findings(answer, lines, case)
                break
            stuck = list(dict.fromkeys(line.item for each in broken if (line := lines.get(each["line"]))))
            if not stuck:
                raise ToolError(f"squawk cannot read its input: {broken[0]['message']}", "use a newer squawk-cli")
            for item in stuck:
                message = "squawk cannot parse this, though PostgreSQL can; it has judged the other statements"
                yield _finding(SYNTAX, message, item, 0, 0, case, broken[0]["message"], "")
            left = [item for item in left if item not in stuck]


def find_squawk() -> str:
    """The squawk binary: beside this Python, or on the PATH.

    Raises:
        ToolError: it is not there.
    """
    beside = shutil.which("squawk", path=str(Path(sys.executable).parent))
    found = beside or shutil.which("squawk")
    if not found:
        raise ToolError(
            "squawk is not installed, so the scripts have not been linted",
            "pip install squawk-cli; or leave its rules out with --ignore squawk",
        )
    return found


def describe_squawk(folder: Path | None) -> str:
    """What squawk's findings depend on besides the SQL: the binary, and the configuration that it will find.

    Raises:
        ToolError: squawk is not installed.
    """
    program = Path(find_squawk())
    place = program.stat()
    return f"{program} {place.st_size} {place.st_mtime_ns} {_read_config(folder)}"


def _config(folder: Path | None) -> Path:
    return (folder or Path()) / _CONFIG


def _read_config(folder: Path | None) -> str:
    """The text of the project's configuration, "" where it has none."""
    path = _config(folder)
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}", "it is squawk's configuration") from error


def _input(items: Iterable[Item], *, whole: bool) -> tuple[str, dict[int, _Line]]:
    """The statements as one text, and what each of its lines is (0-based, as squawk counts)."""
    text = [_TIMEOUTS] if whole else []
    at = _TIMEOUTS.count("\n") if whole else 0
    lines: dict[int, _Line] = {}
    segment = 0

    def add(piece: str) -> None:
        nonlocal at
        text.append(piece)
        at += piece.count("\n")

    transaction = False
    for item in items:
        if whole and item.segment != segment:
            if transaction:
                add("COMMIT;\n")
            transaction, segment = item.transactional, item.segment
            if transaction:
                add("BEGIN;\n")
        for number in range(item.statement.text.count("\n") + 1):
            lines[at + number] = _Line(item, number)
        add(f"{item.statement.text};\n")
    if transaction:
        add("COMMIT;\n")
    return "".join(text), lines


def _run(program: str, text: str, server: int, config: str) -> list[dict[str, Any]]:
    """Squawk's answer. Nothing but `config` configures it: no file of a folder above, no comment in the SQL."""
    command = [program, "--config", config, "--reporter", "json", "--pg-version", f"{server}.0"]
    data = text.replace("squawk-ignore", "squawk_ignore").encode()
    try:
        done = subprocess.run(command, input=data, capture_output=True, check=False, timeout=_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise ToolError(f"squawk gave no answer in {_SECONDS} seconds", _WITHOUT) from error
    except OSError as error:
        raise ToolError(f"{program} cannot be started: {error.strerror}", _WITHOUT) from error
    said = done.stderr.decode(errors="replace").strip().splitlines()
    trouble = f"squawk failed with status {done.returncode}: {said[0] if said else 'it said nothing'}"
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:
        raise ToolError(
            trouble,
            "`squawk --version` should print its version; see also .squawk.toml",
        ) from error
    if done.returncode not in _STATUSES:
        raise ToolError(
            f"squawk failed with status {done.returncode}: {said[0] if said else 'it said nothing'}", _WITHOUT
        )
    if not isinstance(answer, list) or not all(_is_known(each) for each in answer):
        raise ToolError("squawk answered in a form that is not known", "use another version of squawk-cli")
    return answer


def _is_known(each: object) -> bool:
    return isinstance(each, dict) and all(isinstance(each.get(key), kind) for key, kind in _FORM.items())


def _findings(answer: Sequence[dict[str, Any]], lines: dict[int, _Line], case: Case) -> Iterator[Finding]:
    alike: dict[tuple[str, str, str], tuple[_Line, dict[str, Any], int]] = {}
    for each in answer:
        rule, line = each["rule_name"], lines.get(each["line"])
        if line is None or (case.whole and _is_guaranteed(rule, line.item)):
            continue
        place = str(line.item.source) if case.whole else str(each["line"])
        first, said, count = alike.get((rule, place, line.item.file), (line, each, 0))
        alike[rule, place, line.item.file] = (first, said, count + 1)
    for (rule, _, _), (line, said, count) in alike.items():
        more = f" ({count} times on this line of the migration)" if count > 1 else ""
        column = int(said["column"]) + 1
        yield _finding(rule, f"{said['message']}{more}", line.item, line.line, column, case, "", said.get("help") or "")


def _is_guaranteed(rule: str, item: Item) -> bool:
    undoes = item.direction is Direction.ROLLBACK and rule.startswith("ban-drop-")
    return rule in GUARANTEED or undoes


def _finding(rule: str, message: str, item: Item, line: int, column: int, case: Case, why: str, fix: str) -> Finding:
    source = item.source if case.whole else None
    return Finding(
        f"squawk:{rule}", Severity.WARNING, message, item.file, item.line + line, column or 1, source, why, fix
    )
