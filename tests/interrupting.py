"""Ctrl-C, while a migration is at work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def interrupt_build(ini: Path, *options: str) -> str:
    """Build release 1.0, and interrupt it when a migration has printed a line, which is given; nothing is built."""
    with subprocess.Popen(
        [sys.executable, "-m", "release", "-c", str(ini), "build", "1.0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted; nothing was written" in err
    assert out == ""
    assert not (ini.parent / "scripts").exists()
    return line
