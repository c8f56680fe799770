"""Scripts made at random from what a lexer can stumble over, and what arrived on a server of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from io import BytesIO
from pathlib import Path

from hypothesis import strategies as st

from release.psql.apply import apply_scripts
from release.psql.survey import RefusedCommandError
from release.scratch.server import Server, scratch_server
from tests.psql.conftest import Ended, Runners, normalise
from tests.psql.versions import Version, ask_version, is_touched

# No random script may change anything that outlives its session: the second run starts from what the first one found.
_ROLE = "nobody"  # may do nothing but make temporary objects
_PATIENCE = "-c statement_timeout=5s"
_ENTRY = re.compile(rb"<\d+> ([A-Z]+):  ((?:[^\n]|\n\t)*+)\n")

_PIECES = (
    "'", "''", '"', "\"\"", "$$", "$a$", "$b$", "$", "$1", "--", "/*", "*/", ";", ";", ";", ":", "::", ":=",
    "\\", "\n", "\n", "\r", "\r\n", " ", " ", "\t", "\f", "\v", "(", ")", "[", "]", "{", "}", ",", ".", "..",
    "e'", "E'", "b'", "X'", "n'", "u&'", "U&\"", "u&", "-", "/", "*", "+", "=", "<", "@", "|", "&", "a", "e",
    "_", "é", "1", "1.", "1e", "1e5", "0", "\\'", ":x", ":'x'", ":\"x\"", ":{?x}", ":{?zz}", ":y", ":z", ":s",
    ":{?", ":'", ":\"", "\\;", "\\:", "\\\\", "\\g", "\\gset ", "\\gset\n", "\\r\n", "\\echo ", "\\echo ",
    "\\set x ", "\\set y ", "\\set s ", "\\unset x\n", "\\if true\n", "\\if 0\n", "\\elif on\n", "\\else\n",
    "\\endif\n", "\\q\n", "\\.\n", "\\qecho ", "\\warn ", "\\i nowhere ", "\\N\n", "select ", "select ",
    "select 1", "select 'a'", "1 as x", "begin", "begin;", "end", "end;", "case ", "commit;", "create ",
    "create function ", "create or replace procedure ", "function ", "begin atomic ", "or ", "replace ", "f() ",
    "from ", "set standard_conforming_strings = off;\n", "set standard_conforming_strings = on;",
    "\\set ON_ERROR_STOP on\n", "\\set AUTOCOMMIT off\n", "\\set ON_ERROR_ROLLBACK on\n", "\\set ECHO all\n",
    "\ufeff", "\0", "create temp table t (a text);", "copy t from stdin;", "copy t from stdin;\n", "\\.\n",
    "copy t from stdin (format csv);\n1\n", "copy t to stdout;", "\\.\r\n", "insert into t values ('x');",
    "1\n", "\\\n",
)  # fmt: skip
_FRESH = st.lists(st.sampled_from(_PIECES), max_size=40).map(lambda pieces: "".join(pieces).encode())
_CASES = [path.read_bytes() for path in sorted(Path(__file__).with_name("cases").glob("*.sql"))]


def _spoil(case: bytes, changes: list[tuple[float, int, str]]) -> bytes:
    """Put pieces into a case at some places, over as many bytes as told."""
    for where, over, piece in changes:
        at = int(where * len(case))
        case = case[:at] + piece.encode() + case[at + over :]
    return case


_SPOILT = st.builds(
    _spoil,
    st.sampled_from([case for case in _CASES if len(case) < 3000]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 5), st.sampled_from(_PIECES)), min_size=1, max_size=4),
)
_MEANINGFUL = ("\\", ":", "\0", "copy", "standard_conforming_strings")
# SQL alone, whose cutting depends on nothing that happens in the run.
STATEMENTS = st.lists(
    st.sampled_from([piece for piece in _PIECES if not any(part in piece for part in _MEANINGFUL)]), max_size=40
).map(lambda pieces: "".join(pieces).encode())
# Scripts from nothing but such pieces, and the cases of the parity test with such pieces put in.
SCRIPTS = st.one_of(_FRESH, _SPOILT)


@dataclass(frozen=True)
class Arrived:
    """What the server was sent, and what was printed."""

    statements: tuple[str, ...]
    ended: Ended


@dataclass(frozen=True)
class Recorder:
    """A server that logs each string it is sent, and both ways to run a script on it."""

    server: Server
    folder: Path

    @cached_property
    def version(self) -> Version:
        """The version of this psql."""
        return ask_version(self.server)

    def is_touched(self, script: bytes, ours: Arrived) -> bool:
        """Say whether this psql may differ here, as is listed of it."""
        return is_touched(self.version, script, ours.ended.out, ours.ended.err)

    @property
    def log(self) -> Path:
        return Path(dict(self.server.parameters)["host"]) / "log"

    def run_ours(self, script: bytes) -> Arrived:
        """Run a script through us alone."""
        return self._ours(script, {})

    def run_both(self, script: bytes) -> tuple[Arrived, Arrived] | None:
        """Run a script through psql and through us; None when we refuse it.

        We go first: what we refuse may be a command for the shell, which psql would obey.
        """
        options = ("-v", "ECHO=queries", "-v", "y=;'", "-v", "z=select :s", "-v", "s=1;")
        try:
            ours = self._ours(script, dict(value.split("=", 1) for value in options[1::2]))
        except RefusedCommandError:
            return None
        start = self.log.stat().st_size
        runners = Runners(_harmless(self.server))
        theirs = runners.psql(Path("/"), str(self.folder / "script.sql"), "postgres", options)
        return ours, Arrived(self._arrived(start), theirs)

    def _ours(self, script: bytes, variables: dict[str, str]) -> Arrived:
        path = self.folder / "script.sql"
        path.write_bytes(script)
        start = self.log.stat().st_size
        out, err = BytesIO(), BytesIO()
        status = apply_scripts([str(path)], _harmless(self.server).conninfo(), variables, out=out, err=err)
        return Arrived(self._arrived(start), Ended(status, normalise(out.getvalue()), normalise(err.getvalue())))

    def _arrived(self, start: int) -> tuple[str, ...]:
        """Read from the log what arrived: what was parsed, and what could not be."""
        with self.log.open("rb") as log:
            log.seek(start)
            text = log.read()
        found: list[bytes] = []
        for level, said in _ENTRY.findall(text):
            if level == b"LOG" and said.startswith(b"statement: "):
                found.append(said.removeprefix(b"statement: "))
            elif level == b"STATEMENT" and said not in found[-1:]:
                found.append(said)
        return tuple(statement.replace(b"\n\t", b"\n").decode("utf-8", "backslashreplace") for statement in found)


def _harmless(server: Server) -> Server:
    """Give the same server, for sessions that can leave nothing behind."""
    parameters = dict(server.parameters) | {"user": _ROLE, "options": _PATIENCE}
    return replace(server, parameters=tuple(parameters.items()))


@contextmanager
def recording_server(folder: Path) -> Iterator[Recorder]:
    settings = {"log_statement": "all", "log_line_prefix": "<%p> ", "log_error_verbosity": "terse"}
    with scratch_server(postgis=False, settings=settings) as server:
        with server.connect() as connection:
            connection.execute(f"CREATE ROLE {_ROLE} LOGIN")
            connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")  # as it is since 15
        yield Recorder(server, folder)


def find_difference(recorder: Recorder, script: bytes) -> tuple[Arrived, Arrived] | None:
    """Run a script both ways; give both when they differ."""
    both = recorder.run_both(script)
    return both if both and both[0] != both[1] and not recorder.is_touched(script, both[0]) else None
