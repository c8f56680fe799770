"""Where in the migrations an exception came from."""

from __future__ import annotations

import os
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


def where(error: BaseException, folders: Sequence[str]) -> tuple[str, int] | None:
    """File and line of the innermost frame whose file lies in one of `folders`, or None.

    A SyntaxError has no frame in the file that is wrong; it names the place itself.
    """
    if isinstance(error, SyntaxError) and error.filename and _inside(error.filename, folders):
        return error.filename, error.lineno or 0
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if _inside(frame.filename, folders):
            return frame.filename, frame.lineno or 0
    return None


def was_given(error: BaseException, kind: type) -> bool:
    """Whether the function of a library that raised has an object of a class among its arguments."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return any(isinstance(value, kind) for value in frames[-1].f_locals.values())


def passed_through(error: BaseException, functions: Collection[str]) -> bool:
    """Whether an exception came through a function of one of these names."""
    return any(frame.f_code.co_name in functions for frame, _ in traceback.walk_tb(error.__traceback__))


def _inside(file: str, folders: Sequence[str]) -> bool:
    real = os.path.realpath(file)
    return any(real == folder or real.startswith(folder + os.sep) for folder in folders)


def reason_of(error: BaseException) -> str:
    """An exception in one line: its type and its message's first line."""
    lines = [line for line in str(error).strip().splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0].strip()}" if lines else type(error).__name__
