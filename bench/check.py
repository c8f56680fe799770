"""`release check` and `release build` on long histories against Alembic's `--sql`: processor time and peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.build import ALEMBIC, RELEASE, write_history

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES = (1000, 5000)
RUNS = 2


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process took: the least processor time of its runs in seconds, and the peak of its memory in MiB."""

    seconds: float
    peak: float


def run() -> None:
    """Print a line for each command and size, and how the cost grows."""
    print(f"{'':<26}" + "".join(f"{size:>10} revisions  " for size in SIZES) + f"{'growth':>12}")
    with tempfile.TemporaryDirectory() as temporary:
        found: dict[str, list[Cost]] = {}
        for size in SIZES:
            folder = Path(temporary) / str(size)
            write_history(folder, size)
            for name, command in _commands(size, folder / "out").items():
                found.setdefault(name, []).append(measure(command, folder))
    for name, costs in found.items():
        cells = "".join(f"{cost.seconds:9.2f} s {cost.peak:5.0f} MiB  " for cost in costs)
        small, large = costs
        print(f"{name:<26}{cells} x {large.seconds / small.seconds:4.1f} time, x {large.peak / small.peak:3.1f} memory")
    print(f"linear would be x {SIZES[1] / SIZES[0]:.1f}, and less for what every process costs")


def _commands(size: int, output: Path) -> dict[str, list[str]]:
    head = f"r{size:05}"
    around = ["--from", "base", "--to", head]
    return {
        "release check": [*RELEASE, "check", *around],
        "release build": [*RELEASE, "build", "1.0.0", "--no-lint", "--regenerate", *around, "--output", str(output)],
        "alembic upgrade --sql": [*ALEMBIC, "upgrade", f"base:{head}", "--sql"],
        "alembic downgrade --sql": [*ALEMBIC, "downgrade", f"{head}:base", "--sql"],
    }


def measure(command: Sequence[str], folder: Path) -> Cost:
    """Run a command a few times.

    Raises:
        RuntimeError: it failed; a failure is not a measurement.
    """
    best = peak = float("inf")
    for _ in range(RUNS):
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        best = min(best, usage.ru_utime + usage.ru_stime)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)}: exit status {process.returncode}")
        # Linux counts in KiB, macOS in bytes
        peak = min(peak, usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024))
    return Cost(best, peak)
