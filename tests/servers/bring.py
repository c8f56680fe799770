"""Servers of `.ci/servers`, for whoever tries or measures something on several major versions."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def bring(major: int) -> Path | None:
    """Give the folder of a server's programs, None where there is none to be had, which has been said."""
    done = subprocess.run(
        [str(ROOT / ".ci" / "servers"), "bindir", str(major)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        env={**os.environ, "PYTHON": sys.executable},
    )
    return Path(done.stdout.strip()) if done.returncode == 0 else None
