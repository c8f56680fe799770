r"""Run scripts on a database as `psql -X -f` does: the door of `release apply`.

psql 18, in its newest minor version, is the model, down to the bytes it prints (unaligned, as with `-A`) and its exit
status.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, BinaryIO

from release.errors import ConnectionFailedError
from release.psql.execution import describe
from release.psql.mainloop import run_file
from release.psql.progress import Progress
from release.psql.run_state import ConnectionLostError, Reporter, ScriptRun
from release.psql.session import Session, open_session
from release.psql.supported import why_unsupported
from release.psql.survey import survey_scripts
from release.psql.transcript import Transcript
from release.psql.variables import Variables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from psycopg.pq.abc import PGresult

PSQL = b"18.6"  # the version that is imitated; what differs in others is listed in docs/apply.md
SUCCESS, FAILURE, CONNECTION_FAILED, STOPPED = range(4)


def apply_scripts(
    files: Sequence[str],
    conninfo: str = "",
    variables: Mapping[str, str] | None = None,
    *,
    out: BinaryIO,
    err: BinaryIO,
    reporter: Reporter | None = None,
    watched: bool = False,
    attach: Callable[[Session], None] | None = None,
) -> int:
    r"""Run scripts one after another on one connection; give psql's exit status.

    Args:
        files: paths; "-" is standard input.
        conninfo: as after psql's `-d`; empty for what the environment says (`PG*` variables, service file).
        variables: set before the first script, as by `-v`.
        out: where results and echoes go.
        err: where messages go.
        reporter: told of each statement.
        watched: a person looks at `err`, a terminal: show a line of progress there.
        attach: given the connection before anything is sent on it, for a reporter that asks the server too.

    Returns:
        0: done; 1: a file cannot be read, or a variable not be set; 2: no connection, it was lost, or leads to a server
        that is too old;
        3: an error stopped a script (ON_ERROR_STOP), or Ctrl-C did.

    Raises:
        RefusedCommandError: a script has a backslash command that is not done here. Where that can be seen in the
            files themselves, nothing has been sent.
    """
    transcript = Transcript(out, err)
    known = Variables(transcript.error)
    for name, value in (variables or {}).items():
        if not known.set(_encode(name), _encode(value)):
            return FAILURE
    statements = survey_scripts(files, count=watched)
    with ExitStack() as stack:
        try:
            session = stack.enter_context(open_session(conninfo))
        except ConnectionFailedError as error:
            transcript.error(_encode(error.message))
            return CONNECTION_FAILED
        if why := why_unsupported(session.pgconn.server_version):
            transcript.error(_encode(why))
            return CONNECTION_FAILED
        if watched:
            reporter = stack.enter_context(Progress(session, transcript, statements))
        run = ScriptRun(session, known, transcript, reporter=reporter)
        session.pgconn.notice_handler = lambda result: _take_notice(run, result)
        _record_connection(run)
        if attach:
            attach(session)
        stack.enter_context(session.interruptible(transcript.warn))
        status = SUCCESS
        try:
            for file in files:
                status = run_file(run, _encode(file))
                if session.cancelled or (status != SUCCESS and known.on_error_stop):
                    break
        except ConnectionLostError:
            status = CONNECTION_FAILED
        except KeyboardInterrupt:
            status = STOPPED
        transcript.flush()
        return status


def _take_notice(run: ScriptRun, result: PGresult) -> None:
    run.transcript.report(result.error_message)
    if run.reporter:
        run.notices.append(describe(result))


def _record_connection(run: ScriptRun) -> None:
    """Set the variables that describe the connection, and the version of psql that we follow."""
    session: Session = run.session
    pgconn = session.pgconn
    run.variables.record(
        {
            b"DBNAME": pgconn.db,
            b"USER": pgconn.user,
            b"HOST": pgconn.host,
            b"PORT": pgconn.port,
            b"ENCODING": session.encoding,
            b"SERVER_VERSION_NAME": pgconn.parameter_status(b"server_version") or b"",
            b"SERVER_VERSION_NUM": b"%d" % pgconn.server_version,
            b"VERSION": b"PostgreSQL %s (release apply)" % PSQL,
            b"VERSION_NAME": PSQL,
            b"VERSION_NUM": b"%d%04d" % tuple(map(int, PSQL.split(b"."))),
            b"LAST_ERROR_MESSAGE": b"",
            b"LAST_ERROR_SQLSTATE": b"00000",
        }
    )
    service = next((option.val for option in pgconn.info if option.keyword == b"service"), None)
    if service:
        run.variables.record({b"SERVICE": service})


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
