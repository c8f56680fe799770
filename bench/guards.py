"""Where the time of a script goes: processor time of the server's process, by part of our own text.

Without the authors' statements, and what a segment asks about rows. Linux only: its kernel tells what a process had.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from release.bundle import list_bundles
from release.scratch.server import scratch_server

if TYPE_CHECKING:
    from release.scratch.server import Server

HERE = Path(__file__).parents[1]
RUNS = 7
AIM = 100  # milliseconds
COLUMNS = ("session", "guard", "functions", "segments", "verify")
_PROBE = "SELECT pg_catalog.pg_read_file('/proc/self/schedstat') AS spent \\gset\n\\echo '@{}' :spent"
# What a line of ours ends or begins: what is spent up to a line that ends a part is this part's.
_PART_BEFORE = (
    ("-- Guard: every", "session"),
    ("-- Segment functions", "guard"),
    ("-- <<< machinery release", "functions"),
    ("ROLLBACK;", "verify"),
)
_CALL = re.compile(r"SELECT .*pg_temp\.release_(?!losses)\w+\(.*\\gset$")


def run() -> None:
    """Print milliseconds by part, and their sum."""
    print(f"{'':10}" + "".join(f"{name:>10}" for name in (*COLUMNS, "sum")) + f"   aim <= {AIM} ms")
    state = "start"
    with scratch_server() as server, tempfile.TemporaryDirectory() as folder:
        server.create_database(state)
        for bundle in list_bundles(HERE / "scripts"):
            best: dict[str, float] = {}
            for number in range(RUNS):
                after = f"after_{bundle.version}_{number}"
                server.create_database(after, state)
                spent = dict.fromkeys(COLUMNS, 0.0)
                for name in ("upgrade", "verify"):
                    text = (bundle.folder / f"{name}.sql").read_text(encoding="utf-8")
                    (script := Path(folder) / f"{name}.sql").write_text(_probed(text), encoding="utf-8")
                    for part, milliseconds in _spent(server, after, script):
                        spent["verify" if name == "verify" else part] += milliseconds
                best = {part: min(spent[part], best.get(part, spent[part])) for part in COLUMNS}
            figures = "".join(f"{each:10.1f}" for each in (*best.values(), sum(best.values())))
            print(f"{bundle.version!s:10}{figures}", flush=True)
            state = after


def _probed(text: str) -> str:
    lines = [_PROBE.format("other")] * 3
    for line in text.splitlines():
        lines += [_PROBE.format(part) for start, part in _PART_BEFORE if line.startswith(start)]
        lines += [_PROBE.format("other"), line, _PROBE.format("segments")] if _CALL.match(line) else [line]
    return "\n".join(lines) + "\n"


def _spent(server: Server, dbname: str, script: Path) -> list[tuple[str, float]]:
    """Run a script by psql, and give what each part took, without what asking for it takes.

    Raises:
        RuntimeError: it failed; a failure is not a measurement.
    """
    psql = str(server.bindir / "psql") if server.bindir else "psql"
    command = [psql, "-X", "-q", "-d", server.conninfo(dbname), "-f", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{script}: exit status {done.returncode}\n{done.stderr}")
    found = [(part, int(spent)) for part, spent in re.findall(r"^@(\w+) (\d+)", done.stdout, re.MULTILINE)]
    asking = found[2][1] - found[1][1]  # the first time it takes longer
    return [
        (part, max(0, spent - before - asking) / 1e6)
        for (_, before), (part, spent) in pairwise(found[2:])
        if part != "other"
    ]
