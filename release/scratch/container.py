"""A scratch server in a container, for a machine with Docker but no PostgreSQL with PostGIS (extra `containers`)."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Protocol

from release.errors import ConnectionFailedError, ToolError
from release.scratch.binaries import find_installation
from release.scratch.server import Server, given_server, require_supported, scratch_server

if TYPE_CHECKING:
    from collections.abc import Iterator

_IMAGE = "postgis/postgis:17-3.5"
_PORT = 5432
_PATIENCE = 120.0
_EXTRA = "pip install 'alembic-release[containers]'"


class Container(Protocol):
    """What is used of a testcontainers `DockerContainer` that runs."""

    def get_container_host_ip(self) -> str:
        """The host at which its ports are to be reached."""

    def get_exposed_port(self, port: int) -> int | str:
        """The host's port for one of its own."""


@contextmanager
def any_scratch_server(conninfo: str | None = None) -> Iterator[Server]:
    """Give the server that is named; else a throwaway one from local binaries with PostGIS; else one in a container.

    Who sets PG_BINDIR has chosen: no container instead.

    Raises:
        ConfigError, ConnectionFailedError: of the server that is named.
        ToolError: there is none of the three, or PG_BINDIR will not do; the hint says what to install on this system.
    """
    if conninfo:
        with given_server(conninfo) as server:
            yield server
        return
    try:
        find_installation()
    except ToolError as missing:
        if os.environ.get("PG_BINDIR"):
            raise
        if lacking := why_no_container():
            raise ToolError(f"{missing.message}; and no container: {lacking}", missing.hint + _also()) from None
        with container_server() as server:
            yield server
        return
    with scratch_server() as server:
        yield server


def why_no_container() -> str:
    """Say why no container can be started, "" when one can."""
    client = shutil.which("docker")
    if not (client or os.environ.get("DOCKER_HOST") or Path("/var/run/docker.sock").exists()):
        return "Docker is not installed"
    if client and (said := _why_no_engine(client)):
        return f"Docker is installed, but its engine does not answer: {said}"
    return "" if find_spec("testcontainers") else f"Docker is there, but the extra is not: {_EXTRA}"


@contextmanager
def container_server() -> Iterator[Server]:
    """Start a server in a container (image `RELEASE_SCRATCH_IMAGE`); remove it on leaving.

    Raises:
        ToolError: it does not start.
    """
    image, password = os.environ.get("RELEASE_SCRATCH_IMAGE") or _IMAGE, secrets.token_hex(16)
    command = "postgres -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c timezone=UTC"
    with ExitStack() as stack:
        try:
            container = import_module("testcontainers.core.container").DockerContainer(image)
            container.with_exposed_ports(_PORT).with_env("POSTGRES_PASSWORD", password).with_command(command)
            stack.callback(container.stop)  # before it starts: one that was made and does not start is removed, too
            container.start()
        except Exception as error:
            with suppress(Exception):  # what kept it from starting is what is told
                stack.close()
            raise ToolError(
                f"cannot start a container from {image}: {error}",
                f"try it: docker run --rm -e POSTGRES_PASSWORD=x {image}; RELEASE_SCRATCH_IMAGE names another image",
            ) from error
        yield server_in(container, password, _PATIENCE)


def server_in(container: Container, password: str, patience: float, user: str = "postgres") -> Server:
    """The server in a container that runs, once it lets us in.

    Raises:
        ToolError: it has not done so after `patience` seconds, or is too old.
    """
    parameters = (
        ("host", container.get_container_host_ip()),
        ("port", str(container.get_exposed_port(_PORT))),
        ("user", user),
        ("password", password),
    )
    server = Server(parameters, 0)
    until = monotonic() + patience
    while True:
        try:
            with server.connect() as connection:
                version = connection.info.server_version
            require_supported(version)
            return Server(parameters, version)
        except ConnectionFailedError as error:
            if monotonic() > until:
                raise ToolError(f"the server in the container does not answer: {error.message}") from error
            sleep(0.2)  # it starts twice: the first time without a port, to set itself up


def _also() -> str:
    return f",\nor let it run in a container: Docker, and {_EXTRA}"


def _why_no_engine(client: str) -> str:
    """What `docker version` says when its engine does not answer."""
    try:
        done = subprocess.run([client, "version"], capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    lines = done.stderr.strip().splitlines()
    return "" if not done.returncode else lines[-1] if lines else f"exit status {done.returncode}"
