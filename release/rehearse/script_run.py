"""Run one of a bundle's scripts, and keep what it said."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from time import perf_counter
from typing import TYPE_CHECKING

from release.psql.supervised import execute
from release.trace.trace import Tracer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from release.trace.statement import HeldLock, TracedStatement


@dataclass(frozen=True, slots=True)
class ScriptResult:
    """How a script went.

    Attributes:
        status: psql's exit status.
        said: what preflight.sql and verify.sql found wrong, then the server's errors with their details and hints.
    """

    status: int
    seconds: float
    said: tuple[str, ...]
    statements: tuple[TracedStatement, ...] = ()
    held: tuple[HeldLock, ...] = ()


def allowing_losses(conninfo: str) -> tuple[str, dict[str, str]]:
    """How to run a script that may lose rows with what it drops: a plain one reads a setting, others a variable."""
    return f"{conninfo} options='-c release.lose_rows=yes'", {"lose_rows": "yes"}


def run_script(
    file: Path,
    conninfo: str,
    *,
    wanted: frozenset[str] | None = None,
    variables: Mapping[str, str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> ScriptResult:
    """Run a script as psql would.

    Args:
        wanted: digests of the statements to trace; None runs it without a second look.
        variables: of psql.
        progress: told how many of them have been run.
    """
    out, err = BytesIO(), BytesIO()
    tracer = Tracer(conninfo, wanted, progress) if wanted is not None else None
    started = perf_counter()
    try:
        status = execute(file, conninfo, tracer, variables, out=out, err=err)
    finally:
        if tracer:
            tracer.close()
    seconds = perf_counter() - started
    said: tuple[str, ...] = ()
    if status:
        said = (*_verdicts(out.getvalue().decode(errors="replace")), *_errors(err.getvalue().decode(errors="replace")))
    if tracer is None:
        return ScriptResult(status, seconds, said)
    return ScriptResult(status, seconds, said, tuple(tracer.statements), tuple(tracer.held))


def _verdicts(text: str) -> tuple[str, ...]:
    """The rows in which preflight.sql and verify.sql say what is wrong, printed as `psql -A` prints them."""
    return tuple(line for line in text.splitlines() if line.startswith(("NO-GO|", "FAIL|")))[:20]


def _errors(text: str) -> tuple[str, ...]:
    """The lines from the first error on, without what the server tells while it is traced."""
    lines: list[str] = []
    telling = False
    for line in text.splitlines():
        if line.startswith("psql:"):
            telling = not any(f" {level}:  " in line for level in ("DEBUG", "LOG", "NOTICE", "INFO", "WARNING"))
        if telling:
            lines.append(line.partition(": ")[2] if line.startswith("psql:") else line)
    return tuple(lines[:20])
