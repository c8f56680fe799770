"""`python -m bench [NAME…]`: every measurement, or the named ones, each beside its peer in the same run."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

NAMES = sorted(
    path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_") and path.stem != "timing"
)


def main() -> None:
    wanted = sys.argv[1:] or NAMES
    unknown = sorted(set(wanted) - set(NAMES))
    if unknown:
        sys.exit(f"bench: no measurement {', '.join(unknown)}; there are {', '.join(NAMES)}")
    for name in wanted:
        print(f"\n{name}\n{'-' * len(name)}", flush=True)
        importlib.import_module(f"bench.{name}").run()


main()
