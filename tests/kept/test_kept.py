"""An answer is given again only while everything that it came from is the same."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.projects import ENV, Revision, write_project

PACKAGE = Path(__file__).parents[2]
ONE = Revision("a1", 'op.execute("CREATE TABLE rooms (id bigint)")', 'op.drop_table("rooms")', "number the rooms")
TWO = Revision("b2", 'op.execute("CREATE TABLE doors (id bigint)")', 'op.drop_table("doors")', "list doors", "a1")
ARGUMENTS = ("lint", "--from", "base", "--select", "RL")


@dataclass(frozen=True, slots=True)
class Tool:
    """The command in a process of its own, as a user runs it."""

    folder: Path
    environment: dict[str, str]

    def run(self, *arguments: str, **variables: str) -> tuple[str, int]:
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "release", *(arguments or ARGUMENTS)],
            cwd=self.folder,
            env=self.environment | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout, done.stderr.count("release.cli\n")

    def settle(self, **variables: str) -> str:
        """Run until the answer is kept."""
        time.sleep(0.05)  # what was written just now might change once more in the same tick of the file system
        text, _ = self.run(**variables)
        again, worked = self.run(**variables)
        assert (again, worked) == (text, 0)
        return text


@pytest.fixture
def tool(tmp_path: Path) -> Tool:
    write_project(tmp_path / "project", ONE)
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    return Tool(tmp_path / "project", environment)


def test_a_kept_answer_is_the_same_and_needs_nothing(tool: Tool) -> None:
    text = tool.settle()
    assert text.endswith("0 errors, 0 warnings\n")
    assert tool.run(*ARGUMENTS, "--no-cache") == (text, 1)
    assert tool.run(RELEASE_NO_CACHE="1") == (text, 1)


def test_an_answer_of_every_tool_is_kept(tool: Tool) -> None:
    time.sleep(0.05)
    arguments = ("lint", "--from", "base", "--fail-on", "never")
    text, _ = tool.run(*arguments)
    assert tool.run(*arguments) == (text, 0)


def _change_migration(folder: Path) -> None:
    path = folder / "migrations/versions/a1_x.py"
    path.write_text(path.read_text(encoding="utf-8").replace("rooms", "halls"), encoding="utf-8")


def _add_migration(folder: Path) -> None:
    (folder / "migrations/versions/b2_x.py").write_text(TWO.source(), encoding="utf-8")


def _add_settings(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.release]\nlock_timeout = "1s"\n', encoding="utf-8")


def _change_ini(folder: Path) -> None:
    with (folder / "alembic.ini").open("a", encoding="utf-8") as file:
        file.write("sqlalchemy.url = postgresql://a:b@c/d\n")


def _add_squawk(folder: Path) -> None:
    (folder / ".squawk.toml").write_text("", encoding="utf-8")


CHANGES = (_change_migration, _add_migration, _add_settings, _change_ini, _add_squawk)


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_read_has_changed(tool: Tool, change: Callable[[Path], None]) -> None:
    tool.settle()
    change(tool.folder)
    assert tool.run()[1] == 1


def test_what_the_projects_own_code_reads_counts(tool: Tool) -> None:
    (tool.folder / "names.txt").write_text("rooms", encoding="utf-8")
    (tool.folder / "tables.py").write_text("NAME = open('names.txt').read()\n", encoding="utf-8")
    head = "import os, sys\nsys.path.insert(0, '.')\nfrom tables import NAME\nSUFFIX = os.environ.get('SUFFIX', '')"
    body = 'op.execute(f"CREATE TABLE {NAME}{SUFFIX} (id bigint CHECK (id > 0))")'
    write = tool.folder / "migrations/versions/a1_x.py"
    write.write_text(replace(ONE, upgrade=body, head=head).source(), encoding="utf-8")
    assert "constraints of rooms without" in tool.settle()
    text, worked = tool.run(SUFFIX="_x")
    assert (worked, "constraints of rooms_x without" in text) == (1, True)
    tool.settle(SUFFIX="_x")
    (tool.folder / "names.txt").write_text("halls", encoding="utf-8")
    assert "constraints of halls_x without" in tool.run(SUFFIX="_x")[0]
    tool.settle()
    time.sleep(1.1)  # Python tells a compiled file from a newer source by whole seconds
    (tool.folder / "tables.py").write_text("NAME = 'doors'\n", encoding="utf-8")
    assert "constraints of doors without" in tool.run()[0]


def test_other_variables_do_not_count(tool: Tool) -> None:
    tool.settle()
    assert tool.run(SOMETHING="else")[1] == 0


@pytest.mark.parametrize(
    "code", ["import subprocess; subprocess.run(['true'])", "import socket; socket.getaddrinfo('127.0.0.1', 1)"]
)
def test_what_cannot_be_followed_is_not_kept(tool: Tool, code: str) -> None:
    (tool.folder / "migrations/env.py").write_text(code + "\n" + ENV, encoding="utf-8")
    time.sleep(0.05)
    for _ in range(2):
        assert tool.run()[1] == 1


def test_another_command_and_a_wrong_one_are_not_kept(tool: Tool) -> None:
    for arguments in (("plan",), ("lint", "9.9"), ("lint", "--help"), ("-v", *ARGUMENTS)):
        for _ in range(2):
            assert tool.run(*arguments)[1] == 1
