"""Which PostgreSQL a scratch server is started from, and what is said when there is none."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from release.database import binaries
from release.database.binaries import find_installation, install_hint, list_installations
from release.database.server import scratch_server
from release.errors import ToolError


@pytest.fixture
def without_postgis() -> Iterator[Path]:
    """Give the folder of a real installation whose extensions are somewhere else."""
    real = find_installation(postgis=False).bindir
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        bindir = Path(name)
        bindir.chmod(0o755)
        fill_bindir(bindir, real)
        yield bindir


def fill_bindir(bindir: Path, real: Path) -> None:
    for program in ("initdb", "postgres", "psql"):
        (bindir / program).symlink_to(real / program)
    (bindir / "pg_config").write_text(f"#!/bin/sh\n[ $1 = --bindir ] && echo {bindir} || echo {bindir}/share\n")
    (bindir / "pg_config").chmod(0o755)


def test_an_installation_is_found() -> None:
    found = find_installation()
    assert found.postgis
    assert found.version >= (13,)
    assert (found.bindir / "initdb").exists()
    assert found in list_installations()


def test_pg_bindir_decides(monkeypatch: pytest.MonkeyPatch, without_postgis: Path) -> None:
    real = find_installation(postgis=False)
    monkeypatch.setenv("PG_BINDIR", str(without_postgis))
    assert [(item.bindir, item.version) for item in list_installations()] == [(without_postgis, real.version)]


def test_an_installation_with_postgis_is_preferred(monkeypatch: pytest.MonkeyPatch, without_postgis: Path) -> None:
    monkeypatch.setenv("PATH", str(without_postgis))
    assert list_installations()[0].bindir == without_postgis
    assert find_installation(postgis=False).bindir == without_postgis
    assert find_installation().bindir != without_postgis


def test_no_postgis(monkeypatch: pytest.MonkeyPatch, without_postgis: Path) -> None:
    monkeypatch.setenv("PG_BINDIR", str(without_postgis))
    with pytest.raises(ToolError, match="without PostGIS") as caught, scratch_server():
        pytest.fail("it started")
    assert str(without_postgis) in caught.value.message
    assert "RELEASE_TEST_SERVER" in caught.value.hint
    with scratch_server(postgis=False) as server, server.connect() as connection:
        assert connection.info.server_version == server.version


def test_no_binaries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PG_BINDIR", str(tmp_path))
    with pytest.raises(ToolError, match="no PostgreSQL server binaries") as caught, scratch_server():
        pytest.fail("it started")
    assert caught.value.exit_code == 2
    assert str(tmp_path) in caught.value.message
    monkeypatch.delenv("PG_BINDIR")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(binaries, "_PLACES", (f"{tmp_path}/*/bin",))
    with pytest.raises(ToolError, match="no PostgreSQL server binaries"):
        find_installation()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts a server as somebody else")
def test_binaries_that_only_root_can_reach(monkeypatch: pytest.MonkeyPatch, without_postgis: Path) -> None:
    monkeypatch.setenv("PG_BINDIR", str(without_postgis))
    without_postgis.chmod(0o700)
    with pytest.raises(ToolError, match="Permission denied"), scratch_server(postgis=False):
        pytest.fail("it started")


@pytest.mark.parametrize(
    ("release", "said"),
    [
        ({"ID": "debian"}, "apt-get install postgresql-15-postgis-3"),
        ({"ID": "linuxmint", "ID_LIKE": "ubuntu debian"}, "apt-get install postgresql-15-postgis-3"),
        ({"ID": "fedora"}, "dnf install postgresql-server postgis"),
        ({"ID": "rocky", "ID_LIKE": "rhel centos fedora"}, "dnf install postgresql15-server"),
        ({"ID": "opensuse-leap", "ID_LIKE": "suse opensuse"}, "zypper install"),
        ({"ID": "something"}, "with your package manager"),
    ],
    ids=lambda value: value["ID"] if isinstance(value, dict) else "",
)
def test_the_hint_names_the_packages_of_this_system(
    monkeypatch: pytest.MonkeyPatch, release: dict[str, str], said: str
) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: release)
    assert said in install_hint(15)


def test_the_hint_on_a_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    assert "brew install postgresql@17 postgis" in install_hint()
