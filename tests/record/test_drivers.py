"""Whatever driver a project uses, the same is recorded, and it does what Alembic does online through that driver."""
# ruff: noqa: E501  # bodies of migrations stand on the lines their authors would write

from __future__ import annotations

import contextlib
import json
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from release.cli import run
from release.scratch.server import Server, given_server
from release.source.online import upgrade_online
from tests.databases import Dump, NewDatabase
from tests.projects import ENV, Revision, write_project
from tests.source.conftest import OURS, Apply

DRIVERS = ("psycopg", "psycopg2", "pg8000", "asyncpg")
ASYNC_ENV = """
import asyncio
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine

URL = "postgresql+asyncpg:///nowhere"

def run(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()

async def connect():
    engine = create_async_engine(URL)
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()

if context.is_offline_mode():
    context.configure(url=URL, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    asyncio.run(connect())
"""
COLUMNS = 'sa.column("id", sa.Uuid), sa.column("at", sa.DateTime(timezone=True)), sa.column("j", pg.JSONB), sa.column("b", sa.LargeBinary), sa.column("n", sa.Numeric), sa.column("f", sa.Float), sa.column("ips", pg.ARRAY(pg.INET)), sa.column("r", pg.INT4RANGE), sa.column("s", sa.Text)'
BODY = f"""
import datetime, decimal, uuid
from sqlalchemy.dialects import postgresql as pg
bind = op.get_bind()
sa.inspect(bind).get_table_names()
t = sa.table("t", {COLUMNS})
bind.execute(t.insert(), [
    {{"id": uuid.UUID(int=n), "at": datetime.datetime(2024, 1, n, tzinfo=datetime.timezone.utc), "j": {{"a": [n, "it's :x %s %% \\\\"]}}, "b": bytes([n, 0, 255]), "n": decimal.Decimal("1.10"), "f": 0.1, "ips": ["10.0.0.1"], "r": pg.Range(1, 5), "s": "tab\\t 100% :x \\\\"}}
    for n in (1, 2)
])
bind.execute(sa.text("UPDATE t SET n = :n, s = s || :s WHERE id = ANY(CAST(:ids AS uuid[])) AND '100%' LIKE '%'"), {{"n": decimal.Decimal("2.50"), "s": "é'", "ids": [uuid.UUID(int=1)]}})
bind.execute(sa.text("UPDATE t SET f = -1 WHERE n IN :some").bindparams(sa.bindparam("some", expanding=True)), {{"some": [decimal.Decimal("1.10"), decimal.Decimal("7")]}})
bind.execute(t.update().where(t.c.n.in_([decimal.Decimal("2.50"), 7])).values(f=float("nan")))
bind.execute(t.delete().where(t.c.s == sa.bindparam("which")), {{"which": "none"}})
"""  # fmt: skip
RAW = {
    "asyncpg": "bind.exec_driver_sql('UPDATE t SET s = s || $1 || \\'%%$1\\'', ('!',))",
    "pg8000": "bind.exec_driver_sql(\"UPDATE t SET s = s || '%%'\")",
}


@pytest.mark.parametrize("driver", DRIVERS)
def test_it_is_what_the_driver_does_online(
    driver: str,
    tmp_path: Path,
    scratch: None,
    server: Server,
    new_database: NewDatabase,
    apply: Apply,
    dump: Dump,
) -> None:
    env = ENV.replace("+psycopg:", f"+{driver}:").replace('os.environ.get("DATABASE_URL", ', "(")
    raw = RAW.get(driver, "bind.exec_driver_sql(\"UPDATE t SET s = s || '%%' || %s\", ('%s',))")
    ini = write_project(
        tmp_path,
        Revision("a1", "op.execute('CREATE TABLE t (id uuid, at timestamptz, j jsonb, b bytea, n numeric, f float8, ips inet[], r int4range, s text)')", "op.drop_table('t')"),
        Revision("b2", BODY + raw, "op.execute('DELETE FROM t')", down="a1"),
        env=ASYNC_ENV if driver == "asyncpg" else env,
    )  # fmt: skip
    assert run(["-c", str(ini), "build", "1.0", "--no-lint", "--scratch"]) == 0
    there, ours = new_database(), new_database()
    upgrade_online(ini, server.parameters_of(there), ["heads"])
    apply(ours, tmp_path / "scripts/1.0/upgrade.sql")
    assert dump(ours, exclude=OURS) == dump(there)
    manifest = json.loads((tmp_path / "scripts/1.0/manifest.json").read_text(encoding="utf-8"))
    statements = [each["text"] for each in manifest["recorded"]["revisions"][0]["statements"]]
    assert len(statements) == 7
    assert statements[:-1] == STATEMENTS


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_server_that_is_reached_by_its_address(
    driver: str, tmp_path: Path, server: Server, new_database: NewDatabase, dump: Dump
) -> None:
    """libpq has a word of its own for the address of a host, which psycopg looks up; the others know none."""
    env = ENV.replace("+psycopg:", f"+{driver}:").replace('os.environ.get("DATABASE_URL", ', "(")
    made = Revision("a1", "op.execute('CREATE TABLE t ()')")
    ini = write_project(tmp_path, made, env=ASYNC_ENV if driver == "asyncpg" else env)
    there, parameters = new_database(), dict(server.parameters)
    with over_tcp(f"{parameters['host']}/.s.PGSQL.{parameters['port']}") as port:
        words = {"host": "127.0.0.1", "port": str(port), "dbname": server.maintenance}
        with given_server(make_conninfo("", **(parameters | words))) as given:
            upgrade_online(ini, given.parameters_of(there), ["heads"])
    assert "CREATE TABLE public.t " in dump(there)


@contextmanager
def over_tcp(path: str) -> Iterator[int]:
    """A port of this machine that leads to a server's socket."""

    def pump(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    class Relay(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.socket(socket.AF_UNIX) as inner:
                inner.connect(path)
                back = threading.Thread(target=pump, args=(inner, self.request))
                back.start()
                pump(self.request, inner)
                back.join()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Relay) as relay:
        threading.Thread(target=relay.serve_forever, args=(0.05,)).start()
        yield relay.server_address[1]
        relay.shutdown()


STATEMENTS = [
    *(
        f"INSERT INTO t (id, at, j, b, n, f, ips, r, s) VALUES ('00000000-0000-0000-0000-00000000000{n}'::uuid, "
        f"'2024-01-0{n} 00:00:00+00:00'::timestamptz, '{{\"a\": [{n}, \"it''s :x %s %% \\\\\"]}}'::jsonb, "
        f"'\\x0{n}00ff'::bytea, 1.10, 0.1, '{{10.0.0.1}}'::inet[], '[1,5)'::int4range, 'tab\t 100% :x \\')"
        for n in (1, 2)
    ),
    "UPDATE t SET n = 2.50, s = s || 'é''' WHERE id = ANY(CAST('{00000000-0000-0000-0000-000000000001}'::uuid[] AS uuid[])) AND '100%' LIKE '%'",
    "UPDATE t SET f = -1 WHERE n IN (1.10, 7)",
    "UPDATE t SET f='NaN'::double precision WHERE t.n IN (2.50, 7)",
    "DELETE FROM t WHERE t.s = 'none'",
]
