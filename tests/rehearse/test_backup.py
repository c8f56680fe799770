"""The backup drill: the commands of RUNBOOK.md, as printed, save what the release puts at risk, and bring it back."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from release.bundle import find_bundle, list_bundles
from release.catalog.rows import compare_rows, take_rows
from release.cli import run
from release.config import load_settings
from release.rehearse import RehearsalRequest, Status, rehearse
from release.rehearse.backup import Databases, Drill, drill_backup, printed_blocks
from release.rehearse.context import Draft
from release.scratch.environment import client_environment
from release.scratch.server import Server, given_server
from tests.databases import NewDatabase, Psql, find_program, has_own_dump
from tests.projects import Revision, build_two, write_project

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
        f'CREATE TABLE "{PARENT}" (id integer, at integer, said text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)',
        f'CREATE TABLE leaves PARTITION OF "{PARENT}" FOR VALUES FROM (0) TO (10)',
        f'CREATE TABLE "gOes" PARTITION OF "{PARENT}" FOR VALUES FROM (10) TO (20) PARTITION BY LIST (at)',
        'CREATE TABLE goes_1 PARTITION OF "gOes" FOR VALUES IN (11)',
        'CREATE TABLE goes_2 PARTITION OF "gOes" DEFAULT',
        "CREATE TABLE ancestor (id integer PRIMARY KEY)",
        "CREATE TABLE descendant (more text, PRIMARY KEY (id)) INHERITS (ancestor)",
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


class Made:
    """Databases of a test, dropped after it; and a folder to run the blocks of a runbook in."""

    def __init__(self, server: Server, start: str, folder: Path) -> None:
        self.server, self.start, self.folder = server, start, folder
        self.names: list[str] = []

    def databases(self) -> Databases:
        return Databases(self.start, self.copy, self.reserve)

    def copy(self, what: str, template: str | None) -> str:
        self.server.create_database(f"{self.start}_{what}", template)
        self.names.append(f"{self.start}_{what}")
        return self.names[-1]

    def reserve(self, what: str) -> str:
        self.server.reserve_database(f"{self.start}_{what}")
        self.names.append(f"{self.start}_{what}")
        return self.names[-1]

    def shell(self, runbook: str, side: str, *names: str) -> list[str]:
        """Run blocks; give what went wrong."""
        step = Draft()
        blocks, environment = printed_blocks(runbook), client_environment(self.server)
        Drill(self.server, blocks, self.folder, environment, self.databases(), step).shell(self.start, side, *names)
        return step.problems


@contextmanager
def made(server: Server, start: str, folder: Path) -> Iterator[Made]:
    found = Made(server, start, folder)
    try:
        yield found
    finally:
        for name in found.names:
            server.drop_database(name)


@contextmanager
def drilled(server: Server, runbook: Path, start: str) -> Iterator[Draft]:
    step = Draft()
    with made(server, start, runbook.parent) as found:
        drill_backup(server, runbook, found.databases(), step)
        yield step


def read_runbook(folder: Path) -> str:
    return (folder / "RUNBOOK.md").read_text(encoding="utf-8")


def test_rows_of_partitions_that_nobody_knew(
    bundles: Path, server: Server, new_database: NewDatabase, psql: Psql, tmp_path: Path
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
        connection.execute('CREATE TABLE "Else.where"."Dis*tant" (PRIMARY KEY (id)) INHERITS (descendant)')
        fill = SQL("INSERT INTO {} SELECT x, a, 'said' FROM generate_series(1, 12) AS x, unnest(%s::integer[]) AS a")
        connection.execute(fill.format(Identifier(PARENT)), [[5, 11, 12, *range(30, 30 + len(ODD))]])
        for table in ("ancestor", "descendant", '"Else.where"."Dis*tant"'):
            connection.execute(f"INSERT INTO {table} SELECT generate_series(1, 12)".encode())
        rows = take_rows(connection)
    leaves = len(ODD) + 3
    assert sum(each.count for each in rows.values()) >= 12 * (leaves + 3)
    for script in ("upgrade", "rollback"):
        with drilled(server, bundles / "1.1/RUNBOOK.md", database) as step:
            assert not step.skipped, step.summary
            assert (step.problems, step.notes) == ([], [])  # each table has been damaged, and repaired
        with made(server, database, tmp_path) as found:
            assert found.shell(read_runbook(bundles / "1.1"), "", "touched") == []
        named = json.loads((tmp_path / "touched.json").read_text(encoding="utf-8"))
        assert len(named) == leaves + 3, script
        assert psql(database, script=bundles / f"1.1/{script}.sql").returncode == 0


def test_the_drill_sees_what_a_dump_leaves_out(
    bundles: Path, server: Server, new_database: NewDatabase, psql: Psql, tmp_path: Path
) -> None:
    database = new_database()
    assert psql(database, script=bundles / "1.0/upgrade.sql").returncode == 0
    with server.connect(database) as connection:
        fill = SQL("INSERT INTO {} VALUES (1, 11, 'said'), (2, 11, 'said'), (1, 5, 'said'), (2, 5, 'said')")
        connection.execute(fill.format(Identifier(PARENT)))
    text = read_runbook(bundles / "1.1")
    worse = tmp_path / "RUNBOOK.md"
    for old, new, seen in (
        ("(:'touched') AS t;\nSQL\nxargs", "(:'touched') AS t WHERE t ->> 1 <> 'goes_1';\nSQL\nxargs", "goes_1|0"),
        ('-d "$SIDE" whole\n', '-d "$SIDE" whole --schema-only\n', "counts: exit status 1"),
        (
            "ORDER BY place) FILTER (WHERE set) AS sets",
            "ORDER BY place) FILTER (WHERE false) AS sets",
            "other values in said",
        ),
        ("WHERE NOT EXISTS (SELECT", "WHERE false AND NOT EXISTS (SELECT", "1 of 2 rows are lost"),
        ("\\echo 'ROLLBACK;'", "\\echo 'COMMIT;'", "tried: "),
        ("\\echo 'COMMIT;'", "\\echo 'ROLLBACK;'", "repaired: "),
    ):
        assert old in text, old
        worse.write_text(text.replace(old, new), encoding="utf-8")
        with drilled(server, worse, database) as step:
            assert any(seen in problem for problem in step.problems), (new, step.problems)


DAMAGES: dict[str, Callable[[bytes], bytes | None]] = {
    "cut": lambda data: data[: len(data) * 6 // 10],
    "emptied": lambda data: b"",
    "one byte": lambda data: bytes([data[0] ^ 1]) + data[1:],
    "gone": lambda data: None,
}


def test_a_cut_emptied_changed_or_missing_file_is_found(
    bundles: Path, server: Server, new_database: NewDatabase, psql: Psql, tmp_path: Path
) -> None:
    """Whatever file it is, one of the checksums too; pg_restore says nothing of a file that is cut or emptied."""
    database = new_database()
    assert psql(database, script=bundles / "1.0/upgrade.sql").returncode == 0
    with server.connect(database) as connection:
        connection.execute("INSERT INTO ancestor SELECT generate_series(1, 20000)")
    text = read_runbook(bundles / "1.1").replace("-Z 6", "-Z 0")
    silent = 0
    with made(server, database, tmp_path) as found:
        assert found.shell(text, "", "globals", "whole", "touched", "rows", "check") == []
        files = [file for each in ("globals.sql", "whole", "rows") for file in find_files(tmp_path / each)]
        assert {"globals.sql", "toc.dat", "definitions"} < {file.name for file in files}
        for file in [*files, *tmp_path.glob("*.sha256")]:
            kept = file.read_bytes()
            for what, harm in DAMAGES.items():
                now = harm(kept)
                if now == kept or (now is None and file.suffix == ".sha256"):
                    continue
                file.unlink()
                if now is not None:
                    file.write_bytes(now)
                [problem] = found.shell(text, "", "check")
                assert "NOT as it was written" in problem, (file, what)
                if file.parent.name == "whole" and what in {"cut", "emptied"} and file.stat().st_size != len(kept):
                    silent += restores_silently(server, file.parent)
                file.write_bytes(kept)
        assert found.shell(text, "", "check") == []
    assert silent  # as the runbook says


def restores_silently(server: Server, dump: Path) -> bool:
    program = find_program(server, "pg_restore")
    ways = (["-l"], ["-f", "/dev/null"])
    return not any(subprocess.run([program, *way, str(dump)], capture_output=True).returncode for way in ways)


def find_files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]


def test_large_objects_are_in_the_whole_dump(
    bundles: Path, server: Server, new_database: NewDatabase, psql: Psql, tmp_path: Path
) -> None:
    database = new_database()
    assert psql(database, script=bundles / "1.0/upgrade.sql").returncode == 0
    with server.connect(database) as connection:
        connection.execute("SELECT lo_from_bytea(4711, 'large')")
    text = read_runbook(bundles / "1.1")
    for restore, there in (("restore whole", 1), ("restore rows", 0)):
        folder = tmp_path / restore
        folder.mkdir()
        with made(server, database, folder) as found:
            side = found.reserve("side")
            assert found.shell(text, side, "whole", "touched", "rows", "check", "side", restore) == []
            with server.connect(side) as connection:
                query = "SELECT count(*) FROM pg_largeobject_metadata WHERE oid = 4711"
                assert connection.execute(query).fetchone() == (there,)


def test_checksums_come_after_a_dump_that_succeeded(bundles: Path, server: Server, tmp_path: Path) -> None:
    with made(server, "nowhere at all", tmp_path) as found:
        (tmp_path / "touched.json").write_text('[["public", "ancestor"]]', encoding="utf-8")
        for name in ("whole", "rows"):
            assert found.shell(read_runbook(bundles / "1.1"), "", name), name
    assert list(tmp_path.glob("*.sha256")) == []


# tables of another shape after the release than before it, with values that are compared by their bytes alone
STRANGE = 'nev\ner; \\q "x"'
QUOTED = '"' + STRANGE.replace('"', '""') + '"'
SHAPES = Revision(
    "a1",
    executing(
        "CREATE TYPE mood AS ENUM ('good', 'bad')",
        "CREATE DOMAIN code AS text CHECK (VALUE <> '')",
        "CREATE TABLE zone (id integer PRIMARY KEY, name text)",
        "CREATE TABLE area (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, zone integer NOT NULL REFERENCES zone,"
        " doc json, mood mood, codes code[], price numeric(10, 2), at timestamptz, twice integer GENERATED ALWAYS AS"
        " (zone * 2) STORED, gone text, old text, retyped integer, shape point)",
        f'CREATE TABLE {QUOTED} ("the ""key""" code COLLATE "C", "part" integer, "va\nlue" bytea,'
        ' PRIMARY KEY ("part", "the ""key"""))',
        "CREATE TABLE keyless (n integer)",
    ),
    executing(f"DROP TABLE keyless, {QUOTED}, area, zone", "DROP DOMAIN code", "DROP TYPE mood"),
)
RESHAPED = Revision(
    "b2",
    executing(
        "ALTER TABLE zone ADD since date DEFAULT now()",
        "ALTER TABLE area DROP COLUMN gone",
        "ALTER TABLE area RENAME COLUMN old TO renamed",
        "ALTER TABLE area ALTER COLUMN retyped TYPE text",
        f"ALTER TABLE {QUOTED} ADD more integer",
        "ALTER TABLE keyless ADD more integer",
    ),
    executing(
        "ALTER TABLE keyless DROP COLUMN more",
        f"ALTER TABLE {QUOTED} DROP COLUMN more",
        "ALTER TABLE area ALTER COLUMN retyped TYPE integer USING retyped::integer",
        "ALTER TABLE area RENAME COLUMN renamed TO old",
        "ALTER TABLE area ADD COLUMN gone text",
        "ALTER TABLE zone DROP COLUMN since",
    ),
    "reshape",
    "a1",
)


def test_a_wrong_update_after_the_release_is_repaired_by_key(
    server: Server, new_database: NewDatabase, psql: Psql, tmp_path: Path
) -> None:
    """Values and rows come back, in the order of their references; what was written since stays, and all else."""
    (tmp_path / "project").mkdir()
    folder, work = build_two(tmp_path / "project", SHAPES, RESHAPED), tmp_path / "work"
    text, database = read_runbook(folder / "1.1"), new_database()
    work.mkdir()
    assert psql(database, script=folder / "1.0/upgrade.sql").returncode == 0
    strange = Identifier(STRANGE)
    with server.connect(database) as connection:
        connection.execute("INSERT INTO zone SELECT x, 'zone ' || x FROM generate_series(1, 50) AS x")
        connection.execute(
            "INSERT INTO area (zone, doc, mood, codes, price, at, gone, old, retyped, shape) SELECT x, '{\"a\": 1}',"
            " 'good', ARRAY['x', NULL], x / 3.0, now(), 'gone', 'old', x, point(x, x) FROM generate_series(1, 50) AS x"
        )
        fill = SQL("INSERT INTO {} SELECT 'k' || x, x, 'b' FROM generate_series(1, 50) AS x")
        connection.execute(fill.format(strange))
        connection.execute("INSERT INTO keyless VALUES (1)")
    with made(server, database, work) as found:
        side = found.reserve("side")
        assert found.shell(text, "", "touched", "rows", "check") == []
        assert found.shell(text, side, "side", "restore rows", "counts") == []
        assert psql(database, "-v", "lose_rows=yes", script=folder / "1.1/upgrade.sql").returncode == 0
        with server.connect(database) as connection:
            before = take_rows(connection)
            connection.execute("UPDATE area SET doc = NULL, mood = 'bad', codes = '{}', price = 0, shape = NULL")
            connection.execute("DELETE FROM area WHERE zone <= 5")
            connection.execute("DELETE FROM zone WHERE id <= 5")
            connection.execute(SQL("UPDATE {} SET {} = NULL").format(strange, Identifier("va\nlue")))
            connection.execute(SQL("DELETE FROM {} WHERE part > 40").format(strange))
            connection.execute("INSERT INTO zone VALUES (99, 'since')")
        assert found.shell(text, side, "repair", "try", "commit") == []
        with server.connect(database) as connection:
            assert connection.execute("DELETE FROM zone WHERE name = 'since'").rowcount == 1
            after = take_rows(connection)
    # as the runbook says: what the release renamed or retyped is not in a row that comes back
    assert [(each.table, each.columns) for each in compare_rows(before, after)] == [
        ("public.area", ("renamed", "retyped"))
    ]
    assert "no primary key" in (work / "repair.sql").read_text(encoding="utf-8")


@pytest.mark.parametrize(("encoding", "name"), [("LATIN1", "été"), ("EUC_JP", "表")])
def test_a_database_in_another_encoding(
    server: Server, new_database: NewDatabase, psql: Psql, tmp_path: Path, encoding: str, name: str
) -> None:
    """Names beyond ASCII reach pg_dump in the encoding of the database, and the side database has it, too."""
    create = f'CREATE TABLE "{name}" (id int PRIMARY KEY, said text)'
    first = Revision("a1", executing(create), executing(f'DROP TABLE "{name}"'))
    add, drop = f'ALTER TABLE "{name}" ADD n int', f'ALTER TABLE "{name}" DROP n'
    folder = build_two(tmp_path, first, Revision("b2", executing(add), executing(drop), "more", "a1"))
    database = remade(server, new_database, f"ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'")
    filled = psql(database, "-c", "SET client_encoding = 'UTF8'", "-c", create)
    assert filled.returncode == 0, filled.stderr
    with server.connect(database) as connection:
        connection.execute(SQL("INSERT INTO {} VALUES (1, 'said')").format(Identifier(name)))
    with drilled(server, folder / "1.1/RUNBOOK.md", database) as step:
        assert (step.problems, step.notes) == ([], [])


def remade(server: Server, new_database: NewDatabase, how: str) -> str:
    """Make a database that is dropped after the test in another way than the others."""
    database = new_database()
    with server.connect(server.maintenance) as connection:
        connection.execute(f"DROP DATABASE {database}".encode())
        connection.execute(f"CREATE DATABASE {database} TEMPLATE template0 {how}".encode())
    return database


def test_the_side_database_has_the_locale_of_the_first(
    bundles: Path, server: Server, new_database: NewDatabase, tmp_path: Path
) -> None:
    how = ["ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'", "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"]
    how += [f"{how[0]} LOCALE_PROVIDER icu ICU_LOCALE 'de-AT'"] if server.major >= 15 else []
    how += [f"{how[0]} LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"] if server.major >= 17 else []
    query = (
        "SELECT to_jsonb(d) - '{oid,datname,datfrozenxid,datminmxid,datdba}'::text[] FROM pg_database AS d"
        " WHERE d.datname = %s"
    )
    for each in how:
        database = remade(server, new_database, each)
        with made(server, database, tmp_path) as found:
            side = found.reserve("side")
            assert found.shell(read_runbook(bundles / "1.1"), side, "side") == [], each
            with server.connect(server.maintenance) as connection:
                one, two = (connection.execute(query, [name]).fetchone() for name in (database, side))
            assert one == two


def test_the_repair_runs_as_the_role_of_the_release(
    server: Server, new_database: NewDatabase, psql: Psql, tmp_path: Path
) -> None:
    """Triggers, defaults and functions of others run as whoever repairs, too."""
    role, database = "release_keeper's $", new_database()
    ini = write_project(
        tmp_path,
        Revision("a1", executing("CREATE TABLE t (id int PRIMARY KEY, said text)"), executing("DROP TABLE t")),
        Revision("b2", executing("ALTER TABLE t ADD n int"), executing("ALTER TABLE t DROP n"), "more", "a1"),
        pyproject=f'[tool.release]\nrole = "{role}"\n',
    )
    assert run(["-c", str(ini), "build", "1.0", "--to", "a1", "--no-lint"]) == 0
    assert run(["-c", str(ini), "build", "1.1", "--no-lint"]) == 0
    with server.connect(database) as connection:
        connection.execute(SQL("CREATE ROLE {}").format(Identifier(role)))
        connection.execute(SQL("GRANT CREATE ON SCHEMA public TO {}").format(Identifier(role)))
    try:
        assert psql(database, script=tmp_path / "scripts/1.0/upgrade.sql").returncode == 0
        with server.connect(database) as connection:
            connection.execute("INSERT INTO t VALUES (1, 'said'), (2, 'said')")
        with drilled(server, tmp_path / "scripts/1.1/RUNBOOK.md", database) as step:
            assert (step.problems, step.notes) == ([], [])
        with made(server, database, tmp_path) as found:
            text, side = read_runbook(tmp_path / "scripts/1.1"), found.reserve("side")
            assert found.shell(text, side, "touched", "rows", "side", "restore rows", "repair") == []
        assert f'SET LOCAL ROLE "{role}";' in (tmp_path / "repair.sql").read_text(encoding="utf-8")
    finally:
        with server.connect(database) as connection:
            connection.execute(SQL("DROP OWNED BY {} CASCADE").format(Identifier(role)))
            connection.execute(SQL("DROP ROLE {}").format(Identifier(role)))


def test_a_bundle_of_an_earlier_version(server: Server, new_database: NewDatabase, tmp_path: Path) -> None:
    with drilled(server, tmp_path / "RUNBOOK.md", new_database()) as step:
        assert step.skipped
        assert "no RUNBOOK.md" in step.summary


def test_a_rehearsal_of_it(bundles: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = bundles.parent / "alembic.ini"
    run(["-c", str(ini), "rehearse", "1.1", "--rows", "10"])
    out = capsys.readouterr().out
    assert "backup drill           passed" in out


def test_a_role_that_is_no_superuser(bundles: Path, server: Server) -> None:
    """It may do all of it, but for reading the passwords of roles."""
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
    assert drill.notes[0] == "this role is no superuser: pg_dumpall ran with --no-role-passwords"
    assert "14 printed blocks" in drill.summary


def test_a_pg_dump_of_another_version(bundles: Path, server: Server, new_database: NewDatabase, tmp_path: Path) -> None:
    """One of the same major version may write what its server cannot restore: SET (pg_attver=…)."""
    major, minor = divmod(server.version, 10000)
    theirs = f"{major}.{minor}"
    for ours, how in ((f"{major}.{minor - 1}", "older"), (f"{major + 1}.0", "of a newer major version")):
        for name in ("pg_dump", "pg_restore", "psql"):
            (tmp_path / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {ours} (Debian)'\n")
            (tmp_path / name).chmod(0o755)
        with drilled(replace(server, bindir=tmp_path), bundles / "1.1/RUNBOOK.md", new_database()) as step:
            assert step.skipped
            assert step.summary == (
                f"pg_dump {ours} is {how} than the server, {theirs}: "
                f"what it writes may not be restored; install pg_dump {theirs}"
            )
