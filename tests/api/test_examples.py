"""The examples of docs/api.md, run in the folder of the Arxos project."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from release.scratch.server import Server
from tests.copies import copy_arxos

EXAMPLES = Path(__file__).with_name("examples")
WITH_A_SERVER = ("apply", "rehearse")
OFFLINE = sorted({file.stem for file in EXAMPLES.glob("*.py")} - {*WITH_A_SERVER})


def run_example(name: str, folder: Path) -> str:
    """Run an example in a copy of the Arxos project whose newest bundle is still to be built where it builds."""
    copy_arxos(folder)
    if name in ("build", "record"):
        shutil.rmtree(folder / "scripts/1.2.0")
    done = subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


PRINTED = {
    "build": r"^\S+/scripts/1\.2\.0 written [0-9a-f]{64}\n$",
    "check": r"^$",
    "errors": r"^RevisionError 1\nrevision 'no such revision'.*\n.*alembic history.*\n$",
    "lint": r"^RL2\d\d warning alembic/versions/.*\n(.*\n)*failed\n(.*\n)*failed\nfine\n$",
    "plan": r"^1 outside any .*\n  alembic/versions/006\S+:\d+: CREATE INDEX takes \S.*\n",
    "read": r"^Search.* \('005',\) \('009',\) as it was built\n006 (.*\n)*1\.2\.0 [0-9a-f]{64}\n$",
    "record": r"^\[\] written\n$",
}


@pytest.mark.processes
@pytest.mark.parametrize("example", OFFLINE)
def test_the_example_runs(example: str, tmp_path: Path) -> None:
    printed = run_example(example, tmp_path)
    assert re.search(PRINTED[example], printed), printed


@pytest.mark.parametrize(
    ("example", "end"),
    [("rehearse", r"passed on PostgreSQL \d+\.\d+\n"), ("apply", r"0 (?:.*\n)*")],
)
def test_the_example_runs_on_a_server(
    example: str, end: str, server: Server, postgis: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if example == "apply":
        monkeypatch.setenv("PGOPTIONS", "-c client_min_messages=warning")
        for name, value in server.parameters_of("arxos_db").items():
            if name != "dbname":
                monkeypatch.setenv(f"PG{name.upper()}", value)
        server.create_database("arxos_db")
    try:
        printed = run_example(example, tmp_path)
    finally:
        if example == "apply":
            server.drop_database("arxos_db")
    assert re.search(f"(?:^|\n){end}\n?$", printed), printed
