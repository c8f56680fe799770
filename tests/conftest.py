"""Fixtures: a real PostgreSQL server, databases on it, psql, and generated documents."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from release.scratch.server import Server, given_server, scratch_server
from tests.databases import WITHOUT_POSTGIS, Dump, Golden, NewDatabase, Psql, dump_database, run_psql
from tests.golden import check_golden

_numbers = itertools.count(1)

_MEMORY = Path("/dev/shm")
_ROOM = 4 * 2**30  # bytes: what the servers of a few workers need there, several times over
_LONGEST_SLOW = 1800  # seconds that a test marked slow may take; what the others may is in pyproject.toml


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite the documents that the tests compare with (`make golden`)"
    )
    parser.addoption("--no-server", action="store_true", help="leave out the tests that need PostgreSQL (`make check`)")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "processes: starts one process after the other; left out of `make check`")
    config.addinivalue_line("markers", "slow: takes more than a few seconds; left out of `make test`")
    config.addinivalue_line("markers", "servers: for `make test-servers`, on every major version; not in `make test`")
    config.addinivalue_line("markers", "postgresql: needs it, though not the fixture `server`")
    if config.getoption("--no-server"):
        os.environ["PG_BINDIR"] = str(Path(__file__).with_name("no-server"))  # what needs one after all fails
        os.environ.pop("RELEASE_TEST_SERVER", None)
    heed_signals()
    prefer_memory()


def prefer_memory() -> None:
    """Keep temporary files in memory where there is plenty, unless TMPDIR says where.

    Copying a database that has PostGIS takes six times as long on a disk, and the tests do little else.
    """
    if "TMPDIR" not in os.environ and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _ROOM:
        os.environ["TMPDIR"] = str(_MEMORY)  # for the processes that the tests start, too
        tempfile.tempdir = None  # asked for again


def heed_signals() -> None:
    """Take back that signals are ignored, as nohup, a shell's `&` and some CI runners start their children.

    An ignored signal stays ignored in every process below (POSIX, exec), and Python's restore_signals knows SIGPIPE
    and its like alone: what a test interrupts would never end.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--no-server"):
        config.hook.pytest_deselected(items=[item for item in items if needs_server(item)])
        items[:] = [item for item in items if not needs_server(item)]
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(_LONGEST_SLOW))


def needs_server(item: pytest.Item) -> bool:
    return "server" in getattr(item, "fixturenames", ()) or item.get_closest_marker("postgresql") is not None


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Give a server to make databases on: one of our own per worker, or the one that RELEASE_TEST_SERVER names."""
    conninfo = os.environ.get("RELEASE_TEST_SERVER")
    with given_server(conninfo) if conninfo else scratch_server(postgis=not WITHOUT_POSTGIS) as running:
        yield running


@pytest.fixture(scope="session")
def postgis() -> None:
    """Skip the test where the tests were told to do without PostGIS; elsewhere its absence is a failure."""
    if WITHOUT_POSTGIS:
        pytest.skip("needs PostGIS, and RELEASE_TEST_WITHOUT_POSTGIS says that there is none")


@pytest.fixture
def new_database(server: Server) -> Iterator[NewDatabase]:
    made: list[str] = []

    def create(template: str | None = None) -> str:
        name = f"{server.prefix}db{next(_numbers)}"
        server.create_database(name, template)
        made.append(name)
        return name

    yield create
    for name in made:
        server.drop_database(name)


@pytest.fixture(scope="session")
def postgis_template(server: Server, postgis: None) -> str:
    """Give a database with nothing but PostGIS in it, to be copied by `new_database(postgis_template)`."""
    name = f"{server.prefix}postgis"
    server.create_database(name)
    with server.connect(name) as connection:
        connection.execute("CREATE EXTENSION postgis")
    return name


@pytest.fixture(scope="session")
def template(request: pytest.FixtureRequest) -> str | None:
    """Give a database with PostGIS where there is PostGIS, for tests to which it does not matter."""
    return None if WITHOUT_POSTGIS else request.getfixturevalue("postgis_template")


@pytest.fixture
def psql(server: Server) -> Psql:
    return partial(run_psql, server)


@pytest.fixture
def dump(server: Server) -> Dump:
    return partial(dump_database, server)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    update = request.config.getoption("--update-golden")
    return partial(check_golden, by=request.node.nodeid, update=update)
