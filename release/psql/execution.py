r"""Send a statement and print what comes of it, as psql's `SendQuery` does (`src/bin/psql/common.c`, PostgreSQL 18)."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from psycopg.pq import DiagnosticField, ExecStatus, TransactionStatus

from release.psql.copying import copy_in, copy_out, discard_refused
from release.psql.run_state import ConnectionLostError, Execution, Message
from release.psql.transactions import needs_no_begin
from release.psql.transcript import format_rows, format_time
from release.psql.variables import PIPELINE

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

    from release.psql.run_state import ScriptRun

_SAVEPOINT_ENDERS = (b"COMMIT", b"SAVEPOINT", b"RELEASE", b"ROLLBACK")
# Plain integers compare faster than the members of the enumeration, and this is done for every statement.
_EMPTY_QUERY, _COMMAND_OK, _TUPLES_OK, _COPY_IN, _COPY_OUT = (
    int(status)
    for status in (
        ExecStatus.EMPTY_QUERY,
        ExecStatus.COMMAND_OK,
        ExecStatus.TUPLES_OK,
        ExecStatus.COPY_IN,
        ExecStatus.COPY_OUT,
    )
)
_FAILED = tuple(int(status) for status in (ExecStatus.FATAL_ERROR, ExecStatus.NONFATAL_ERROR, ExecStatus.BAD_RESPONSE))
_TEMPORARY = b"pg_psql_temporary_savepoint"


def send_query(run: ScriptRun, query: bytes, line: int) -> bool:
    r"""Execute a string as psql does, with the BEGIN and the savepoint that AUTOCOMMIT and ON_ERROR_ROLLBACK ask for.

    Args:
        run: the run; its `prefix` says that this is a `\gset`.
        query: what is sent, as it is.
        line: the line on which it starts, for the reporter.

    Returns:
        Whether all went well. What went wrong has been printed.

    Raises:
        ConnectionLostError: the connection is gone.
    """
    session, variables, transcript = run.session, run.variables, run.transcript
    pgconn = session.pgconn
    run.line = line
    if variables.echo == b"queries":
        transcript.write(query + b"\n")
        transcript.flush()
    begins = not variables.autocommit and pgconn.transaction_status == TransactionStatus.IDLE
    if begins and not needs_no_begin(query) and not _execute_own(run, b"BEGIN"):
        return _forget_gset(run)
    savepoint = variables.on_error_rollback == b"on" and pgconn.transaction_status == TransactionStatus.INTRANS
    if savepoint and not _execute_own(run, b"SAVEPOINT " + _TEMPORARY):
        return _forget_gset(run)

    if run.reporter:
        file = (transcript.file or b"").decode(errors="surrogateescape")
        run.tags, run.notices, run.rows, run.error = [], [], None, None
        run.reporter.started(file, line, query)
    started = perf_counter()
    try:
        well, savepoint_gone, milliseconds = _process(run, query, started)
    finally:
        if run.reporter:
            took = (perf_counter() - started) * 1000
            run.reporter.finished(Execution(file, line, tuple(run.tags), run.rows, took, tuple(run.notices), run.error))
    if not well and variables.echo == b"errors":
        transcript.report(b"STATEMENT:  " + query)
    if savepoint:
        status = pgconn.transaction_status
        undo = None
        if status == TransactionStatus.INERROR:
            undo = b"ROLLBACK TO " + _TEMPORARY
        elif status == TransactionStatus.INTRANS and not savepoint_gone:
            undo = b"RELEASE " + _TEMPORARY
        if undo and not _execute_own(run, undo):
            return _forget_gset(run)
    if run.timing:
        transcript.write(format_time(milliseconds))
    session.refresh()
    if session.encoding != variables.get(b"ENCODING"):
        variables.record({b"ENCODING": session.encoding})
    _print_notifications(run)
    run.prefix = None
    run.executes = False
    return well


def describe(result: PGresult) -> Message:
    """Give the fields of an error or notice."""

    def text(field: DiagnosticField) -> str:
        return (result.error_field(field) or b"").decode(errors="replace")

    return Message(
        text(DiagnosticField.SEVERITY_NONLOCALIZED),
        text(DiagnosticField.SQLSTATE),
        text(DiagnosticField.MESSAGE_PRIMARY) or result.error_message.decode(errors="replace").strip(),
        text(DiagnosticField.MESSAGE_DETAIL),
        text(DiagnosticField.MESSAGE_HINT),
        text(DiagnosticField.CONTEXT),
    )


def _process(run: ScriptRun, query: bytes, started: float) -> tuple[bool, bool, float]:
    """Send the string and handle each result; give success, whether our savepoint is gone, and milliseconds."""
    session, transcript, variables = run.session, run.transcript, run.variables
    if not session.send(query):
        transcript.report(session.pgconn.error_message)
        _check_connection(run)
        return False, False, 0.0
    well, gone, milliseconds, copied_in = True, False, 0.0, 0
    result = session.result()
    while result is not None:
        status = result.status
        if status in _FAILED:
            transcript.report(result.error_message)
            if run.reporter:
                _note(run, result)
            _check_connection(run)
            _record(run, result, well=False)
            well = False
            result = session.result()
            milliseconds = (perf_counter() - started) * 1000
            continue
        gone = gone or result.command_status in _SAVEPOINT_ENDERS
        answer: PGresult | None = result
        if status == _COPY_IN:
            copied_in += 1
            copied, answer = copy_in(run)
            well = copied and well
        elif status == _COPY_OUT:
            copied, result = copy_out(run)
            well, answer = copied and well, None
        if run.reporter and result is not None:
            _note(run, answer or result)
        following = session.result()
        milliseconds = (perf_counter() - started) * 1000
        if answer is not None and (following is None or variables.show_all_results):
            well = _print_result(run, answer, last=following is None) and well
        if following is None:
            _record(run, answer, well=well)
        result = following
        if session.cancelled:
            while result is not None:
                result = session.result()
            break
    variables.record(PIPELINE)
    _check_connection(run)
    if not well and not session.cancelled:
        discard_refused(run, query, copied_in)
    return well and not session.cancelled, gone, milliseconds


def _execute_own(run: ScriptRun, statement: bytes) -> bool:
    """Execute a statement that is not in the script; print what went wrong."""
    result = run.session.execute(statement)
    if result is not None and result.status == ExecStatus.COMMAND_OK:
        return True
    run.transcript.report(run.session.pgconn.error_message)
    return False


def _forget_gset(run: ScriptRun) -> bool:
    run.prefix = None
    run.executes = False
    return False


def _print_result(run: ScriptRun, result: PGresult, *, last: bool) -> bool:
    """Print rows and command tag of a result, or put its row into variables."""
    status = result.status
    if status == _EMPTY_QUERY:
        return True
    tag = result.command_status or b""
    well = True
    if status == _TUPLES_OK:
        if last and run.prefix is not None:
            well = _store_row(run, result, run.prefix)
        elif last and run.executes:
            well = _execute_values(run, result)
        else:
            run.transcript.write(format_rows(result))
        if not tag.startswith((b"INSERT", b"UPDATE", b"DELETE")):
            return well
    elif status != _COMMAND_OK:
        return False
    if not run.variables.quiet:
        run.transcript.write(tag + b"\n")
    run.variables.record({b"LASTOID": b"%d" % result.oid_value})
    return well


def _store_row(run: ScriptRun, result: PGresult, prefix: bytes) -> bool:
    r"""Set a variable for each column of the one row, for `\gset`."""
    if result.ntuples != 1:
        run.transcript.error(
            b"no rows returned for \\gset" if result.ntuples < 1 else b"more than one row returned for \\gset"
        )
        return False
    for column in range(result.nfields):
        name = prefix + (result.fname(column) or b"")
        value = result.get_value(0, column)
        if run.variables.is_special(name):
            run.transcript.warning(b'attempt to \\gset into specially treated variable "%s" ignored' % name)
        elif value is None:
            run.variables.unset(name)
        elif not run.variables.set(name, value):
            return False
    return True


def _execute_values(run: ScriptRun, result: PGresult) -> bool:
    r"""Execute each value that is not NULL, row by row, for `\gexec`; with ON_ERROR_STOP up to the first error."""
    run.executes = False  # or it would be done to what they give
    line, kept = run.line, (run.tags, run.notices, run.rows, run.error)
    well = True
    for row in range(result.ntuples):
        for column in range(result.nfields):
            query = result.get_value(row, column)
            if query is None or run.session.cancelled:
                continue
            if run.variables.echo == b"all":
                run.transcript.write(query + b"\n")
                run.transcript.flush()
            if not send_query(run, query, line):
                well = False
                if run.variables.on_error_stop:
                    return False
    run.tags, run.notices, run.rows, run.error = kept
    return well


def _record(run: ScriptRun, result: PGresult | None, *, well: bool) -> None:
    """Set the variables that tell how the last statement went."""
    if well:
        rows = result.command_tuples if result is not None else None
        run.variables.record({b"ERROR": b"false", b"SQLSTATE": b"00000", b"ROW_COUNT": b"%d" % (rows or 0)})
        return
    code = message = b""
    if result is not None:
        code = result.error_field(DiagnosticField.SQLSTATE) or b""
        message = result.error_field(DiagnosticField.MESSAGE_PRIMARY) or b""
    run.variables.record(
        {
            b"ERROR": b"true",
            b"SQLSTATE": code,
            b"ROW_COUNT": b"0",
            b"LAST_ERROR_SQLSTATE": code,
            b"LAST_ERROR_MESSAGE": message,
        }
    )


def _note(run: ScriptRun, result: PGresult) -> None:
    """Keep a result for the reporter."""
    if result.status in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
        run.tags.append((result.command_status or b"").decode(errors="replace"))
        run.rows = result.command_tuples
    elif result.status == ExecStatus.FATAL_ERROR:
        run.error = run.error or describe(result)  # the first says why; what follows may be libpq's


def _check_connection(run: ScriptRun) -> None:
    if run.session.lost:
        run.transcript.error(b"connection to server was lost")
        raise ConnectionLostError


def _print_notifications(run: ScriptRun) -> None:
    pgconn = run.session.pgconn
    while (notification := pgconn.notifies()) is not None:
        payload = b' with payload "%s"' % notification.extra if notification.extra else b""
        run.transcript.write(
            b'Asynchronous notification "%s"%s received from server process with PID %d.\n'
            % (notification.relname, payload, notification.be_pid)
        )
