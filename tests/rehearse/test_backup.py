"""The backup drill: the commands of the header, as printed, save what the release puts at risk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from release.bundle import find_bundle, list_bundles
from release.catalog.rows import take_rows
from release.cli import run
from release.config import load_settings
from release.rehearse import RehearsalRequest, Status, rehearse
from release.rehearse.backup import drill_backup
from release.rehearse.context import Draft
from release.scratch.server import Server, given_server
from tests.databases import NewDatabase, Psql, has_own_dump
from tests.projects import Revision, build_two

# what pg_dump's patterns, the shell, xargs and regclass each take for something of their own
ODD = (
    "Upper",
    "do.t",
    "st*r?",
    "it's",
    'quo"te',
    "$$dollars$",
    "$HOME `id` !",
    "back\\slash",
    "new\nline\rfeed",
    " space ",
    "[a|b]{2}(c)+^",
    "é",
    "select",
    "MY_DATABASE",
    "DATABASE",
    " -d DATABASE RESTORED ",
)
PARENT = "Par.ent's $$"


def executing(*statements: str) -> str:
    return "\n".join(f"op.execute({statement!r})" for statement in statements)


BASE = Revision(
    "a1",
    executing(
        f'CREATE TABLE "{PARENT}" (id integer, at integer) PARTITION BY RANGE (at)',
        f'CREATE TABLE leaves PARTITION OF "{PARENT}" FOR VALUES FROM (0) TO (10)',
        f'CREATE TABLE "gOes" PARTITION OF "{PARENT}" FOR VALUES FROM (10) TO (20) PARTITION BY LIST (at)',
        'CREATE TABLE goes_1 PARTITION OF "gOes" FOR VALUES IN (11)',
        'CREATE TABLE goes_2 PARTITION OF "gOes" DEFAULT',
        "CREATE TABLE ancestor (id integer)",
        "CREATE TABLE descendant (more text) INHERITS (ancestor)",
    ),
    executing("DROP TABLE descendant", "DROP TABLE ancestor", f'DROP TABLE "{PARENT}"'),
)
DETACH = Revision(
    "b2",
    executing(f'ALTER TABLE "{PARENT}" DETACH PARTITION "gOes"', "ALTER TABLE ancestor ADD COLUMN n integer"),
    executing(
        "ALTER TABLE ancestor DROP COLUMN n",
        f'ALTER TABLE "{PARENT}" ATTACH PARTITION "gOes" FOR VALUES FROM (10) TO (20)',
    ),
    "detach",
    "a1",
)


@pytest.fixture(autouse=True)
def own_dump(server: Server, request: pytest.FixtureRequest) -> None:
    """Skip what dumps, where the server has not come with a pg_dump of its version."""
    if "another_version" not in request.node.name and not has_own_dump(server):
        pytest.skip("the drill takes a pg_dump of the server's version, and this is none")


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_two(tmp_path_factory.mktemp("backup"), BASE, DETACH)


@contextmanager
def drilled(server: Server, script: Path, start: str) -> Iterator[Draft]:
    made: list[str] = []

    def copy(what: str, template: str | None) -> str:
        made.append(f"{start}_{what}")
        server.create_database(made[-1], template)
        return made[-1]

    step = Draft()
    try:
        drill_backup(server, script, start, copy, step)
        yield step
    finally:
        for name in made:
            server.drop_database(name)


def test_rows_of_partitions_that_nobody_knew(
    bundles: Path, server: Server, new_database: NewDatabase, psql: Psql
) -> None:
    """Two levels deep, inherited, oddly named, attached after the release was built, detached by it."""
    database = new_database()
    assert psql(database, script=bundles / "1.0/upgrade.sql").returncode == 0
    with server.connect(database) as connection:
        for number, name in enumerate(ODD, start=30):
            make = SQL("CREATE TABLE {} PARTITION OF {} FOR VALUES FROM ({}) TO ({})")
            if number % 2:
                connection.execute(make.format(Identifier(name), Identifier(PARENT), number, number + 1))
            else:
                connection.execute(
                    make.format(Identifier(name), Identifier(PARENT), number, number + 1)
                    + SQL(" PARTITION BY LIST (at)")
                )
                connection.execute(
                    SQL("CREATE TABLE {} PARTITION OF {} DEFAULT").format(Identifier(f"{name} 2"), Identifier(name))
                )
        connection.execute('CREATE SCHEMA "Else.where"')
        connection.execute('CREATE TABLE "Else.where"."Dis*tant" () INHERITS (descendant)')
        fill = SQL("INSERT INTO {} SELECT x, a FROM generate_series(1, 12) AS x, unnest(%s::integer[]) AS a")
        connection.execute(fill.format(Identifier(PARENT)), [[5, 11, 12, *range(30, 30 + len(ODD))]])
        for table in ("ancestor", "descendant", '"Else.where"."Dis*tant"'):
            connection.execute(f"INSERT INTO {table} SELECT generate_series(1, 12)".encode())
        rows = sum(each.count for each in take_rows(connection).values())
    assert rows >= 12 * (3 + len(ODD) + 3)
    with drilled(server, bundles / "1.1/upgrade.sql", database) as step:
        assert not step.skipped, step.summary
        assert step.problems == []
    assert psql(database, script=bundles / "1.1/upgrade.sql").returncode == 0
    with drilled(server, bundles / "1.1/rollback.sql", database) as step:  # the detached one is not the parent's now
        assert step.problems == []


def test_the_drill_sees_what_a_dump_leaves_out(
    bundles: Path, server: Server, new_database: NewDatabase, psql: Psql, tmp_path: Path
) -> None:
    database = new_database()
    assert psql(database, script=bundles / "1.0/upgrade.sql").returncode == 0
    with server.connect(database) as connection:
        connection.execute(SQL("INSERT INTO {} VALUES (1, 11)").format(Identifier(PARENT)))
    text = (bundles / "1.1/upgrade.sql").read_text(encoding="utf-8")
    worse = tmp_path / "worse.sql"
    worse.write_text(text.replace("UNION SELECT i.inhrelid", "UNION SELECT NULL"), encoding="utf-8")
    with drilled(server, worse, database) as step:
        assert any("goes_1" in problem for problem in step.problems)


def test_a_rehearsal_of_it(bundles: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = bundles.parent / "alembic.ini"
    run(["-c", str(ini), "rehearse", "1.1", "--rows", "10"])
    out = capsys.readouterr().out
    assert "backup drill           passed" in out


def test_a_role_that_is_no_superuser(bundles: Path, server: Server) -> None:
    """Rows alone are restored with triggers and foreign keys at rest, which a superuser alone may order."""
    role = "release_humble"
    with server.connect(server.maintenance) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN CREATEDB".encode())
    try:
        parameters = dict(server.parameters) | {"user": role, "dbname": server.maintenance}
        with given_server(make_conninfo("", **parameters)) as given:
            ini, known = bundles.parent / "alembic.ini", list_bundles(bundles)
            wish = RehearsalRequest(5)
            found = rehearse(ini, load_settings(ini.parent), find_bundle(known, "1.1"), known, given, wish)
    finally:
        with server.connect(server.maintenance) as connection:
            connection.execute(f"DROP ROLE {role}".encode())
    [drill] = [step for step in found.steps if step.name == "backup drill"]
    assert (drill.status, drill.problems) == (Status.PASSED, ())
    assert any("the rows-only dump was not tried" in note for note in drill.notes)


def test_a_pg_dump_of_another_version(bundles: Path, server: Server, new_database: NewDatabase, tmp_path: Path) -> None:
    """One of the same major version may write what its server cannot restore: SET (pg_attver=…)."""
    major, minor = divmod(server.version, 10000)
    theirs = f"{major}.{minor}"
    for ours, how in ((f"{major}.{minor - 1}", "older"), (f"{major + 1}.0", "of a newer major version")):
        for name in ("pg_dump", "pg_restore", "psql"):
            (tmp_path / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {ours} (Debian)'\n")
            (tmp_path / name).chmod(0o755)
        with drilled(replace(server, bindir=tmp_path), bundles / "1.1/upgrade.sql", new_database()) as step:
            assert step.skipped
            assert step.summary == (
                f"pg_dump {ours} is {how} than the server, {theirs}: "
                f"what it writes may not be restored; install pg_dump {theirs}"
            )
