"""Reading 100,000 statements into their forms against PostgreSQL's parser alone, which hands over its own trees.

To that parser a body is a string; here its statements are read too. So what has no body is measured by itself, and
beside it what any reader in Python does at the least: parse, take the tokens, and come by every node of the tree.
"""

from __future__ import annotations

import gc
import resource
import subprocess
import sys
import time
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

import postgast

from bench.timing import Seconds, report
from release.model.syntax import CreateRoutine, DoBlock
from release.psql.pieces import Kind, cut
from release.sql.read.expressions import walk
from release.sql.read.statements import split

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HERE = Path(__file__).parents[1]
STATEMENTS = 100_000


def run() -> None:
    """Print the ratios of time, and of the memory that the results of one in ten statements take."""
    gc.set_threshold(100_000, 20, 20)  # as the command does
    texts = _texts()
    bodiless = [text for text in texts if not isinstance(split(text)[0].syntax, CreateRoutine | DoBlock)]
    report(f"{STATEMENTS} statements of Arxos, read : parsed", _compare(texts, split), 2.0)
    report("those without a body, read : parsed", _compare(bodiless, split), 2.0)
    report("those without a body, walked : parsed", _compare(bodiless, _walk))
    ours, peer = (_memory(name) for name in ("split", "parse"))
    print(
        f"{'memory of 10,000 of them, kept':<58} {ours:8.0f} MB{peer:8.0f} MB  ratio {ours / peer:5.2f}   aim <= 2.00"
    )


def _compare(texts: Sequence[str], read: Callable[[str], object]) -> Seconds:
    """Processor time of a reader and of the parser, each at its best, measured on one in ten of the statements."""
    best = [float("inf"), float("inf")]
    for _ in range(3):
        for index, each in enumerate((read, postgast.parse)):
            start = time.process_time()
            for text in islice(cycle(texts), STATEMENTS // 10):
                each(text)
            best[index] = min(best[index], (time.process_time() - start) * 10)
    return Seconds(*best)


def _walk(text: str) -> None:
    list(postgast.scan(text).tokens)
    for _ in walk(postgast.parse(text)):
        pass


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
