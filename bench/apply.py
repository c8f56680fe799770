"""`release apply` beside psql: many small statements, one big COPY, a release, and the memory for a long script."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from release.scratch.server import Server, scratch_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STATEMENTS = 10_000
ROWS = 1_000_000
LONG = 200_000_000  # bytes
ROUNDS = 5
BUNDLES = Path(__file__).parents[1] / "scripts"
# A small process between, because a child's greatest size starts with what its parent has.
_METER = """
import os, sys, time
started = time.perf_counter()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ,
                      file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
_, status, usage = os.wait4(pid, 0)
print(time.perf_counter() - started, usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took: time, and the greatest resident size."""

    seconds: float
    megabytes: float


def run() -> None:
    with tempfile.TemporaryDirectory() as folder, scratch_server() as server:
        scripts = Path(folder)
        print(f"{'':34}{'psql':>12}{'release':>12}{'ratio':>8}{'net':>8}   aim")
        print(f"{'':74}   net: without start and connecting")
        empty = scripts / "empty.sql"
        empty.touch()
        start = _compare(server, "an empty script", empty)
        many = scripts / "statements.sql"
        many.write_text("".join(f"SELECT {number};\n" for number in range(STATEMENTS)))
        _compare(server, f"{STATEMENTS:,} trivial statements", many, start, aim="<= 2")
        copy = scripts / "copy.sql"
        with copy.open("w") as file:
            file.writelines(_copy_script())
        _compare(server, f"COPY of {ROWS:,} rows", copy, start, aim="<= 1.2")
        for bundle in sorted(BUNDLES.glob("*/upgrade.sql"))[:1]:
            _compare(server, f"{bundle.parent.name}/upgrade.sql", bundle, start, aim="<= 1.1", postgis=True)
        for label, write in (("200 MB of INSERTs", _write_inserts), ("200 MB of COPY data", _write_copy)):
            long = scripts / "long.sql"
            write(long)
            psql, release = (_measure(server, command, long) for command in (_psql, _release))
            print(f"{label:34}{psql.megabytes:9.0f} MB{release.megabytes:9.0f} MB{'':16}   not as the file")
            print(f"{'':34}{psql.seconds:10.2f} s{release.seconds:10.2f} s{release.seconds / psql.seconds:8.2f}")


def _compare(
    server: Server,
    label: str,
    script: Path,
    start: tuple[float, float] = (0.0, 0.0),
    *,
    aim: str = "",
    postgis: bool = False,
) -> tuple[float, float]:
    # in turns, so that both meet the same load
    costs = [
        [_measure(server, command, script, postgis=postgis) for command in (_psql, _release)] for _ in range(ROUNDS)
    ]
    psql, release = (min(cost.seconds for cost in column) for column in zip(*costs, strict=True))
    net = f"{(release - start[1]) / (psql - start[0]):8.2f}" if aim else " " * 8
    print(f"{label:34}{psql:10.3f} s{release:10.3f} s{release / psql:8.2f}{net}   {aim}")
    return psql, release


def _psql(server: Server, script: Path) -> list[str]:
    return [str((server.bindir or Path()) / "psql"), "-X", "-A", "-d", server.conninfo("bench"), "-f", str(script)]


def _release(server: Server, script: Path) -> list[str]:
    return [sys.executable, "-m", "release", "apply", "-d", server.conninfo("bench"), str(script)]


def _measure(
    server: Server, command: Callable[[Server, Path], list[str]], script: Path, *, postgis: bool = False
) -> Cost:
    """Run a script on a database of its own."""
    server.create_database("bench")
    try:
        if postgis:
            with server.connect("bench") as connection:
                connection.execute("CREATE EXTENSION postgis")
        return _run(command(server, script))
    finally:
        server.drop_database("bench")


def _run(command: list[str]) -> Cost:
    """Run a program to its end; give its time, start included, and its greatest resident size."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _METER, *command], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr[-500:]}")
    seconds, kilobytes = done.stdout.split()
    return Cost(float(seconds), int(kilobytes) / 1024)


def _copy_script() -> Iterator[str]:
    yield "CREATE TABLE t (a int, b text, c float);\nCOPY t FROM stdin;\n"
    for number in range(ROWS):
        yield f"{number}\tname of row {number}\t{number / 7:.6f}\n"
    yield "\\.\n"


def _write_inserts(path: Path) -> None:
    line = "INSERT INTO t VALUES ($$" + "x" * 900 + "$$, 'it''s'); -- comment\n"
    with path.open("w") as file:
        file.write("CREATE TABLE t (a text, b text);\n\\set QUIET on\n")
        for _ in range(LONG // len(line)):
            file.write(line)


def _write_copy(path: Path) -> None:
    line = "x" * 99 + "\n"
    with path.open("w") as file:
        file.write("CREATE TABLE t (a text);\nCOPY t FROM stdin;\n")
        for _ in range(LONG // len(line)):
            file.write(line)
        file.write("\\.\n")
