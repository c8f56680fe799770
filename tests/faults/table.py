"""The tables of docs/safety.md: what the tests of this room saw, line by line, and nothing else.

A test hands over the rows of its fault; they are compared with the lines of the document, or written into it with
--update-golden. The document is locked while it is written, because several workers may do so at once.
"""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "safety.md"
HEAD = ("| fault | script | run by | what happens | afterwards |", "| --- | --- | --- | --- | --- |")
RUNNERS = ("psql", "release apply")
DIRECTIONS = ("upgrade", "rollback")
SCRIPTS = (*DIRECTIONS, "preflight")

UNCHANGED = "unchanged"
SAME_END = "the same end"
AGAIN = f"run again: {SAME_END}"
AGAIN_OR_BACK = f"{AGAIN}; rolled back instead: as before"

# Tables and their faults in the order in which they are shown: the key that a test names, and the words for it.
FAULTS: dict[str, dict[str, str]] = {
    "refused": {
        "revision": "the database is at another revision",
        "name": "the database is named otherwise (`database` is set)",
        "template": "the database is a template",
        "old-server": "the server is older than the release is built for",
        "standby": "the server is a standby",
        "rights": "a role that may only read",
        "read-only": "the role is set to read only",
        "no-postgis": "PostGIS is missing",
        "no-packages": "PostGIS is not installed on the server",
        "old-postgis": "PostGIS is too old",
        "postgis-elsewhere": "PostGIS lies outside the search path",
        "srid-unknown": "an SRID is not in `spatial_ref_sys`",
        "srid-otherwise": "an SRID is defined otherwise",
        "no-version": "there is no version table",
        "relation": "a table is missing",
        "column": "a column is missing",
        "there": "something is there already that the script creates",
        "index": "an index of a name that it builds, with other columns",
        "plan": "another script made or began the release",
        "half-back": "a rollback was begun and not finished",
        "loses": "it would drop a column that holds values",
        "loses-since": "it would drop rows that were written since the upgrade",
        "by-hand": "Alembic itself has led away from where the script had ended",
        "tied": "the upgrade stopped in a revision that can only be undone whole",
        "replica-role": "triggers are switched off (`session_replication_role`)",
        "transaction": "inside a transaction (`psql -1`)",
        "psqlrc-open": "a `.psqlrc` that leaves a transaction open, without `-X`",
        "pool": "through a pool of connections (PgBouncer, `pool_mode = transaction`)",
        "pool-rotates": "through such a pool, said to be in session mode, when another server process answers",
        "second": "somebody else runs it already",
    },
    "works": {
        "postgis-on-path": "PostGIS lies in another schema, on the search path",
        "session-pool": "through PgBouncer in session mode, and told so",
        "psqlrc": "a hostile `.psqlrc`, without `-X`",
        "defaults": "hostile defaults of the role",
        "deadlock": "an application takes the tables that a transaction locks in an order of its own",
        "same-session": "it is run again by `\\i` in the same psql session, after an error within a transaction",
        "crowd": "six start it at once",
        "done": "it has been run already",
    },
    "stopped": {
        "locked": "a table stays locked for longer than `lock_timeout`",
        "locked-single": "a table that the first segment needs stays locked",
        "never-free": "of several tables that a transaction locks, one stays locked",
        "slow": "a statement takes longer than `statement_timeout`",
        "ctrl-c": "Ctrl-C",
        "client-killed": "the client is killed (SIGKILL)",
        "client-killed-14": "the client is killed (SIGKILL), and the server is PostgreSQL 14 or later",
        "truncated-anywhere": "the script was cut short anywhere behind its header (many places)",
        "truncated": "the script was cut short on its way",
        "truncated-single": "the script was cut short, and the release is one transaction",
        "duplicate": "`CREATE UNIQUE INDEX CONCURRENTLY` meets a duplicate",
        "server-killed": "the server is killed (SIGKILL) and started again",
        "concurrently": "the session is terminated within `CREATE` or `DROP INDEX CONCURRENTLY`",
        "server-killed-concurrently": "the server is killed (SIGKILL) within `CONCURRENTLY` and started again",
        "cut-1.0.0": "the session is terminated in release 1.0.0 (one transaction)",
        "cut-1.1.0": "the session is terminated in release 1.1.0 (one transaction)",
        "cut-1.2.0": "the session is terminated in release 1.2.0 (several segments)",
    },
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of one run with a fault.

    Attributes:
        direction: "upgrade" or "rollback".
        runner: "psql" or "release apply".
        happened: exit status and message, without what differs between two runs.
        after: the state of the database, as the test found it.
    """

    direction: str
    runner: str
    happened: str
    after: str


def rows_of(fault: str, seen: Iterable[Seen]) -> tuple[str, ...]:
    """Give the lines of a fault: runs that ended alike share one."""
    words = next(faults[fault] for faults in FAULTS.values() if fault in faults)
    alike: dict[tuple[str, str], list[Seen]] = {}
    for each in seen:
        alike.setdefault((each.happened, each.after), []).append(each)
    lines = []
    for (happened, after), runs in alike.items():
        by_runner = {
            runner: tuple(way for way in SCRIPTS if Seen(way, runner, happened, after) in runs) for runner in RUNNERS
        }
        for ways in dict.fromkeys(filter(None, by_runner.values())):
            runners = [runner for runner in RUNNERS if by_runner[runner] == ways]
            lines.append(_line(words, ", ".join(ways), ", ".join(runners), happened, after))
    return tuple(lines)


def check_rows(fault: str, seen: Iterable[Seen], *, update: bool) -> None:
    """Compare what was seen of a fault with the lines of the document; with `update`, put them there."""
    found = rows_of(fault, seen)
    if update:
        with DOCUMENT.open("r+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            text = file.read()
            file.seek(0)
            file.write(replace_rows(text, fault, found))
            file.truncate()
        return
    there = read_rows(DOCUMENT.read_text(encoding="utf-8"), fault)
    assert found == there, f"{DOCUMENT.name} says otherwise: run make golden DOCS=docs/safety.md, and review it"


def read_rows(text: str, fault: str) -> tuple[str, ...]:
    """Give the lines of a fault in the document."""
    table, words = next((table, faults[fault]) for table, faults in FAULTS.items() if fault in faults)
    return tuple(line for line in read_table(text, table) if line.startswith(f"| {words} |"))


def read_table(text: str, table: str) -> tuple[str, ...]:
    """Give the lines of a table in the document, without its head."""
    start, end = _marks(table)
    return tuple(text.partition(start)[2].partition(end)[0].strip().splitlines()[len(HEAD) :])


def replace_rows(text: str, fault: str, rows: Sequence[str]) -> str:
    """Put the lines of a fault into the document, in the order of `FAULTS`."""
    table, faults = next((table, faults) for table, faults in FAULTS.items() if fault in faults)
    lines = {key: read_rows(text, key) for key in faults} | {fault: tuple(rows)}
    body = "\n".join([*HEAD, *(line for key in faults for line in lines[key])])
    changed = _put(text, table, body)
    return _put(changed, "points", tell_points(changed))


def tell_points(text: str) -> str:
    """Add up at how many points scripts were cut off, by the lines of the document."""
    counts = [int(number) for number in re.findall(r"after each of (\d+) statements", text)]
    return (
        f"In all {sum(counts):,} points of interruption were tried, and survived: after each statement of both\n"
        "scripts of the three Arxos releases, with psql and with `release apply`."
    )


def _put(text: str, part: str, body: str) -> str:
    start, end = _marks(part)
    before, _, rest = text.partition(start)
    after = rest.partition(end)[2]
    return f"{before}{start}\n{body}\n{end}{after}"


def _marks(table: str) -> tuple[str, str]:
    return f"<!-- {table}: written by pytest tests/faults --update-golden -->", f"<!-- end of {table} -->"


def _line(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
