"""What a test interrupts ends, however the suite itself was started."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_child_ends_when_it_is_told_to(number: signal.Signals) -> None:
    waiting = "import sys, time; sys.stdout.write('there'); sys.stdout.flush(); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", waiting], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        assert child.stdout
        assert child.stdout.read(5) == b"there"
        child.send_signal(number)
        assert child.wait(timeout=20) == -number


@pytest.mark.processes
@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_so_it_does_when_the_suite_was_started_with_signals_ignored(workers: tuple[str, ...]) -> None:
    """As by `nohup`, by `sh -c '… &'`, and by some CI runners."""
    test = f"{Path(__file__).relative_to(ROOT)}::{test_a_child_ends_when_it_is_told_to.__name__}"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *workers, test]
    done = subprocess.run(
        ["sh", "-c", 'trap "" INT TERM HUP QUIT; exec "$@"', "sh", *command],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(NUMBERS)} passed" in done.stdout
