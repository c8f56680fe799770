"""An application that goes on working while a release runs: it writes and reads in short transactions, and counts."""

from __future__ import annotations

import itertools
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Lock

import psycopg

from release.scratch.server import Server

ROWS = 100  # that `%(row)s` names
_WRITERS = 2
_PAUSE = 0.003  # seconds between two transactions
_BEFORE_AND_AFTER = 3  # transactions of each worker before a release starts, and after it has ended
_numbers = itertools.count(1_000_000)


@dataclass(frozen=True, slots=True)
class Deed:
    """What an application does in one transaction.

    Attributes:
        ways: tried in this order, until every statement of one has found a row: an application that is the old one as
            long as the schema is, and the new one from then on. `%(number)s` is another number each time, `%(row)s`
            one from 1 to `ROWS`.
    """

    name: str
    ways: tuple[tuple[str, ...], ...]


@dataclass(slots=True)
class Account:
    """What an application has done, and what became of the rest.

    Attributes:
        done: by deed: how often it was committed.
        errors: by deed and name of the error: how often the server said so.
        waits: by question: the longest time that its answer took, in seconds.
    """

    done: Counter[str] = field(default_factory=Counter)
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    waits: dict[str, float] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def write(self, connection: psycopg.Connection, deeds: Sequence[Deed]) -> None:
        """Do each deed once, in one of its ways."""
        for deed in deeds:
            values = {"number": next(_numbers), "row": random.randint(1, ROWS)}
            for way in deed.ways:
                try:
                    done = _is_done(connection, way, values)
                except psycopg.Error as error:
                    with self.lock:
                        self.errors[deed.name, type(error).__name__] += 1
                    continue
                if done:
                    with self.lock:
                        self.done[deed.name] += 1
                    break

    def ask(self, connection: psycopg.Connection, question: str) -> None:
        """Read, and keep the longest time that it took."""
        started = time.monotonic()
        connection.execute(question.encode())
        with self.lock:
            self.waits[question] = max(self.waits.get(question, 0), time.monotonic() - started)


def _is_done(connection: psycopg.Connection, way: Sequence[str], values: Mapping[str, int]) -> bool:
    """Run statements in a transaction, which is rolled back where one finds no row."""
    with connection.transaction() as transaction:
        done = all(connection.execute(each.encode(), values).rowcount for each in way)
        if not done:
            raise psycopg.Rollback(transaction)
    return done


@contextmanager
def traffic(
    server: Server, dbname: str, account: Account, deeds: Sequence[Deed] = (), questions: Sequence[str] = ()
) -> Iterator[None]:
    """Have an application work while something else is done, and a little before and after.

    Args:
        account: where it counts.
        questions: queries that are asked all the time, each by a reader of its own.
    """
    turns = [partial(account.write, deeds=deeds)] * (_WRITERS if deeds else 0)
    turns += [partial(account.ask, question=each) for each in questions]
    stop, workers = Event(), [_Worker(server, dbname, turn) for turn in turns]
    with ThreadPoolExecutor(len(workers)) as pool, ExitStack() as ending:
        ending.callback(stop.set)  # before the pool waits for them, whatever happens
        running = [pool.submit(each.work, stop) for each in workers]
        _let_work(workers, running)
        yield
        _let_work(workers, running)
    for each in running:
        each.result()


@dataclass(slots=True)
class _Worker:
    """A session of the application."""

    server: Server
    dbname: str
    turn: Callable[[psycopg.Connection], None]
    turns: int = 0

    def work(self, stop: Event) -> None:
        with self.server.connect(self.dbname) as connection:
            connection.prepare_threshold = None
            while not stop.wait(_PAUSE):
                self.turn(connection)
                self.turns += 1


def _let_work(workers: Sequence[_Worker], running: Sequence[Future[None]]) -> None:
    goals = [each.turns + _BEFORE_AND_AFTER for each in workers]
    while any(worker.turns < goal for worker, goal in zip(workers, goals, strict=True)):
        for each in running:
            if each.done():
                each.result()
        time.sleep(_PAUSE)
