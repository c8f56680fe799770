r"""Run one script line by line, as psql's main loop does (`src/bin/psql/mainloop.c`, PostgreSQL 18)."""

from __future__ import annotations

import os
import posixpath
import sys
from typing import TYPE_CHECKING, BinaryIO

import psycopg
from psycopg.pq import Escaping

from release.psql.arguments import ScriptLexer
from release.psql.commands import COMMANDS, CONDITIONALS, WHOLE_LINE, AfterCommand, is_known_to_psql
from release.psql.conditionals import Branch, Level, branch_off, is_active
from release.psql.execution import send_query
from release.psql.lexer import Quoting, Stop
from release.psql.lines import Lines
from release.psql.survey import REFUSAL_HINT, refuse

if TYPE_CHECKING:
    from release.errors import ReleaseError
    from release.psql.run_state import ScriptRun

_BOM = b"\xef\xbb\xbf"
# In these a byte of a character may look like a quote or a backslash (manual 24.3.1); the lexer knows no characters.
_UNSAFE_ENCODINGS = frozenset((b"BIG5", b"GB18030", b"GBK", b"JOHAB", b"SHIFT_JIS_2004", b"SJIS", b"UHC"))
_SUCCESS, _FAILURE, _LOST, _STOPPED = range(4)


def run_file(run: ScriptRun, path: bytes, *, relative: bool = False) -> int:
    r"""Run the script at a path ("-" is standard input); give psql's exit status.

    Args:
        run: the run that it is a part of.
        path: the path as it was given.
        relative: the path is relative to the script being run (`\ir`), not to the working folder.
    """
    transcript = run.transcript
    if path == b"-":
        return _run_open(run, sys.stdin.buffer, b"<stdin>")
    path = _canonicalize(path)
    if relative and transcript.file is not None and not path.startswith(b"/"):
        path = _canonicalize(posixpath.join(posixpath.dirname(transcript.file), path))
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        transcript.error(b"%s: %s" % (path, (error.strerror or str(error)).encode()))
        return _FAILURE
    try:
        file = os.fdopen(descriptor, "rb")
    except OSError:  # a folder can be opened, but not read
        os.close(descriptor)
        return _run_open(run, None, path)
    with file:
        return _run_open(run, file, path)


def _run_open(run: ScriptRun, file: BinaryIO | None, name: bytes) -> int:
    transcript = run.transcript
    before = transcript.file, transcript.line, run.lines
    transcript.file, transcript.line = name, 0
    try:
        if file is None:
            transcript.error(b"could not read from input file: Is a directory")
            return _FAILURE
        run.lines = Lines(file)
        return RunningScript(run).read()
    finally:
        transcript.file, transcript.line, run.lines = before


def _canonicalize(path: bytes) -> bytes:
    """Shorten a path as psql does before it names the file in messages."""
    short = posixpath.normpath(path)
    return short[1:] if short.startswith(b"//") else short


class RunningScript:
    r"""A script while it runs.

    Attributes:
        query: what has been read of a statement.
        levels: the `\if`s that are open.
    """

    def __init__(self, run: ScriptRun) -> None:
        self.run = run
        self.query = bytearray()
        self.levels: list[Level] = []
        transcript = run.transcript
        self.lexer = ScriptLexer(
            self._look_up,
            lambda text: transcript.warning(text.encode(errors="surrogateescape")),
            lambda text: transcript.error(text.encode()),
            self._refuse_shell,
        )
        self._previous = b""
        self._begun = 0

    def read(self) -> int:
        """Read and execute to the end; give psql's exit status."""
        run, lexer, query = self.run, self.lexer, self.query
        transcript, variables, session, lines = run.transcript, run.variables, run.session, run.lines
        assert lines is not None  # noqa: S101 - set when the script was opened
        status, stopping, quit_ = _SUCCESS, False, False
        self._check_encoding()
        while status == _SUCCESS:
            if session.cancelled:
                status = _STOPPED
                break
            transcript.flush()
            line = lines.read()
            if line is None:
                break
            transcript.line = lines.number
            if lines.number == 1 and session.encoding == b"UTF8":
                line = line.removeprefix(_BOM)
            if not line and not lexer.quoted:
                continue
            if variables.echo == b"all":
                transcript.write(line + b"\n")
            stopping = variables.on_error_stop
            well, quit_ = self._execute_line(line, stopping)
            if quit_:
                break
            if not well and stopping:
                status = _STOPPED
        # psql sends what is left even when \quit came in the middle of it
        left = bool(query) and status == _SUCCESS and is_active(self.levels)
        if left and not self._send(bytes(query)) and stopping:
            status = _STOPPED
        if session.cancelled:
            status = _STOPPED
        if self.levels and not quit_ and status != _STOPPED:
            transcript.error(b"reached EOF without finding closing \\endif(s)")
            if stopping:
                status = _STOPPED
        return status

    def include(self, path: bytes, *, relative: bool) -> bool:
        """Run another script; give whether it ended well."""
        return run_file(self.run, path, relative=relative) == _SUCCESS

    def copy_previous(self) -> None:
        """Take the statement that was sent before, when there is no other."""
        if not self.query:
            self.query += self._previous

    def refusal(self, what: str, hint: str) -> ReleaseError:
        """Give the error that ends a run at this place."""
        return refuse(self.run.transcript.file or b"", self.run.transcript.line, what, hint)

    def _execute_line(self, line: bytes, stopping: bool) -> tuple[bool, bool]:
        """Execute what ends in a line; give success, and whether the script is to be left."""
        query, lexer = self.query, self.lexer
        added = -1
        if query:
            query += b"\n"
            added = len(query)
        lexer.start_line(line, standard_strings=self.run.session.standard_strings)
        well = True
        while (well or not stopping) and not self.run.session.cancelled:
            fresh = not query
            stop = lexer.scan(query)
            if fresh:
                self._begun = self.run.transcript.line
            if stop is Stop.SEMICOLON:
                well = True
                if not self.levels or is_active(self.levels):
                    well = self._send(bytes(query))
                    added = -1
                if lexer.exhausted:
                    break
            elif stop is Stop.BACKSLASH:
                if len(query) == added:
                    query.pop()
                added = -1
                outcome = self._execute_command()
                well = outcome is not AfterCommand.ERROR
                if outcome is AfterCommand.SEND:
                    well = self._send(bytes(query))
                    lexer.reset()
                elif outcome is AfterCommand.QUIT:
                    return True, True
            else:
                break
        return well, False

    def _send(self, text: bytes) -> bool:
        well = send_query(self.run, text, self._begun)
        self._check_encoding()
        self._previous = text
        self.query.clear()
        return well

    def _check_encoding(self) -> None:
        encoding = self.run.session.encoding
        if encoding in _UNSAFE_ENCODINGS:
            raise self.refusal(f"client_encoding {encoding.decode()}", "write the script in UTF-8")

    def _execute_command(self) -> AfterCommand:
        name = self.lexer.command_name()
        if self.run.key is not None and name != b"unrestrict":
            self.run.transcript.error(b"backslash commands are restricted; only \\unrestrict is allowed")
            outcome = AfterCommand.ERROR
        elif name in CONDITIONALS:
            outcome = branch_off(self, name)
        elif name in COMMANDS:
            if is_active(self.levels):
                outcome = COMMANDS[name](self, name)
            else:
                if name in WHOLE_LINE:
                    self.lexer.rest_of_line()
                else:
                    self.lexer.arguments()
                outcome = AfterCommand.SKIP
        elif is_known_to_psql(name):
            raise self.refusal(f"\\{name.decode(errors='replace')}", REFUSAL_HINT)
        else:
            self.run.transcript.error(b"invalid command \\" + name)
            outcome = AfterCommand.ERROR
        if outcome is AfterCommand.ERROR:
            self.lexer.rest_of_line()
        else:
            self._read_extra_arguments(name)
        self.lexer.end_command()
        return outcome

    def _read_extra_arguments(self, name: bytes) -> None:
        active = is_active(self.levels)
        # No variable is put into what is ignored, and nothing in it is executed.
        self.levels.append(Level(Branch.IGNORED, 0, 0))
        while (argument := self.lexer.argument()) is not None:
            if active:
                self.run.transcript.warning(b'\\%s: extra argument "%s" ignored' % (name, argument[0]))
        self.levels.pop()

    def _look_up(self, name: bytes, quoting: Quoting) -> bytes | None:
        if not is_active(self.levels):
            return None
        value = self.run.variables.get(name)
        if value is None or quoting is Quoting.PLAIN:
            return value
        escaping = Escaping(self.run.session.pgconn)
        try:
            escape = escaping.escape_literal if quoting is Quoting.LITERAL else escaping.escape_identifier
            return bytes(escape(value))
        except psycopg.Error:
            self.run.transcript.report(self.run.session.pgconn.error_message)
            return None

    def _refuse_shell(self, command: bytes) -> None:
        if is_active(self.levels):
            raise self.refusal(f"a shell command in backquotes, `{command.decode(errors='replace')}`", REFUSAL_HINT)
