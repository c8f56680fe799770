"""Where a server to rehearse on comes from when none is named, and a container's where there is Docker."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from release.errors import ToolError
from release.scratch import binaries, container
from release.scratch.binaries import find_installation
from release.scratch.container import any_scratch_server, container_server, server_in, why_no_container
from release.scratch.server import Server

LACKING = why_no_container()


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without PostgreSQL's binaries, and with nothing on PATH but what is put into the folder."""
    monkeypatch.delenv("PG_BINDIR", raising=False)
    monkeypatch.setattr(binaries, "_PLACES", (f"{tmp_path}/*/bin",))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    return tmp_path


def write_docker(folder: Path, script: str) -> None:
    (folder / "docker").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / "docker").chmod(0o755)


@pytest.mark.skipif(Path("/var/run/docker.sock").exists(), reason="Docker is there")
def test_neither_binaries_nor_docker(bare: Path) -> None:
    with pytest.raises(ToolError) as caught, any_scratch_server():
        pytest.fail("it started")
    assert "no PostgreSQL server binaries" in caught.value.message
    assert "and no container: Docker is not installed" in caught.value.message
    assert "install" in caught.value.hint.splitlines()[0]
    assert "pip install 'alembic-release[containers]'" in caught.value.hint.splitlines()[-1]
    assert caught.value.exit_code == 2


def test_a_client_without_an_engine(bare: Path) -> None:
    write_docker(bare, "echo 'Cannot connect to the Docker daemon. Is it running?' >&2; exit 1")
    with pytest.raises(ToolError, match="but its engine does not answer: Cannot connect") as caught:
        any_scratch_server().__enter__()
    assert "no PostgreSQL server binaries" in caught.value.message


def test_an_engine_without_the_extra(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_docker(bare, "exit 0")
    monkeypatch.setattr(container, "find_spec", lambda name: None)
    with pytest.raises(ToolError, match=r"the extra is not: pip install 'alembic-release\[containers\]'"):
        any_scratch_server().__enter__()


@pytest.mark.parametrize("what", ["no folder", "no initdb", "no server"])
def test_a_pg_bindir_that_is_broken(bare: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Who names a folder gets no container instead, though there is an engine: one message about the folder."""
    write_docker(bare, "exit 0")
    chosen = bare / "bin"
    if what != "no folder":
        chosen.mkdir()
        (chosen / "psql").symlink_to("/bin/true")
    if what == "no server":
        (chosen / "initdb").symlink_to("/bin/true")
        (chosen / "postgres").symlink_to("/bin/false")
    monkeypatch.setenv("PG_BINDIR", str(chosen))
    with pytest.raises(ToolError) as caught:
        any_scratch_server().__enter__()
    said = {
        "no folder": "there is no such folder",
        "no initdb": "it has no initdb and no postgres",
        "no server": "its postgres does not run: try postgres --version",
    }[what]
    assert caught.value.message.endswith(f" in PG_BINDIR ({chosen}): {said}")
    assert "container" not in caught.value.message + caught.value.hint
    assert caught.value.hint.startswith("let PG_BINDIR name a folder that has them, or unset it")


@pytest.mark.postgresql
def test_a_pg_bindir_that_is_half_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs without what initdb reads."""
    real, bare = find_installation(postgis=False).bindir, tmp_path
    chosen = bare / "half" / "bin"
    chosen.mkdir(parents=True)
    for program in ("initdb", "postgres", "psql"):
        (chosen / program).symlink_to(real / program)
    (chosen / "pg_config").write_text(f"#!/bin/sh\necho {bare}/half/share\n", encoding="utf-8")
    (chosen / "pg_config").chmod(0o755)
    monkeypatch.setenv("PG_BINDIR", str(chosen))
    with pytest.raises(ToolError) as caught:
        any_scratch_server().__enter__()
    assert caught.value.message == (
        f"PG_BINDIR ({chosen}) has the programs of a server and nothing else: no postgres.bki in {bare}/half/share"
    )


def test_a_named_server_is_taken(server: Server, bare: Path) -> None:
    with any_scratch_server(server.conninfo(server.maintenance)) as taken:
        assert taken.prefix.startswith("release_")


@pytest.mark.postgresql
@pytest.mark.usefixtures("postgis")
def test_local_binaries_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with any_scratch_server() as taken:
        assert taken.bindir is not None


class Unwilling:
    """A container that is made and does not start, as testcontainers has it."""

    def __init__(self, error: BaseException, *, stopping: bool) -> None:
        self.error = error
        self.stopping = stopping
        self.stopped = 0

    def with_(self, *_: object) -> Unwilling:
        return self

    with_exposed_ports = with_env = with_command = with_

    def start(self) -> None:
        raise self.error

    def stop(self) -> None:
        self.stopped += 1
        if not self.stopping:
            raise RuntimeError("gone")


@pytest.mark.parametrize("stopping", [True, False])
@pytest.mark.parametrize("error", [TimeoutError("not ready"), KeyboardInterrupt()], ids=["late", "interrupted"])
def test_a_container_that_does_not_start_is_removed(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, *, stopping: bool
) -> None:
    made = Unwilling(error, stopping=stopping)
    monkeypatch.setattr(container, "import_module", lambda _: SimpleNamespace(DockerContainer=lambda _: made))
    with pytest.raises((ToolError, KeyboardInterrupt, RuntimeError)) as caught:
        container_server().__enter__()
    assert made.stopped == 1
    if isinstance(error, TimeoutError):
        assert "cannot start a container from" in str(caught.value)
        assert "not ready" in str(caught.value)


@dataclass(frozen=True, slots=True)
class Running:
    """A server that runs elsewhere, seen as the container that it would be in."""

    server: Server

    def get_container_host_ip(self) -> str:
        return dict(self.server.parameters)["host"]

    def get_exposed_port(self, port: int) -> int:
        assert port == 5432
        return int(dict(self.server.parameters).get("port", "5432"))


def test_the_server_in_a_container_is_used_like_any_other(server: Server) -> None:
    given = dict(server.parameters)
    if "host" not in given:
        pytest.skip("the tests' server is reached without a host")
    found = server_in(Running(server), given.get("password", "x"), 1, given.get("user", "postgres"))
    assert found.version == server.version
    assert dict(found.parameters).keys() == {"host", "port", "user", "password"}
    with found.connect(server.maintenance) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    nobody = Server((("host", str(tmp_path)), ("port", "5432")), 0)
    with pytest.raises(ToolError, match="the server in the container does not answer"):
        server_in(Running(nobody), "x", 0.3)


@pytest.mark.skipif(bool(LACKING), reason=f"no container here: {LACKING}")
def test_a_container() -> None:
    with container_server() as server:
        server.create_database("made")
        with server.connect("made") as connection:
            connection.execute("CREATE EXTENSION postgis")
            assert connection.execute("SELECT postgis_version()").fetchone()
