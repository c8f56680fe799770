"""The line on a terminal that says what is being done."""

from __future__ import annotations

import os
import sys
from time import monotonic


class ProgressLine:
    """One line, written over and over, and gone at the end; nothing where no person looks on."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty() and not os.environ.get("CI")
        self._started = monotonic()

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")

    def say(self, text: str) -> None:
        if self._shown:
            sys.stderr.write(f"\r\x1b[K{monotonic() - self._started:4.0f} s  {text}"[:110])
            sys.stderr.flush()
