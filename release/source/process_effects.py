"""What a migration may do to the process that runs it, and that must not last: print, change the folder, end it."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def contained() -> Iterator[None]:
    """Run code of the project: what it prints goes to standard error, and it can neither move nor end this process."""
    with (
        contextlib.redirect_stdout(sys.stderr),
        _programs_print_aside(),
        contextlib.chdir(Path.cwd()),
        _exit_is_an_exception(),
    ):
        yield


@contextlib.contextmanager
def _programs_print_aside() -> Iterator[None]:
    """Programs that a migration runs inherit our standard output, which may be JSON for somebody else."""
    if sys.__stdout__ is not None:
        sys.__stdout__.flush()
    try:
        before = os.dup(1)
    except OSError:  # closed
        yield
        return
    try:
        os.dup2(2, 1)
        yield
    finally:
        os.dup2(before, 1)
        os.close(before)


@contextlib.contextmanager
def _exit_is_an_exception() -> Iterator[None]:
    """`os._exit(0)` would end a build with success and without a word."""
    before, ours = os._exit, os.getpid()

    def end(status: int) -> NoReturn:
        if os.getpid() != ours:
            before(status)  # a child process, which has every right to
        raise SystemExit(status)

    os._exit = end
    try:
        yield
    finally:
        os._exit = before
