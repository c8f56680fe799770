"""The golden fixture, run by a pytest of its own on a small suite of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# what `make test` leaves out
MAKEFILE = (HERE.parent / "Makefile").read_text(encoding="utf-8")
(MARKS,) = re.findall(r'^test: .*\n.*\n\t.* -m "(.*?)"', MAKEFILE, re.MULTILINE)

SUITE = """
def test_one(golden):
    golden("one.txt", "one\\n")

def test_two(golden):
    golden("folder/two.txt", "two\\r\\n")
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "tests").mkdir()
    for name in ("conftest.py", "databases.py", "golden_files.py"):
        shutil.copy(HERE / name, tmp_path / "tests")
    shutil.copy(HERE.parent / "pyproject.toml", tmp_path)
    (tmp_path / "tests" / "test_suite.py").write_text(SUITE)
    return tmp_path


def run(suite: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "xdist", "-p", "pytest_timeout", *arguments],
        cwd=suite,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        | {"PYTHONPATH": str(HERE.parent), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_golden_files_are_compared_written_and_used(suite: Path) -> None:
    golden = suite / "tests" / "golden"

    missing = run(suite)
    assert missing.returncode == 1
    assert "there is no golden file" in missing.stdout

    assert run(suite, "--update-golden").returncode == 0
    assert {file.name: file.read_bytes() for file in golden.rglob("*.txt")} == {
        "one.txt": b"one\n",
        "two.txt": b"two\r\n",
    }
    assert run(suite).returncode == 0

    (golden / "folder" / "two.txt").write_bytes(b"two\n")
    changed = run(suite)
    assert changed.returncode == 1
    assert "run pytest --update-golden" in changed.stdout


@pytest.mark.parametrize("workers", [(), ("-n", "2"), ("-m", MARKS)], ids=["alone", "xdist", "make test"])
def test_a_golden_file_that_no_test_uses_is_an_error(suite: Path, workers: tuple[str, ...]) -> None:
    """One worker alone uses few of the files: what all of them used is put together."""
    golden = suite / "tests" / "golden"
    run(suite, "--update-golden")
    (golden / "old.txt").touch()
    unused = run(suite, *workers)
    assert unused.returncode == 1, unused.stdout
    assert "no test uses the golden file old.txt" in unused.stdout
    for used in ("one.txt", "two.txt"):
        assert used not in unused.stdout
    part = run(suite, *workers, "-k", "one")
    assert part.returncode == 0, part.stdout
