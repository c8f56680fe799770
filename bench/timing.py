"""Timing whole processes: the best of several runs, alternating between the two that are compared."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

Commands = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Seconds:
    """Best wall-clock seconds of ours and of the peer."""

    ours: float
    peer: float

    @property
    def ratio(self) -> float:
        return self.ours / self.peer


def compare(ours: Commands, peer: Commands, folder: Path, *, runs: int = 5) -> Seconds:
    """Time two lists of commands, run one after the other, alternating so that both meet the same machine.

    Python may write bytecode, as it does for whoever uses the tool: it would compile ours anew in each run, and of the
    peer nothing, which has been installed.

    Raises:
        RuntimeError: a command failed; a failure is not a measurement.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    best = [float("inf"), float("inf")]
    for _ in range(runs):
        for index, commands in enumerate((ours, peer)):
            start = time.perf_counter()
            for command in commands:
                done = subprocess.run(
                    command,
                    cwd=folder,
                    env=environment,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    text=True,
                )
                if done.returncode:
                    raise RuntimeError(f"{' '.join(command)}: exit status {done.returncode}\n{done.stderr}")
            best[index] = min(best[index], time.perf_counter() - start)
    return Seconds(*best)


def report(name: str, seconds: Seconds, aim: float | None = None) -> None:
    """Print one line: what, both times, the ratio and the aim."""
    goal = "" if aim is None else f"   aim <= {aim:.2f}"
    print(f"{name:<58} {seconds.ours:8.3f} s {seconds.peer:8.3f} s   ratio {seconds.ratio:5.2f}{goal}", flush=True)
