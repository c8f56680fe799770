"""README.md shows what the commands print; `make golden` writes it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from release.scratch.server import Server
from tests.copies import ROOT, copy_arxos
from tests.databases import Golden
from tests.golden import read_part

README = ROOT / "README.md"
TITLE = "Search, checks and indexes without downtime"
MORE = "  …"


@pytest.fixture
def arxos(tmp_path: Path) -> Path:
    """Give a copy of the Arxos project, with its bundles."""
    copy_arxos(tmp_path)
    return tmp_path


def printed(folder: Path, *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "release", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return (done.stderr + done.stdout).splitlines()


@pytest.mark.processes
def test_what_plan_and_build_print(arxos: Path, golden: Golden) -> None:
    planned = printed(arxos, "plan", "--from", "005")
    first = next(number for number, line in enumerate(planned) if line.startswith("    "))
    shutil.rmtree(arxos / "scripts/1.2.0")
    built = printed(arxos, "build", "1.2.0", "--title", TITLE)
    lines = ["$ release plan --from 005", *planned[: first + 1], MORE]
    lines += [f'$ release build 1.2.0 --title "{TITLE}"', MORE.strip(), *built[-2:]]
    golden("README.md", "\n".join(["```console", *lines, "```", ""]), "build")


def test_what_rehearse_prints(
    arxos: Path, golden: Golden, server: Server, postgis: None, pytestconfig: pytest.Config
) -> None:
    """Figures are those of the day on which it was written: they differ with machine and server."""
    lines = printed(arxos, "rehearse", "1.2.0", "--rows", "100")
    head = next(number for number, line in enumerate(lines) if line.startswith("  locks that stop queries"))
    lines = ["$ release rehearse 1.2.0 --rows 100", *lines[: head + 2], MORE, "", lines[-1]]
    text = "\n".join(["```console", *lines, "```", ""])
    there = read_part(README.read_text(encoding="utf-8"), "rehearsal")
    if pytestconfig.getoption("--update-golden") or without_figures(there) != without_figures(text):
        golden("README.md", text, "rehearsal")


def without_figures(text: str) -> str:
    # of the tables that a lock phase locks within a moment, any may be the one that was held longest
    text = re.sub(r"( ms +)(labels|projects)( +)", r"\1table\3", text)
    return re.sub(r"  +", "  ", re.sub(r"\d+(\.\d+)*", "#", text))
