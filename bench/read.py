"""Reading 100,000 statements into their forms against PostgreSQL's parser alone, which hands over its own trees."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

import postgast

from bench.timing import Seconds, report
from release.psql.pieces import Kind, cut
from release.sql.read.statements import split

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parents[1]
STATEMENTS = 100_000


def run() -> None:
    """Print the ratios of time, and of the memory that the results of one in ten statements take."""
    texts = _texts()
    best = [float("inf"), float("inf")]
    readers: tuple[Callable[[str], object], ...] = (split, postgast.parse)
    for _ in range(3):
        for index, read in enumerate(readers):
            start = time.process_time()
            for text in islice(cycle(texts), STATEMENTS // 10):
                read(text)
            best[index] = min(best[index], (time.process_time() - start) * 10)
    report(f"{STATEMENTS} statements of Arxos, read : parsed", Seconds(*best), 2.0)
    ours, peer = (_memory(name) for name in ("split", "parse"))
    print(
        f"{'memory of 10,000 of them, kept':<58} {ours:8.0f} MB{peer:8.0f} MB  ratio {ours / peer:5.2f}   aim <= 2.00"
    )


def _texts() -> list[str]:
    """The statements of the project's own bundles, as psql cuts them; all that PostgreSQL's parser takes."""
    return [
        piece.text
        for script in sorted(HERE.glob("scripts/*/upgrade.sql"))
        for piece in cut(script.read_text(encoding="utf-8"))
        if piece.kind is Kind.STATEMENT and ":" not in piece.text
    ]


def _memory(name: str) -> float:
    """Megabytes that the results take in a process of their own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.read", name], cwd=HERE, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def _keep(name: str) -> None:
    texts = _texts()
    read = split if name == "split" else postgast.parse
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    kept = [read(text) for text in islice(cycle(texts), STATEMENTS // 10)]
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
    assert kept


if __name__ == "__main__":
    _keep(sys.argv[1])
