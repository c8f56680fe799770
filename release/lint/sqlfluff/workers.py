"""The processes that run sqlfluff: started early, so that they load it while this one does something else."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future
    from multiprocessing.context import BaseContext

    from release.lint.sqlfluff.worker import Violations

_MODULE = "release.lint.sqlfluff.worker"
_HIDING = threading.Lock()


class Workers:
    """A pool of processes, made when the first chunks come; `close` ends it.

    Handing over work waits until sqlfluff is loaded, so a thread does it.
    """

    def __init__(self, settings: str, name: str) -> None:
        self._settings, self._name = settings, name
        self._context = _context()
        self._pool: ProcessPoolExecutor | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._pending: dict[str, Future[Future[Violations]]] = {}

    def submit(self, texts: Iterable[str]) -> None:
        """Have chunks linted, in this order."""
        for text in texts:
            self._pool = self._pool or self._make(_cores())
            self._thread = self._thread or ThreadPoolExecutor(1)
            self._pending[text] = self._thread.submit(self._ask, self._pool, text)

    def result(self, text: str) -> Violations | str:
        """What sqlfluff says of a chunk that was submitted; why nothing, where its process has died twice.

        Raises:
            ConfigError: sqlfluff does not take the configuration.
        """
        try:
            return self._pending[text].result().result()
        except BrokenProcessPool:  # one chunk ended its process, and all others went with it
            pass
        with self._make(1) as alone:
            try:
                return self._ask(alone, text).result()
            except BrokenProcessPool as error:
                return f"its process died: {error}"

    def close(self) -> None:
        if self._thread:
            self._thread.shutdown(cancel_futures=True)
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def _make(self, workers: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(workers, mp_context=self._context, initializer=_start)

    def _ask(self, pool: ProcessPoolExecutor, text: str) -> Future[Violations]:
        with _hidden_script():
            return pool.submit(_violations, self._settings, self._name, text)


def ask_codes() -> tuple[str, ...]:
    """The code of every rule; the server that has loaded sqlfluff for it serves the workers, too."""
    with ProcessPoolExecutor(1, mp_context=_context()) as alone:
        with _hidden_script():
            asked = alone.submit(_codes)
        return asked.result()


def warm_up() -> None:
    """Start the server that workers are forked from; it loads sqlfluff while this process does something else."""
    if _context().get_start_method() == "forkserver":
        from multiprocessing import forkserver

        forkserver.ensure_running()


def _context() -> BaseContext:
    """Workers that are forked from a server which has sqlfluff already; where the system cannot fork, each loads it."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_MODULE])
    return context


@contextmanager
def _hidden_script() -> Iterator[None]:
    """Let a process start without the script that is being run.

    A worker would import it (multiprocessing, "Safe importing of main module"), and so lint once more in each.
    """
    with _HIDING:
        script = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = script


def _start() -> None:
    from release.lint.sqlfluff.worker import start

    start()


def _codes() -> tuple[str, ...]:
    from release.lint.sqlfluff.worker import rule_codes

    return rule_codes()


def _violations(settings: str, name: str, text: str) -> Violations:
    from release.lint.sqlfluff.worker import violations_in

    return violations_in(settings, name, text)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
