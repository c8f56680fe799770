r"""What psql prints and does otherwise from version to version: every script of tests/psql/cases knows of no other.

`release apply` imitates one psql (`release.psql.apply.PSQL`). With an older one both are compared all the same, and
the difference with tests/psql/older: there it stands line by line, a file for each case and each set of rows of
DIFFERENCES that touch it.
"""

from __future__ import annotations

import difflib
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from release.config import OLDEST_SERVER
from release.psql.apply import PSQL
from release.scratch.server import Server
from tests.databases import find_program

OLDER = Path(__file__).with_name("older")

NOTES = "https://www.postgresql.org/docs/release/"
Version = tuple[int, int]
IMITATED: Version = tuple(map(int, PSQL.split(b".")))  # type: ignore[assignment]  # two numbers
OLDEST, NEWEST = OLDEST_SERVER, IMITATED[0]
ALWAYS = 99  # a minor version that no major reached


@dataclass(frozen=True, slots=True)
class Difference:
    r"""A way in which some psql differs from the one that is imitated.

    Attributes:
        code: names the files in tests/psql/older.
        before: of each major version that has it, the first minor version without; ALWAYS where none is.
        what: what those versions do, for docs/apply.md; a sentence, or several.
        source: the release notes that tell, below NOTES.
        cases: scripts in tests/psql/cases that show it.
        mark: a line of the difference between psql and us which nothing else brings about: "-" before what psql prints,
            "+" before what we print.
        sign: what stands in every script that brings it out, or in what we print then: for random scripts, of which
            those without any sign must be equal.
        commands, variables: of psql that it concerns. Our own templates use none of them.
        since: of each major version, the first minor version that has it, where that is not the first of all.
    """

    code: str
    before: Mapping[int, int]
    what: str
    source: str
    cases: tuple[str, ...]
    mark: str
    sign: str
    commands: frozenset[str] = field(default=frozenset())
    variables: frozenset[str] = field(default=frozenset())
    since: Mapping[int, int] = field(default_factory=dict)

    def concerns(self, psql: Version) -> bool:
        major, minor = psql
        return self.since.get(major, 0) <= minor < self.before.get(major, 0)

    def versions(self) -> str:
        """Say which versions have it."""
        majors = sorted(self.before)
        if all(self.before[major] == ALWAYS for major in majors):
            first, last = majors[0], majors[-1]
            return f"before {last + 1}" if first == OLDEST else str(first) if first == last else f"{first} to {last}"
        ends = [f"{major}.{self.before[major]}" for major in reversed(majors) if self.before[major] != ALWAYS]
        whole = [str(major) for major in majors if self.before[major] == ALWAYS]
        return f"before {', '.join(ends)}" + (f"; {', '.join(whole)}" if whole else "")


def _until(major: int, first: int = OLDEST) -> dict[int, int]:
    """Every version before a major one."""
    return dict.fromkeys(range(first, major), ALWAYS)


_RESTRICTED = {13: 22, 14: 19, 15: 14, 16: 10, 17: 6}  # the minor versions that brought \restrict

DIFFERENCES = (
    Difference(
        "conninfo",
        _until(18),
        r"`\conninfo` is one sentence, not a table.",
        "18/",
        ("conninfo", "extra_arguments"),
        r"^-You are connected to database ",
        r"Connection Information",
        commands=frozenset({"conninfo"}),
    ),
    Difference(
        "watch-interval",
        _until(18),
        "`WATCH_INTERVAL` is a variable like any other: without a value at the start, and set to anything.",
        "18/",
        ("set_bad_names", "watch_interval"),
        r"^\+WATCH_INTERVAL = |^\+.*for variable \"WATCH_INTERVAL\"",
        r"WATCH_INTERVAL",
        variables=frozenset({"WATCH_INTERVAL"}),
    ),
    Difference(
        "pipeline",
        _until(18),
        "There are no `PIPELINE_SYNC_COUNT`, `PIPELINE_COMMAND_COUNT` and `PIPELINE_RESULT_COUNT` (here always 0).",
        "18/",
        ("pipeline_variables", "set_bad_names"),
        r"^-:PIPELINE_SYNC_COUNT|^\+PIPELINE_SYNC_COUNT = ",
        r"PIPELINE_",
        variables=frozenset({"PIPELINE_SYNC_COUNT", "PIPELINE_COMMAND_COUNT", "PIPELINE_RESULT_COUNT"}),
    ),
    Difference(
        "service",
        _until(18),
        "There is no `SERVICE`, the name of the service that was connected to.",
        "18/",
        (),  # no script can connect; test_command.py
        "",
        r"SERVICE",
        variables=frozenset({"SERVICE"}),
    ),
    Difference(
        "copy-outcome",
        _until(17, 15),
        r"A COPY that fails while rows pass, and a `\gset` without its one row, leave `ERROR`, `SQLSTATE`, `ROW_COUNT` "
        "and `LAST_ERROR_…` as they were.",
        "17/",
        ("copy_errors", "copy_out", "copy_outcome"),
        r"^\+true",
        r"(?i)(?=[^\0]*(copy|gset)).*(:\W{0,2}(ERROR|SQLSTATE|ROW_COUNT|LAST_ERROR)|SQLSTATE = ')",
        variables=frozenset({"ERROR", "SQLSTATE", "ROW_COUNT", "LAST_ERROR_SQLSTATE", "LAST_ERROR_MESSAGE"}),
    ),
    Difference(
        "vertical-tab",
        _until(17),
        "A vertical tab is no white space, but a character like a letter.",
        "17/",
        ("vertical_tab",),
        r"^-psql.*invalid variable name",
        "\v",
    ),
    Difference(
        "csv-marker",
        _until(18, 15),
        r"On a server from 18 on, COPY in CSV format with its rows in the script takes the end marker `\.` as a row.",
        "18/",
        (),  # in the matrix no psql is older than its server; seen with psql 15.20, 16.2 and 17.12 on 18.6
        "",
        r"(?i)copy.*csv",
    ),
    Difference(
        "copy-rows",
        {13: ALWAYS, 14: 24, 15: 19, 16: 15, 17: 11, 18: 5},
        "Rows in the script for a COPY that the server refused to start run as SQL.",
        "18.5/",
        ("copy_outcome", "copy_refused_by_server", "copy_refused_words"),
        r"^-.*error: invalid command \\\.",
        r"(?i)copy",
    ),
    Difference(
        "unrestrict",
        {13: ALWAYS, 14: 24, 15: 19, 16: 15, 17: 11, 18: 5},
        r"`\unrestrict` reads one word, with quotes and variables, not the rest of its line.",
        "18.5/",
        ("restrict",),
        r"^-no$",
        r"restrict",
        commands=frozenset({"unrestrict"}),
        since=_RESTRICTED,
    ),
    Difference(
        "restrict",
        _RESTRICTED,
        r"There are no `\restrict` and `\unrestrict`.",
        "17.6/",
        ("restrict",),
        r"^-.*error: invalid command \\restrict",
        r"restrict",
        commands=frozenset({"restrict", "unrestrict"}),
    ),
    Difference(
        "one-result",
        _until(15),
        r"Of statements joined with `\;` the last result alone is printed; there is no `SHOW_ALL_RESULTS`.",
        "15/",
        ("combined_statements", "copy_twice_combined", "everything"),
        r"^\+\(1 row\)|^\+COPY 1",
        r"\\;|SHOW_ALL_RESULTS",
        variables=frozenset({"SHOW_ALL_RESULTS"}),
    ),
    Difference(
        "comments",
        _until(15),
        "A comment from `--` to the end of its line is not sent: the server's messages show the statement without.",
        "15/",
        ("copy_refused_words", "operators_and_comments"),
        r"^\+(LINE 1: .*|\s+)--",
        r"--",
    ),
    Difference(
        "numbers",
        _until(15),
        "A letter that follows a number at once belongs to it: in `1e'…\\'` no escape string starts.",
        "15/",
        ("numbers_and_letters",),
        r"^-psql.*error at or near \"e'",
        r"[0-9.][A-Za-z_\x80-\xff]",
    ),
    Difference(
        "included-name",
        _until(15),
        "Messages name an included file with `..` and `.` as they were written.",
        "15/",
        ("include",),
        r"^-psql:included/\.\./",
        r"\\(i|include)r?\b|\\include_relative",
    ),
    Difference(
        "lost",
        _until(15),
        "The messages about a lost connection have other words.",
        "15/",
        ("connection_lost",),
        r"^-.*fatal: connection to server was lost",
        r"connection to server was lost",
    ),
    Difference(
        "atomic",
        _until(14),
        "A function with an SQL-standard body (`BEGIN ATOMIC … END`) is cut at each of its semicolons.",
        "14/",
        ("begin_atomic", "copy_refused_words", "everything"),
        r"^-.*there is no transaction in progress",
        r"(?i)create[^\0]*begin",
    ),
    Difference(
        "connection-where",
        _until(14),
        "A connection that fails is told in other words, without the socket or the host and port that were tried.",
        "14/",
        (),  # before any script: test_command.py has the connections that fail
        "",
        r"connection to server",
    ),
    Difference(
        "toast-compression",
        _until(14),
        "There is no `HIDE_TOAST_COMPRESSION`.",
        "14/",
        ("set_bad_names",),
        r"^\+HIDE_TOAST_COMPRESSION = ",
        r"HIDE_TOAST_COMPRESSION",
        variables=frozenset({"HIDE_TOAST_COMPRESSION"}),
    ),
)  # fmt: skip


def ask_version(server: Server) -> Version:
    """Ask the psql that runs the tests' scripts; it need not be of the server's version."""
    said = subprocess.run(
        [find_program(server, "psql"), "--version"], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"(\d+)\.(\d+)", said)
    assert found, said
    return int(found[1]), int(found[2])


def differences_of(psql: Version, case: str | None = None) -> tuple[Difference, ...]:
    """Give what differs in a psql, and is seen in a case."""
    return tuple(each for each in DIFFERENCES if each.concerns(psql) and (case is None or case in each.cases))


def file_name(case: str, differences: tuple[Difference, ...]) -> str:
    """Name the file in tests/psql/older that holds what a case shows."""
    return f"{case}.{'+'.join(sorted(each.code for each in differences))}.diff"


def is_touched(psql: Version, script: bytes, *printed: str) -> bool:
    """Say whether a script may bring out what differs in this psql."""
    text = "\0".join((script.decode("utf-8", "replace"), *printed))
    return any(re.search(each.sign, text, re.DOTALL) for each in differences_of(psql))


def compare_texts(parts: Iterable[tuple[str, str, str]]) -> str:
    """Give the lines that differ, part by part: its name, what psql said, what we said."""
    lines: list[str] = []
    for name, theirs, ours in parts:
        found = list(difflib.unified_diff(theirs.split("\n"), ours.split("\n"), n=0, lineterm=""))[2:]
        lines += [f"== {name}", *("@@" if line.startswith("@@ ") else line for line in found)] if found else []
    return "".join(f"{line}\n" for line in lines)


def write_table() -> str:
    """The table of docs/apply.md, every line with its end."""
    rows = [
        f"| {each.versions()} | {each.what} | [{each.source.rstrip('/')}]({NOTES}{each.source}) |"
        for each in DIFFERENCES
    ]
    return "\n".join(("| psql | what it does | changed in |", "| --- | --- | --- |", *rows, ""))
