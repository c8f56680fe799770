"""What a scratch server cannot be: a server that dies and comes back, its standby, and a pool of connections before it.

Everything lies in one folder, speaks through sockets there, and is gone when the test is over.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from release.errors import ReleaseError, ToolError
from release.scratch.account import choose_account, choose_base
from release.scratch.binaries import find_installation
from release.scratch.server import Server
from tests.databases import WITHOUT_POSTGIS

_SETTINGS = "listen_addresses = ''\nport = {port}\nunix_socket_directories = '{folder}'\nfsync = off\ntimezone = UTC\n"
_PATIENCE = 30


@dataclass(slots=True)
class Cluster:
    """A server whose processes are ours to kill."""

    folder: Path
    bindir: Path
    name: str
    port: str
    server: Server
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.folder / self.name

    def start(self) -> None:
        """Start it, and wait until it takes connections; after a crash it recovers first."""
        command = [str(self.bindir / "postgres"), "-D", str(self.data), "-c", f"port={self.port}"]
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(),
                **_account(),
            )
        wait_for(self._accepts)

    def kill(self) -> None:
        """End it as a lack of memory or a loss of power would: every process at once, by SIGKILL."""
        assert self.process
        with self.server.connect() as connection:
            rows = connection.execute("SELECT pid FROM pg_stat_activity").fetchall()
        for process in (self.process.pid, *(row[0] for row in rows)):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Stop it at once (manual 19.5, immediate shutdown): nothing of it is needed again."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(_PATIENCE)

    def run(self, program: str, *arguments: object) -> None:
        """Run a program of PostgreSQL as the user who may run servers."""
        done = subprocess.run(
            [str(self.bindir / program), *map(str, arguments)],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_environment(),
            timeout=120,
            check=False,
            **_account(),
        )
        assert done.returncode == 0, f"{program}: {done.stdout!r}"

    def _accepts(self) -> bool:
        assert self.process
        assert self.process.poll() is None, (self.folder / f"{self.name}.log").read_text()
        with suppress(ReleaseError):
            self.server.connect().close()
            return True
        return False


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Make a server in a folder of its own, and start it."""
    try:
        installation = find_installation(postgis=not WITHOUT_POSTGIS)
    except ToolError as error:
        if "RELEASE_TEST_SERVER" not in os.environ:
            raise
        pytest.skip(f"the server is given, and there is none to be killed: {error}")
    with _folder() as folder:
        cluster = _cluster(folder, installation.bindir, "primary", "5432")
        options = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        cluster.run("initdb", "-D", cluster.data, *options)
        with (cluster.data / "postgresql.conf").open("a") as file:
            file.write(_SETTINGS.format(port=cluster.port, folder=folder))
        with _started(cluster):
            yield cluster


@contextmanager
def running_standby(primary: Cluster) -> Iterator[Server]:
    """Make a streaming replica, and wait until it has what its primary has."""
    standby = _cluster(primary.folder, primary.bindir, "standby", "5433")
    standby.run(
        *("pg_basebackup", "-h", primary.folder, "-p", primary.port, "-U", "postgres", "-D", standby.data),
        *("-R", "-c", "fast", "--no-sync"),
    )
    with _started(standby):
        with primary.server.connect() as connection:
            wait_for(
                lambda: connection.execute(
                    "SELECT 1 FROM pg_stat_replication WHERE state = 'streaming' AND replay_lsn >= pg_current_wal_lsn()"
                ).fetchone()
            )
        yield standby.server


@contextmanager
def running_pool(server: Server, mode: str, settings: str = "") -> Iterator[Server]:
    """Put a PgBouncer before a server; give the server as it is reached through it."""
    program = find_pgbouncer()
    if not program or not server.bindir:
        pytest.skip("PgBouncer is not installed, or the server is not ours")
    with _folder() as folder:
        (folder / "users").write_text('"postgres" ""\n')
        target = " ".join(f"{name}={value}" for name, value in server.parameters if name in {"host", "port"})
        (folder / "ini").write_text(
            f"[databases]\n* = {target}\n[pgbouncer]\nunix_socket_dir = {folder}\nlisten_port = 6432\n"
            f"auth_type = trust\nauth_file = {folder}/users\npool_mode = {mode}\nlogfile = {folder}/log\n{settings}"
        )
        with subprocess.Popen(
            [program, folder / "ini"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **_account()
        ) as pool:
            try:
                wait_for((folder / ".s.PGSQL.6432").exists)
                yield replace(server, parameters=(("host", str(folder)), ("port", "6432"), ("user", "postgres")))
            finally:
                pool.kill()


def find_pgbouncer() -> str | None:
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until something holds."""
    until = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < until, "it does not come about"
        time.sleep(0.01)


def _cluster(folder: Path, bindir: Path, name: str, port: str) -> Cluster:
    parameters = (("host", str(folder)), ("port", port), ("user", "postgres"))
    return Cluster(folder, bindir, name, port, Server(parameters, 0, bindir))


@contextmanager
def _started(cluster: Cluster) -> Iterator[None]:
    try:
        cluster.start()
        yield
    finally:
        cluster.stop()


@contextmanager
def _folder() -> Iterator[Path]:
    account = choose_account()
    folder = Path(tempfile.mkdtemp(prefix="fault-", dir=choose_base(account)))
    try:
        if account:
            os.chown(folder, account.uid, account.gid)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> dict[str, Any]:
    account = choose_account()
    return {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C", "TZ": "UTC", "HOME": "/nonexistent"}
