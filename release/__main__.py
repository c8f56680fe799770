"""The `release` command, and `python -m release`."""

from __future__ import annotations

import gc
import sys

from release.cli import run


def main() -> None:
    """Run the command and leave the process with its exit status."""
    # what a command makes of a history is needed to its end: looking for garbage all the time finds little
    gc.set_threshold(100_000, 20, 20)
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
