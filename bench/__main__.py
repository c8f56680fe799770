"""`python -m bench [NAME…]`: every measurement, or the named ones, each beside its peer in the same run.

`--rows N` is how many rows there are in each table, for `waits`.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

NAMES = sorted(
    path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_") and path.stem != "timing"
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--rows", type=int)
    asked = parser.parse_args()
    wanted = asked.names or NAMES
    unknown = sorted(set(wanted) - set(NAMES))
    if unknown:
        sys.exit(f"bench: no measurement {', '.join(unknown)}; there are {', '.join(NAMES)}")
    for name in wanted:
        print(f"\n{name}\n{'-' * len(name)}", flush=True)
        options = {"rows": asked.rows} if asked.rows and name == "waits" else {}
        importlib.import_module(f"bench.{name}").run(**options)


main()
