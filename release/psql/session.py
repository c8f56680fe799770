"""A connection that a script runs on: connect as psql does, send a string, take its results one by one, cancel."""

from __future__ import annotations

import select
import signal
import sys
import threading
from contextlib import contextmanager, suppress
from getpass import getpass
from typing import TYPE_CHECKING

import psycopg
from psycopg import pq
from psycopg.conninfo import make_conninfo

from release.errors import ConnectionFailedError
from release.psql.conninfo import expand_dbname

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from psycopg.pq.abc import PGconn, PGresult

_INPUT = select.POLLIN | getattr(select, "POLLRDHUP", 0)
_OK = int(pq.ConnStatus.OK)  # plain integers compare faster
_HUNG_UP = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)
_TICK = 0.25  # seconds between two looks at the clock while a person watches


class Session:
    """One connection, and what is known of it without asking the server.

    Attributes:
        pgconn: libpq's connection.
        standard_strings: `standard_conforming_strings` after the last statement.
        encoding: `client_encoding` after the last statement.
        cancelled: Ctrl-C was pressed.
        tick: called while a statement runs, every quarter of a second.
    """

    def __init__(self, pgconn: PGconn) -> None:
        self.pgconn = pgconn
        self.cancelled = False
        self.tick: Callable[[], None] | None = None
        self._poll = select.poll()
        self._socket = pgconn.socket
        self._poll.register(self._socket, _INPUT)
        self.refresh()

    def refresh(self) -> None:
        """Take over the settings that the server has reported."""
        self.standard_strings = self.pgconn.parameter_status(b"standard_conforming_strings") != b"off"
        self.encoding = self.pgconn.parameter_status(b"client_encoding") or b""

    @property
    def lost(self) -> bool:
        return self.pgconn.status != _OK

    def send(self, query: bytes) -> bool:
        """Send a string of one or more statements; False when the connection is gone."""
        try:
            self.pgconn.send_query(query)
        except psycopg.Error:
            return False
        return True

    def result(self) -> PGresult | None:
        """Wait for the next result of what was sent, None after the last one."""
        pgconn = self.pgconn
        while pgconn.is_busy():
            if (self._poll.poll()[0][1] if self.tick is None else self._wait()) & _HUNG_UP:
                break  # nothing more will come: libpq can wait for the end itself, and then knows what to say
            try:
                pgconn.consume_input()
            except psycopg.Error:
                break
        return pgconn.get_result()

    def execute(self, query: bytes) -> PGresult | None:
        """Run one statement of our own; give its last result, None when the connection is gone."""
        last = None
        if self.send(query):
            while (result := self.result()) is not None:
                last = result
        return last

    def put(self, data: bytes) -> bool:
        """Send COPY data; False when the server no longer takes it."""
        try:
            while not self.pgconn.put_copy_data(data):
                self._drain()
        except psycopg.Error:
            return False
        return self._drain()

    def end_copy(self, reason: bytes | None = None) -> bool:
        """Say that the COPY data is complete, or why it is not."""
        try:
            self.pgconn.put_copy_end(reason)
        except psycopg.Error:
            return False
        return self._drain()

    def take(self) -> bytes | None:
        """Wait for the next row of COPY data from the server, None after the last one.

        Raises:
            psycopg.Error: the connection is gone.
        """
        while True:
            length, data = self.pgconn.get_copy_data(1)
            if length > 0:
                return bytes(data)
            if length < 0:
                return None
            self._wait()
            self.pgconn.consume_input()

    def _drain(self) -> bool:
        """Send what libpq holds, taking what the server says meanwhile."""
        try:
            if self.pgconn.flush():
                self._poll.modify(self._socket, _INPUT | select.POLLOUT)
                try:
                    while self.pgconn.flush():
                        self._wait()
                        self.pgconn.consume_input()
                finally:
                    self._poll.modify(self._socket, _INPUT)
        except psycopg.Error:
            return False
        return True

    def _wait(self) -> int:
        """Wait until the socket is ready; give the events.

        Signals are handled meanwhile, which libpq's own waiting would not allow.
        """
        while not (ready := self._poll.poll(None if self.tick is None else _TICK * 1000)):
            if self.tick:
                self.tick()
        return ready[0][1]

    @contextmanager
    def interruptible(self, say: Callable[[bytes], None]) -> Iterator[None]:
        """Let Ctrl-C cancel the statement that is running on the server (only in the main thread).

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed while none was running.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def cancel(_signal: int, _frame: FrameType | None) -> None:
            self.cancelled = True
            if self.pgconn.transaction_status != pq.TransactionStatus.ACTIVE:
                raise KeyboardInterrupt  # the script may be waiting for its next line, which nothing else would end
            try:
                self.pgconn.get_cancel().cancel()
            except psycopg.Error as error:
                say(f"Could not send cancel request: {error}\n".encode())
            else:
                say(b"Cancel request sent\n")

        previous = signal.signal(signal.SIGINT, cancel)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, previous)


@contextmanager
def open_session(conninfo: str) -> Iterator[Session]:
    """Connect as libpq is told to; disconnect on leaving, which rolls back a transaction that is open.

    Args:
        conninfo: as after psql's `-d`: a database name, keywords and values, a URI, or empty for the environment's.

    Raises:
        ConnectionFailedError: there is no connection; its message is libpq's.
    """
    given = expand_dbname(conninfo)
    with suppress(psycopg.ProgrammingError):  # libpq will say what is wrong with it
        given = make_conninfo(given, fallback_application_name="release")
    pgconn = pq.PGconn.connect(given.encode())
    try:
        if pgconn.needs_password and sys.stdin.isatty():
            password = getpass("Password: ")
            pgconn.finish()
            pgconn = pq.PGconn.connect(make_conninfo(given, password=password).encode())
        if pgconn.status != pq.ConnStatus.OK:
            raise ConnectionFailedError(
                pgconn.error_message.decode(errors="replace").rstrip("\n"),
                "check host, port, user and database, and that the server runs and lets this role in",
            )
        yield Session(pgconn)
    finally:
        pgconn.finish()
