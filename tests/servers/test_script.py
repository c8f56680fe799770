""".ci/servers where something is missing, and what tests/servers makes of it. No registry is needed for any of this."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from release.config import TRIED_SERVERS
from release.scratch.binaries import find_installation
from tests.databases import clean_environment
from tests.servers.__main__ import count, main
from tests.servers.bring import bring
from tests.servers.document import ROOT
from tests.servers.selection import SHORT, WHOLE

SCRIPT = ROOT / ".ci" / "servers"
Servers = Callable[..., subprocess.CompletedProcess[str]]
# a mirror and a registry that are not there: apt and npm give up at once
NOWHERE = {
    "SERVERS_MIRROR": "file:///nowhere",
    "npm_config_registry": "http://127.0.0.1:9",
    "npm_config_fetch_retries": "0",
}
# of the others what can be unpacked has none either
POSTGIS_MATTERS = (13, 15, 17, 18)


@pytest.fixture
def servers(tmp_path: Path) -> Servers:
    """Run the script in a folder of its own, where no server is installed and none can be had."""

    def call(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        env = {"SERVERS_DIR": str(tmp_path / "servers"), "SERVERS_INSTALLED": "no", **NOWHERE, **variables}
        return subprocess.run(
            [SCRIPT, *arguments],
            env=clean_environment(env),
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    return call


def unpack(root: Path, major: int, mark: str | None = None) -> Path:
    """Put a real server where the script would have unpacked one; give the folder of its programs."""
    places = {14: root / "servers/14/bin", 16: root / "servers/16/bin"}
    bindir = places.get(major, root / f"servers/{major}/usr/lib/postgresql/{major}/bin")
    bindir.mkdir(parents=True)
    for program in ("initdb", "postgres", "psql"):
        (bindir / program).symlink_to(find_installation(postgis=False).bindir / program)
    if mark is not None:
        (root / "servers" / str(major) / ".complete").write_text(mark.format(root / "servers" / str(major)) + "\n")
    return bindir


@pytest.mark.postgresql
def test_what_is_complete_is_taken(servers: Servers, tmp_path: Path) -> None:
    bindir = unpack(tmp_path, 14, "{}")
    done = servers("bindir", "14")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{bindir}\n", "")


@pytest.mark.postgresql
@pytest.mark.parametrize("mark", [None, "/moved/from/here"], ids=["no mark", "moved"])
def test_what_is_half_unpacked_is_unpacked_again(servers: Servers, tmp_path: Path, mark: str | None) -> None:
    bindir = unpack(tmp_path, 14, mark)
    done = servers("bindir", "14")
    assert done.returncode == 1
    assert f"PostgreSQL 14 in {tmp_path}/servers is not complete: it is unpacked again" in done.stderr
    assert not bindir.exists()


@pytest.mark.processes
@pytest.mark.parametrize("major", TRIED_SERVERS)
def test_nothing_to_be_had(servers: Servers, major: int) -> None:
    """One message says what was looked for, where, and what was said."""
    done = servers("bindir", str(major))
    assert (done.returncode, done.stdout) == (1, "")
    [message] = [line for line in done.stderr.splitlines() if line.startswith(".ci/servers: ")]
    assert f"PostgreSQL {major} cannot be had: no server with" in message
    assert (
        f"looked at /usr/lib/postgresql/{major}/bin, /usr/pgsql-{major}/bin and where pg_config on PATH says" in message
    )
    if major in (14, 16):
        wanted = "npm" if shutil.which("npm") else "npm, which has it"
    else:
        wanted = "file:///nowhere" if shutil.which("apt-get") else "apt-get and dpkg-deb"
    assert wanted in message, done.stderr


@pytest.mark.postgresql
def test_the_others_go_on(servers: Servers, tmp_path: Path) -> None:
    """A suite is gone from the mirror: that is said, and the exit status tells."""
    bindir = unpack(tmp_path, 18, "{}")
    done = servers("get", "13", "18")
    assert done.returncode == 1
    assert done.stdout.endswith(f": {bindir}\n")
    assert done.stdout.startswith("postgres (PostgreSQL) ")
    assert "PostgreSQL 13 cannot be had" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(servers: Servers) -> None:
    done = servers("bindir", "13", SERVERS_DIR="/proc/servers")
    assert done.returncode == 1
    assert "/proc/servers cannot be written: set SERVERS_DIR to a folder" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "PostgreSQL servers of several major versions, side by side"),
        (("bindir",), "usage"),
        (("bindir", "12"), "no such major version: 12"),
        (("fetch",), "bindir MAJOR"),
    ],
)
def test_wrong_usage(servers: Servers, arguments: tuple[str, ...], said: str) -> None:
    done = servers(*arguments)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.postgresql
def test_what_is_removed_is_gone(servers: Servers, tmp_path: Path) -> None:
    kept, gone = unpack(tmp_path, 16, "{}"), unpack(tmp_path, 14, "{}")
    assert servers("remove", "14").returncode == 0
    assert (kept.exists(), gone.exists()) == (True, False)


@pytest.mark.processes
@pytest.mark.parametrize("major", TRIED_SERVERS)
def test_an_installed_server_is_taken(servers: Servers, tmp_path: Path, major: int) -> None:
    """The one that pg_config on PATH belongs to, where this machine has none in the usual places."""
    bindir, control = tmp_path / "bin", tmp_path / "share/extension/postgis.control"
    bindir.mkdir()
    folders = f'case $1 in --bindir) echo "{bindir}" ;; --sharedir) echo "{tmp_path}/share" ;; esac'
    version = f'echo "postgres (PostgreSQL) {major}.1"'
    for program, text in {"pg_config": folders, "postgres": version, "initdb": "", "psql": ""}.items():
        (bindir / program).write_text(f"#!/bin/sh\n{text}\n")
        (bindir / program).chmod(0o755)
    taken = {"SERVERS_INSTALLED": "", "PATH": f"{bindir}{os.pathsep}{os.environ['PATH']}"}
    usual = [Path(f"/usr/lib/postgresql/{major}/bin"), Path(f"/usr/pgsql-{major}/bin")]
    there = [f"{folder}\n" for folder in usual if (folder / "initdb").exists()]
    if major in POSTGIS_MATTERS:
        assert servers("bindir", str(major), **taken).stdout in ["", *there]
    control.parent.mkdir(parents=True)
    control.touch()
    assert servers("bindir", str(major), **taken).stdout in [f"{bindir}\n", *there]


@pytest.mark.processes
def test_a_server_that_cannot_be_had_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for key, value in {**NOWHERE, "SERVERS_DIR": str(tmp_path), "SERVERS_INSTALLED": "no"}.items():
        monkeypatch.setenv(key, value)
    assert bring(13) is None
    assert "PostgreSQL 13 cannot be had" in capfd.readouterr().err


def test_an_unknown_major(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["13", "12"])
    assert "no such major version: 12; there are 13, 14" in capsys.readouterr().err


def test_results_are_counted(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    assert count(report, 4) == (0, 0, 1)
    report.write_text('<testsuites><testsuite tests="9" skipped="2" failures="1" errors="1"/></testsuites>')
    assert count(report, 1) == (5, 2, 2)
    report.write_text('<testsuites><testsuite tests="9" skipped="2" failures="0" errors="0"/></testsuites>')
    assert count(report, 0) == (7, 2, 0)
    assert count(report, 2) == (7, 2, 1)


@pytest.mark.parametrize("path", sorted({*SHORT, *WHOLE}))
def test_what_is_selected_is_there(path: str) -> None:
    assert (ROOT / path.split("::")[0]).exists()
