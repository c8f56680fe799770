"""Which PostgreSQL a scratch server is started from, and what is said when there is none."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from release.errors import ToolError
from release.scratch import binaries
from release.scratch.binaries import find_installation, install_hint, list_installations
from release.scratch.server import scratch_server

pytestmark = pytest.mark.postgresql


@pytest.fixture
def bindir() -> Iterator[Path]:
    """Give an empty folder that the server's account can reach."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def without_postgis(bindir: Path) -> Path:
    """Give the folder of a real installation whose extensions are somewhere else."""
    fill_bindir(bindir, find_installation(postgis=False).bindir)
    return bindir


def fill_bindir(bindir: Path, real: Path, *, lacking: tuple[str, ...] = ()) -> None:
    for program in {"initdb", "postgres", "psql"}.difference(lacking):
        (bindir / program).symlink_to(real / program)
    (bindir / "share").mkdir()
    (bindir / "share" / "postgres.bki").touch()
    (bindir / "pg_config").write_text(f"#!/bin/sh\n[ $1 = --bindir ] && echo {bindir} || echo {bindir}/share\n")
    (bindir / "pg_config").chmod(0o755)


@pytest.mark.usefixtures("postgis")
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


@pytest.mark.usefixtures("postgis")
def test_an_installation_with_postgis_is_preferred(monkeypatch: pytest.MonkeyPatch, without_postgis: Path) -> None:
    monkeypatch.setattr(binaries, "_PLACES", (str(find_installation().bindir),))
    monkeypatch.delenv("PG_BINDIR", raising=False)
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


def test_no_postgis_for_a_version_that_is_not_released(monkeypatch: pytest.MonkeyPatch, bindir: Path) -> None:
    fill_bindir(bindir, find_installation(postgis=False).bindir, lacking=("postgres",))
    (bindir / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 19beta1'\n")
    (bindir / "postgres").chmod(0o755)
    monkeypatch.setenv("PG_BINDIR", str(bindir))
    with pytest.raises(ToolError, match="without PostGIS") as caught:
        find_installation()
    assert caught.value.hint == install_hint()


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


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        (("initdb",), "it has no initdb"),
        (("initdb", "postgres"), "it has no initdb and no postgres"),
        (("postgres, which is another program",), "its postgres does not run: try postgres --version"),
        (("folder",), "there is no such folder"),
    ],
    ids=lambda value: "" if isinstance(value, str) else " and ".join(value),
)
def test_what_a_pg_bindir_lacks(
    monkeypatch: pytest.MonkeyPatch, bindir: Path, lacking: tuple[str, ...], said: str
) -> None:
    fill_bindir(bindir, find_installation(postgis=False).bindir, lacking=lacking)
    if "another program" in lacking[0]:
        (bindir / "postgres").unlink()
        (bindir / "postgres").symlink_to("/bin/false")
    chosen = bindir / "nowhere" if lacking == ("folder",) else bindir
    monkeypatch.setenv("PG_BINDIR", str(chosen))
    with pytest.raises(ToolError) as caught, scratch_server(postgis=False):
        pytest.fail("it started")
    assert caught.value.message.startswith("no PostgreSQL server binaries (initdb, postgres, psql)")
    assert caught.value.message.endswith(f" in PG_BINDIR ({chosen}): {said}"), caught.value.message


def test_binaries_that_are_too_old(monkeypatch: pytest.MonkeyPatch, bindir: Path) -> None:
    """An old one alone is refused with its version; beside a newer one it is passed over."""
    real = find_installation(postgis=False)
    fill_bindir(bindir, real.bindir, lacking=("postgres",))
    (bindir / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 12.22 (Debian 12.22-1)'\n")
    (bindir / "postgres").chmod(0o755)
    monkeypatch.setattr(binaries, "_PLACES", (str(real.bindir),))
    monkeypatch.delenv("PG_BINDIR", raising=False)
    monkeypatch.setenv("PATH", str(bindir))
    assert [item.version[0] for item in list_installations()] == [12, real.version[0]]
    assert find_installation(postgis=False).bindir == real.bindir
    monkeypatch.setenv("PG_BINDIR", str(bindir))
    with pytest.raises(ToolError) as caught:
        find_installation(postgis=False)
    assert caught.value.message == f"PostgreSQL is too old: 12.22 ({bindir}); 13 or later is needed"


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
