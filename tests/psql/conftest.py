"""Run a script through the real psql and through `release apply`, and show both as one comparable value."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path

import pytest

from release.psql.apply import apply_scripts
from release.scratch.server import Server
from tests.databases import clean_environment, dump_database, find_program
from tests.psql.versions import Version, ask_version

_VARYING = (
    (re.compile(rb"PID \d+"), b"PID n"),
    (re.compile(rb"^Backend PID\|\d+", re.MULTILINE), b"Backend PID|n"),
    (re.compile(rb"^Time: .*", re.MULTILINE), b"Time: t"),
    (re.compile(rb"^VERSION(_NAME|_NUM)? = .*\n", re.MULTILINE), b""),  # psql's own, in the list of `\\set`
)


@dataclass(frozen=True)
class Ended:
    """How a run ended, with what differs between any two runs taken out."""

    status: int
    out: str
    err: str
    database: str = ""


@dataclass(frozen=True)
class Runners:
    """Both ways to run a script, on one server; each gives what must be the same."""

    server: Server

    @cached_property
    def version(self) -> Version:
        """The version of this psql."""
        return ask_version(self.server)

    def psql(self, folder: Path, script: str, dbname: str, options: tuple[str, ...] = ()) -> Ended:
        done = subprocess.run(
            [find_program(self.server, "psql"), "-X", "-A", "-d", self.server.conninfo(dbname), *options, "-f", script],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=folder,
            env=clean_environment(),
            timeout=60,
            check=False,
        )
        return Ended(done.returncode, normalise(done.stdout), normalise(done.stderr))

    def apply(self, folder: Path, script: str, dbname: str, options: tuple[str, ...] = ()) -> Ended:
        given = dict(value.split("=", 1) for value in options[1::2])
        out, err = BytesIO(), BytesIO()
        here = Path.cwd()
        os.chdir(folder)
        try:
            status = apply_scripts([script], self.server.conninfo(dbname), given, out=out, err=err)
        finally:
            os.chdir(here)
        return Ended(status, normalise(out.getvalue()), normalise(err.getvalue()))

    def run_both(
        self, folder: Path, script: str, options: tuple[str, ...] = (), *, template: str | None = None
    ) -> tuple[Ended, Ended]:
        """Run a script through psql and through us, each on a database of the same name made for it."""
        name = f"{self.server.prefix}apply"
        ended: list[Ended] = []
        for run in (self.psql, self.apply):
            self.server.create_database(name, template)
            try:
                one = run(folder, script, name, options)
                ended.append(Ended(one.status, one.out, one.err, dump_database(self.server, name)))
            finally:
                self.server.drop_database(name)
        return ended[0], ended[1]

    def compare_reading(self, folder: Path, script: str, dbname: str) -> None:
        """Run a script that leaves nothing behind both ways on one database."""
        assert self.apply(folder, script, dbname) == self.psql(folder, script, dbname)


def normalise(output: bytes) -> str:
    for pattern, replacement in _VARYING:
        output = pattern.sub(replacement, output)
    return output.decode("utf-8", "backslashreplace")


def read_options(script: Path) -> tuple[str, ...]:
    """Give the options that a case names in a comment: `-- options: -v NAME=VALUE …`."""
    found = re.search(rb"^-- options: (.*)$", script.read_bytes(), re.MULTILINE)
    return tuple(shlex.split(found[1].decode())) if found else ()


@pytest.fixture(scope="session")
def runners(server: Server) -> Runners:
    return Runners(server)
