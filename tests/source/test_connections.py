"""Nothing is reached while a script is generated, by whatever means; online everything goes where it should."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent

import pytest

from release.cli import run
from release.scratch.server import Server
from release.source.online import upgrade_online
from tests.databases import NewDatabase, Psql
from tests.projects import ENV, Revision, write_project

# a body, and words of the message; {port} is that of a server that listens and counts
WAYS = {
    "engine": (
        "sa.create_engine('postgresql+psycopg://u@127.0.0.1:{port}/d').connect()",
        "connects to a database (postgresql)",
    ),
    "an engine with a creator": (
        (
            "import psycopg2\ndef make():\n    return psycopg2.connect('host=127.0.0.1 port={port}')\n"
            "sa.create_engine('postgresql+psycopg2://', creator=make).connect()"
        ),
        "connects to a database with psycopg2",
    ),
    "psycopg": (
        "import psycopg\npsycopg.connect('host=127.0.0.1 port={port} dbname=d')",
        "connects to a database with psycopg ",
    ),
    "psycopg, imported by name": (
        "from psycopg import Connection\nConnection.connect(host='127.0.0.1', port={port})",
        "connects to a database with psycopg ",
    ),
    "psycopg, async": (
        "import asyncio, psycopg\nasyncio.run(psycopg.AsyncConnection.connect('host=127.0.0.1 port={port}'))",
        "connects to a database with psycopg ",
    ),
    "psycopg2": (
        "import psycopg2\npsycopg2.connect(host='127.0.0.1', port={port}, dbname='d')",
        "connects to a database with psycopg2",
    ),
    "asyncpg": (
        "import asyncio, asyncpg\nasyncio.run(asyncpg.connect(host='127.0.0.1', port={port}))",
        "connects to a database with asyncpg",
    ),
    "asyncpg, a pool": (
        (
            "import asyncio, asyncpg\nasync def go():\n    await asyncpg.create_pool(host='127.0.0.1', port={port})\n"
            "asyncio.run(go())"
        ),
        "connects to a database with asyncpg",
    ),
    "pg8000": (
        "import pg8000.native\npg8000.native.Connection('u', host='127.0.0.1', port={port})",
        "connects to a database with pg8000",
    ),
    "a socket": (
        "import socket\nsocket.create_connection(('127.0.0.1', {port}))",
        "opens a network connection to 127.0.0.1:{port}",
    ),
    "an async stream": (
        "import asyncio\nasyncio.run(asyncio.open_connection('127.0.0.1', {port}))",
        "opens a network connection to 127.0.0.1:{port}",
    ),
    "HTTP": (
        "from urllib.request import urlopen\nurlopen('http://127.0.0.1:{port}/')",
        "opens a network connection to 127.0.0.1:{port}",
    ),
    "psql": (
        "import subprocess\nsubprocess.run(['psql', '-h', '127.0.0.1', '-p', '{port}'])",
        "runs psql, which connects to a database",
    ),
    "psql in a shell": (
        "import os\nos.system('/usr/bin/psql -h 127.0.0.1 -p {port}')",
        "runs psql, which connects to a database",
    ),
    "Alembic": (
        "import subprocess\nsubprocess.run('alembic upgrade head', shell=True)",
        "runs alembic, which connects to a database",
    ),
}


@pytest.fixture
def listening() -> Iterator[tuple[int, list[object]]]:
    """A port on which somebody answers, and the list of those who came."""
    came: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    connection, address = server.accept()
                except OSError:
                    return
                came.append(address)
                connection.close()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield server.getsockname()[1], came
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


# what a refused call leaves behind: a coroutine that was never awaited, a socket
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("place", ["migration", "env.py"])
@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_reached(
    way: str,
    place: str,
    tmp_path: Path,
    listening: tuple[int, list[object]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    port, came = listening
    body, words = (text.replace("{port}", str(port)) for text in WAYS[way])
    lines = [number for number, line in enumerate(body.splitlines()) if "127.0.0.1" in line or "alembic up" in line]
    if place == "env.py":
        swallowed = f"import sqlalchemy as sa\ntry:\n{indent(body, '    ')}\nexcept Exception:\n    pass\n"
        ini = write_project(tmp_path, Revision("a1"), env=swallowed + ENV)
        where = f"migrations/env.py:{3 + lines[-1]}: "
    else:
        ini = write_project(tmp_path, Revision("a1", body))
        where = f"revision a1, migrations/versions/a1_x.py:{10 + lines[-1]}: "
    if way == "asyncpg, a pool":
        where = where.rsplit(":", 2)[0]
    assert run(["-c", str(ini), "build", "1.0", "--no-lint"]) == 1
    message = capsys.readouterr().err
    assert where in message
    assert f"{words.rstrip()} in offline mode" in message
    assert came == []
    assert not (tmp_path / "scripts").exists()
    socket.create_connection(("127.0.0.1", port)).close()  # for the rest of the process the doors are open again


def test_the_network_of_others_is_just_not_there(
    tmp_path: Path, listening: tuple[int, list[object]], capsys: pytest.CaptureFixture[str]
) -> None:
    """A thread that reports to some service is no reason to refuse; the system's log may be written to."""
    port, came = listening
    (tmp_path / "telemetry_4711.py").write_text(
        "import socket, threading\n"
        "def report():\n"
        "    try:\n"
        f"        socket.create_connection(('127.0.0.1', {port}))\n"
        "    except OSError as error:\n"
        "        print('report:', error)\n"
        "thread = threading.Thread(target=report)\nthread.start()\nthread.join()\n",
        encoding="utf-8",
    )
    env = (
        f"import socket, sys\nsys.path.insert(0, {str(tmp_path)!r})\nimport telemetry_4711\nsys.path.pop(0)\n"
        "pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
        "pair[0].send(b'hello')\npair[0].close(), pair[1].close()\n"
    ) + ENV
    ini = write_project(tmp_path, Revision("a1", "op.execute('CREATE TABLE t ()')"), env=env)
    assert run(["-c", str(ini), "build", "1.0", "--no-lint"]) == 0
    assert "the network is not to be used while a script is generated" in capsys.readouterr().err
    assert came == []


ASYNC = """
import asyncio, os
from alembic import context
from sqlalchemy import pool
from sqlalchemy.ext.asyncio import create_async_engine

def migrate(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()

async def online():
    url = "postgresql+{driver}://nobody:secret@production.example:1/real"
    engine = create_async_engine(url, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()

asyncio.run(online())
"""
SYNC = ENV.replace("create_engine(URL", 'create_engine("postgresql+{driver}://nobody:secret@production.example:1/real"')


@pytest.mark.parametrize(
    ("driver", "env"),
    [("psycopg", SYNC), ("psycopg2", SYNC), ("pg8000", SYNC), ("asyncpg", ASYNC), ("psycopg", ASYNC)],
    ids=["psycopg", "psycopg2", "pg8000", "asyncpg", "psycopg async"],
)
def test_online_every_driver_is_sent_to_the_scratch_database(
    driver: str, env: str, tmp_path: Path, server: Server, new_database: NewDatabase, psql: Psql
) -> None:
    database = new_database()
    body = "bind = op.get_bind()\nop.execute(f\"CREATE TABLE t AS SELECT '{bind.scalar(sa.text('SELECT 6*7'))}' AS n\")"
    ini = write_project(tmp_path, Revision("a1", body), env=env.replace("{driver}", driver))
    upgrade_online(ini, server.parameters_of(database), ["head"])
    assert psql(database, "-Atc", "SELECT n, version_num FROM t, alembic_version").stdout == "42|a1\n"
