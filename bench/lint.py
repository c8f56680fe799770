"""`release lint` against `sqlfluff lint` of the whole script, its limits lifted, with the same rules; on two cores."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.timing import Seconds, report

HERE = Path(__file__).parents[1]
RELEASE = [sys.executable, "-m", "release"]
SQLFLUFF = [sys.executable, "-m", "sqlfluff", "lint", "--config", str(HERE / "release/lint/sqlfluff/sqlfluff.cfg")]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(HERE)}
CORES = 2
STATEMENTS = 5000
COLD, WARM = 1 / 1.8, 1 / 50
SAME = ["--ignore", "RL,squawk"]  # what sqlfluff alone says: the same rules on both sides


def run() -> None:
    """Print the ratios."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        arxos = root / "arxos"
        for name in ("alembic", "scripts"):
            shutil.copytree(HERE / name, arxos / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("alembic.ini", "pyproject.toml"):
            shutil.copy(HERE / name, arxos / name)
        scripts = [f"scripts/1.0.0/{name}.sql" for name in ("preflight", "upgrade", "verify", "rollback")]
        _compare("Arxos 1.0.0, sqlfluff's rules", arxos, ["lint", *scripts, *SAME], scripts, runs=5)
        _compare("Arxos 1.0.0, every rule", arxos, ["lint", *scripts], scripts, runs=5)
        _compare("Arxos 1.0.0, rendered anew, every rule", arxos, ["lint", "1.0.0"], scripts, runs=5)
        (root / "long.sql").write_text(long_script(STATEMENTS), encoding="utf-8")
        _compare(f"{STATEMENTS} statements, sqlfluff's rules", root, ["lint", "long.sql", *SAME], ["long.sql"], runs=2)
        _compare(f"{STATEMENTS} statements, every rule", root, ["lint", "long.sql"], ["long.sql"], runs=2)
        _given_up(root)


def _compare(name: str, folder: Path, ours: list[str], scripts: list[str], *, runs: int) -> None:
    cache = folder / "cache"
    environment = ENVIRONMENT | {"XDG_CACHE_HOME": str(cache)}
    command = [*RELEASE, *ours, "--fail-on", "never"]
    peer = cold = warm = float("inf")
    for _ in range(runs):
        shutil.rmtree(cache, ignore_errors=True)
        peer = min(peer, _time([*SQLFLUFF, *scripts], folder, environment))
        cold = min(cold, _time(command, folder, environment))
        warm = min(warm, *(_time(command, folder, environment) for _ in range(3)))
    report(f"{name}, cold : sqlfluff lint", Seconds(cold, peer), COLD)
    report(f"{name}, warm : sqlfluff lint", Seconds(warm, peer), WARM)


def _time(command: list[str], folder: Path, environment: dict[str, str]) -> float:
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode > 1 or done.stderr.strip() or not done.stdout.strip():
        raise RuntimeError(f"{' '.join(command)}: exit status {done.returncode}\n{done.stderr}")
    return seconds


def _given_up(root: Path) -> None:
    """A script that sqlfluff passes over, by its defaults, with exit status 0; its last line is wrong."""
    text = long_script(1000) + "select Count(*) From rooms;\n"
    (root / "skipped.sql").write_text(text, encoding="utf-8")
    peer = [sys.executable, "-m", "sqlfluff", "lint", "--dialect", "postgres", "--templater", "raw", "skipped.sql"]
    skipped = subprocess.run(peer, cwd=root, capture_output=True, text=True, check=False)
    ours = subprocess.run(
        [*RELEASE, "lint", "skipped.sql"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT | {"XDG_CACHE_HOME": str(root / "cache")},
    )
    last = f"skipped.sql:{text.count(chr(10))}:"
    print(
        f"a script that sqlfluff gives up on: sqlfluff exits {skipped.returncode} and names its last line "
        f"{skipped.stdout.count(last)} times; release lint names it {ours.stdout.count(last)} times"
    )


def long_script(statements: int) -> str:
    """Write statements of the kinds that migrations have, one kind after the other."""
    kinds = (
        "CREATE TABLE t{n} (\n    id bigint NOT NULL,\n    name text,\n    CONSTRAINT pk_t{n} PRIMARY KEY (id)\n);\n",
        "CREATE INDEX ix_t{n}_name ON t{n} (name);\n",
        "ALTER TABLE t{n} ADD COLUMN size bigint DEFAULT 0;\n",
        "INSERT INTO t{n} (id, name) VALUES ({n}, 'row {n}');\n",
        "UPDATE t{n} SET name = upper(name) WHERE id = {n};\n",
    )
    return "".join(kinds[n % len(kinds)].format(n=n // len(kinds)) for n in range(statements))
