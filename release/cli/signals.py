"""How a job that CI ends is ended: as Ctrl-C ends it."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


@contextmanager
def ending_on_sigterm() -> Iterator[None]:
    """Let SIGTERM, by which CI ends a job, end what is done here as Ctrl-C does: with all its databases dropped."""

    def end(number: int, frame: FrameType | None) -> None:
        numbers.append(number)
        pressed = signal.getsignal(signal.SIGINT)
        if callable(pressed):  # what Ctrl-C would do at this moment, such as to cancel what runs on the server
            pressed(signal.SIGINT, frame)
        else:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers: list[int] = []
    previous = signal.signal(signal.SIGTERM, end)
    try:
        yield
    except KeyboardInterrupt:
        if numbers:
            sys.exit(128 + numbers[0])
        raise
    finally:
        signal.signal(signal.SIGTERM, previous)
