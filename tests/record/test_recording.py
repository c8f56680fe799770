"""Recording on a scratch database: what is taken down, what is not, and what depends on rows."""
# ruff: noqa: E501  # bodies of migrations stand on the lines their authors would write

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from release.cli import run
from release.errors import DatabaseError
from release.scratch.dump import create_version_schema
from release.scratch.server import Server
from tests.databases import NewDatabase, Psql
from tests.projects import ENV, Revision, write_project

SCHEMA = Path(__file__).parents[2] / "docs/manifest.schema.json"
ACCOUNT = Revision(
    "a1",
    "op.execute('CREATE TABLE account (id serial PRIMARY KEY, email text, n int)')",
    "op.drop_table('account')",
)


def build(ini: Path, *arguments: str) -> dict[str, Any]:
    """Build release 1.0 with a recording; give its manifest."""
    assert run(["-c", str(ini), "build", "1.0", "--no-lint", "--title", "t", "--scratch", *arguments]) == 0
    manifest: dict[str, Any] = json.loads((ini.parent / "scripts/1.0/manifest.json").read_text(encoding="utf-8"))
    return manifest


def taken(manifest: dict[str, Any], revision: str, direction: str = "upgrade") -> list[str]:
    """The statements that were recorded, each in one line."""
    found = [
        each
        for each in manifest["recorded"]["revisions"]
        if (each["revision"], each["direction"]) == (revision, direction)
    ]
    return [" ".join(each["text"].split()) for each in found[0]["statements"]]


def dependent(manifest: dict[str, Any]) -> dict[tuple[str, str], list[tuple[int, str]]]:
    return {
        (each["revision"], each["direction"]): [(note["line"], note["text"]) for note in each["data_dependent"]]
        for each in manifest["recorded"]["revisions"]
    }


LOOK = "bind = op.get_bind()\nsa.inspect(bind).get_table_names()\n"  # what makes a revision stubborn

# name: body of upgrade after LOOK, what is recorded of it, what it depends on
CASES: dict[str, tuple[str, list[str], list[str]]] = {
    "catalogs_are_no_rows": (
        "if not any(c['name'] == 'age' for c in sa.inspect(bind).get_columns('account')):\n    op.add_column('account', sa.Column('age', sa.Integer))",
        ["ALTER TABLE account ADD COLUMN age INTEGER"],
        [],
    ),
    "reading_is_not_recorded": (
        "bind.execute(sa.text('SELECT version(), random(), current_setting(:s)'), {'s': 'search_path'}).one()\nbind.execute(sa.text('SHOW work_mem')).scalar()\nbind.execute(sa.text('SELECT relname FROM pg_class LIMIT 1')).all()",
        [],
        [],
    ),
    "functions_that_change_are": (
        "bind.execute(sa.text(\"SELECT setval('account_id_seq', 7)\"))\nbind.execute(sa.select(sa.func.set_config('release.x', 'y', True)))",
        ["SELECT setval('account_id_seq', 7)", "SELECT set_config('release.x', 'y', true) AS set_config_1"],
        [],
    ),
    "what_tells_of_rows": (
        "size = bind.execute(sa.text(\"SELECT pg_relation_size('account')\")).scalar()\nbind.execute(sa.text('SELECT n_live_tup FROM pg_stat_user_tables')).all()",
        [],
        ["reads what pg_relation_size() gives", "reads rows of pg_stat_user_tables"],
    ),
    "data_in_a_with": (
        "bind.execute(sa.text('WITH gone AS (DELETE FROM account RETURNING 1) SELECT count(*) FROM gone'))",
        ["WITH gone AS (DELETE FROM account RETURNING 1) SELECT count(*) FROM gone"],
        [],
    ),
    "its_result_is_data": (
        "bind.execute(sa.text('WITH gone AS (DELETE FROM account RETURNING 1) SELECT count(*) FROM gone')).scalar()",
        ["WITH gone AS (DELETE FROM account RETURNING 1) SELECT count(*) FROM gone"],
        ["uses the rows that come of `WITH gone AS (DELETE FROM account RETURNING 1) SELECT count…`"],
    ),
    "rows_are_data": (
        "for row in bind.execute(sa.text('SELECT id FROM account')):\n    bind.execute(sa.text('UPDATE account SET n = 1 WHERE id = :id'), {'id': row.id})",
        [],
        ["reads rows of account"],
    ),
    "rows_read_last": (
        "op.execute('UPDATE account SET n = 0')\nassert bind.execute(sa.text('SELECT count(*) FROM account WHERE n <> 0')).scalar() == 0",
        ["UPDATE account SET n = 0"],
        ["reads rows of account"],
    ),
    "a_loop_until_nothing_is_left": (
        "while True:\n    done = bind.execute(sa.text('UPDATE account SET n = 1 WHERE id IN (SELECT id FROM account WHERE n IS NULL LIMIT 100)'))\n    if done.rowcount == 0:\n        break",
        ["UPDATE account SET n = 1 WHERE id IN (SELECT id FROM account WHERE n IS NULL LIMIT 100)"],
        ["uses the row count of `UPDATE account SET n = 1 WHERE id IN (SELECT id FROM accoun…`"],
    ),
    "rows_that_it_wrote_itself": (
        "op.execute('CREATE TABLE role (id serial PRIMARY KEY, name text)')\nop.execute(\"INSERT INTO role (name) VALUES ('admin'), ('guest')\")\nfor row in bind.execute(sa.text('SELECT id, name FROM role ORDER BY id')):\n    bind.execute(sa.text('INSERT INTO account (email, n) VALUES (:name, :id)'), {'name': row.name, 'id': row.id})",
        [
            "CREATE TABLE role (id serial PRIMARY KEY, name text)",
            "INSERT INTO role (name) VALUES ('admin'), ('guest')",
            "INSERT INTO account (email, n) VALUES ('admin', 1)",
            "INSERT INTO account (email, n) VALUES ('guest', 2)",
        ],
        [],
    ),
    "rows_that_it_copied": (
        "op.execute('CREATE TABLE old AS SELECT * FROM account')\nbind.execute(sa.text('SELECT count(*) FROM old')).scalar()",
        ["CREATE TABLE old AS SELECT * FROM account"],
        ["reads rows of old"],
    ),
    "a_function_of_the_project": (
        "op.execute('CREATE FUNCTION many() RETURNS bigint STABLE LANGUAGE sql AS $$SELECT count(*) FROM account$$')\nbind.execute(sa.text('SELECT many()')).scalar()",
        ["CREATE FUNCTION many() RETURNS bigint STABLE LANGUAGE sql AS $$SELECT count(*) FROM account$$"],
        ["reads what many() gives"],
    ),
    "a_key_that_is_not_used": (
        "t = sa.Table('account', sa.MetaData(), autoload_with=bind)\nbind.execute(t.insert(), {'email': 'a'})\nbind.execute(t.insert().returning(t.c.id), [{'email': 'b'}, {'email': 'c'}])",
        [
            "INSERT INTO account (email) VALUES ('a')",
            "INSERT INTO account (email) VALUES ('b')",
            "INSERT INTO account (email) VALUES ('c')",
        ],
        [],
    ),
    "a_key_that_is": (
        "t = sa.Table('account', sa.MetaData(), autoload_with=bind)\nkey = bind.execute(t.insert(), {'email': 'a'}).inserted_primary_key[0]\nbind.execute(t.update().where(t.c.id == key).values(n=5))",
        ["INSERT INTO account (email) VALUES ('a')", "UPDATE account SET n=5 WHERE account.id = 13"],
        ["writes a key that the database generated"],
    ),
    "savepoints": (
        "op.execute('UPDATE account SET n = 1')\ntry:\n    with bind.begin_nested():\n        op.execute('UPDATE account SET n = 2')\n        op.execute('UPDATE nothing SET n = 3')\nexcept sa.exc.ProgrammingError:\n    op.execute('UPDATE account SET n = 4')\nwith bind.begin_nested():\n    op.execute('UPDATE account SET n = 5')",
        ["UPDATE account SET n = 1", "UPDATE account SET n = 4", "UPDATE account SET n = 5"],
        [],
    ),
    "outside_a_transaction": (
        "with op.get_context().autocommit_block():\n    op.create_index('by_n', 'account', ['n'], postgresql_concurrently=True)\nop.execute('UPDATE account SET n = 1')",
        ["CREATE INDEX CONCURRENTLY by_n ON account (n)", "UPDATE account SET n = 1"],
        [],
    ),
    "rolled_back": (
        "op.execute('UPDATE account SET n = 1')\nbind.rollback()\nop.execute('UPDATE account SET n = 2')",
        ["UPDATE account SET n = 2"],
        [],
    ),
    "committed": (
        "op.execute('UPDATE account SET n = 1')\nbind.commit()\nop.execute('UPDATE account SET n = 2')",
        ["UPDATE account SET n = 1", "UPDATE account SET n = 2"],
        [],
    ),
    "another_engine": (
        "with sa.create_engine('postgresql+psycopg://production.example/x').begin() as other:\n    other.execute(sa.text('CREATE TABLE there ()'))",
        ["CREATE TABLE there ()"],
        [],
    ),
    "a_failure_outside_a_transaction": (
        "with op.get_context().autocommit_block():\n    op.execute('CREATE INDEX one ON account (n)')\n    try:\n        op.execute('CREATE INDEX one ON account (n)')\n    except sa.exc.ProgrammingError:\n        op.execute('CREATE INDEX two ON account (n)')",
        ["CREATE INDEX one ON account (n)", "CREATE INDEX two ON account (n)"],
        [],
    ),
    "another_connection_of_the_engine": (
        "with bind.engine.connect() as other:\n    other.execute(sa.text(\"SET LOCAL lock_timeout = '1s'\"))\n    other.execute(sa.text('CREATE TABLE elsewhere ()'))\n    other.commit()",
        ["SET LOCAL lock_timeout = '1s'", "CREATE TABLE elsewhere ()"],
        [],
    ),
}  # fmt: skip


SESSION = "s = Session(bind)\n"
MODEL = """
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

class Base(DeclarativeBase):
    pass

class Account(Base):
    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None]
    n: Mapped[int | None] = mapped_column(default=lambda: 40 + 2)
"""
SESSIONS: dict[str, tuple[str, list[str], list[str]]] = {
    "query_update": (
        "s.query(Account).filter(Account.n == 1).update({'n': 2})\ns.query(Account).filter(Account.n == 3).delete()\ns.commit()",
        ["UPDATE account SET n=2 WHERE account.n = 1", "DELETE FROM account WHERE account.n = 3"],
        [],
    ),
    "query_update_counted": (
        "changed = s.query(Account).filter(Account.n == 1).update({'n': 2})\ns.commit()",
        ["UPDATE account SET n=2 WHERE account.n = 1"],
        ["uses the row count of `UPDATE account SET n=2 WHERE account.n = 1`"],
    ),
    "added": (
        "s.add_all([Account(email='a'), Account(email='b', n=None)])\ns.flush()\ns.execute(sa.insert(Account), [{'email': 'c', 'n': 1}])\ns.bulk_save_objects([Account(email='d', n=7)])\ns.commit()",
        [
            "INSERT INTO account (email, n) VALUES ('a', 42)",
            "INSERT INTO account (email, n) VALUES ('b', 42)",
            "INSERT INTO account (email, n) VALUES ('c', 1)",
            "INSERT INTO account (email, n) VALUES ('d', 7)",
        ],
        [],
    ),
    "added_and_changed": (
        "one = Account(email='e', n=1)\ns.add(one)\ns.flush()\none.n = 2\ns.commit()",
        ["INSERT INTO account (email, n) VALUES ('e', 1)", "UPDATE account SET n=2 WHERE account.id = 5"],
        ["writes a key that the database generated"],
    ),
    "asked": ("s.get(Account, 1)", [], ["reads rows of account"]),
    "sequence": (
        "key = bind.execute(sa.Sequence('account_id_seq'))",
        ["select nextval('account_id_seq')"],
        ["uses the value that `select nextval('account_id_seq')` gives"],
    ),
    "created": (
        "m = sa.MetaData()\nsa.Table('made', m, sa.Column('state', sa.Enum('a', \"b'%\", name='state')), comment='100% :x')\nm.create_all(bind)",
        ["CREATE TYPE state AS ENUM ('a', 'b''%')", "CREATE TABLE made ( state state )", "COMMENT ON TABLE made IS '100% :x'"],
        [],
    ),
    "geometry": (
        "from geoalchemy2 import Geometry\nop.execute(\"SELECT AddGeometryColumn('account', 'old', 4326, 'POINT', 2)\")\nbind.execute(sa.text('SELECT srid FROM geometry_columns')).all()\nop.create_table('places', *(sa.Column(name, Geometry('POINT', srid=4326)) for name in 'cab'))",
        [
            "SELECT AddGeometryColumn('account', 'old', 4326, 'POINT', 2)",
            "CREATE TABLE places ( c geometry(POINT,4326), a geometry(POINT,4326), b geometry(POINT,4326) )",
            *(f"CREATE INDEX idx_places_{name} ON places USING gist ({name})" for name in "abc"),
        ],
        [],
    ),
    "operation_of_a_library": (
        "from alembic.operations import MigrateOperation, Operations\n@Operations.register_operation('view_4713')\nclass View(MigrateOperation):\n    @classmethod\n    def view_4713(cls, operations):\n        return operations.invoke(cls())\n@Operations.implementation_for(View)\ndef make(operations, operation):\n    if not operations.get_bind().dialect.has_table(operations.get_bind(), 'v'):\n        operations.execute('CREATE VIEW v AS SELECT 1 AS one')\nop.view_4713()",
        ["CREATE VIEW v AS SELECT 1 AS one"],
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("cases", "first"), [(CASES, ""), (SESSIONS, SESSION)], ids=["connections", "sessions"])
def test_what_is_recorded_and_what_it_depends_on(
    cases: dict[str, tuple[str, list[str], list[str]]],
    first: str,
    tmp_path: Path,
    scratch: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    revisions = [ACCOUNT]
    for name, (body, _, _) in cases.items():
        text, head = LOOK + first + body, MODEL if first else ""
        revisions.append(Revision(name, text, "op.execute('SELECT 1')", down=revisions[-1].id, head=head))
    ini = write_project(tmp_path, *revisions)
    depending = [name for name, (_, _, depends) in cases.items() if depends]
    manifest = build(ini, *(word for name in depending for word in ("--allow-data-dependent", name[:14])))
    found = dependent(manifest)
    for name, (_, statements, depends) in cases.items():
        assert taken(manifest, name) == statements, name
        assert [text for _, text in found[name, "upgrade"]] == depends, name
    Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(manifest)
    if first:
        return
    out = capsys.readouterr()
    assert "recorded: upgrade of rows_are_data, 0 statements; DATA-DEPENDENT: migrations/versions/rows_are_data_x.py:12: reads rows of account" in out.out  # fmt: skip
    script = (tmp_path / "scripts/1.0/upgrade.sql").read_text(encoding="utf-8")
    assert "-- recorded on a scratch database, PostgreSQL" in script
    assert "-- DATA-DEPENDENT: reads rows of account (migrations/versions/rows_are_data_x.py:12)\n" in script
    assert "Where rows differ from those of the scratch database" in script
    assert "reads rows of account" not in (tmp_path / "scripts/1.0/rollback.sql").read_text(encoding="utf-8")
    concurrently = next(each for each in manifest["upgrade"]["segments"] if not each["transactional"])
    assert [each["line"] for each in concurrently["statements"]] == [13]


OPS = ENV.replace("configure(", "configure(version_table='Schema Versions', version_table_schema='Ops 1', ")
MAKING = OPS.replace(
    "    with engine.connect() as connection:\n",
    "    with engine.connect() as connection:\n"
    "        if 'Ops 1' not in sa.inspect(connection).get_schema_names():\n"
    "            connection.execute(sa.schema.CreateSchema('Ops 1'))\n"
    "        connection.commit()\n",
).replace("import os\n", "import os\nimport sqlalchemy as sa\n")


@pytest.mark.usefixtures("scratch")
@pytest.mark.parametrize("env", [OPS, MAKING], ids=["taken for given", "made by env.py"])
def test_the_version_table_in_a_schema_that_must_be_there(env: str, tmp_path: Path) -> None:
    body = LOOK + "op.execute('CREATE TABLE t (id int)')"
    ini = write_project(tmp_path, ACCOUNT, Revision("b2", body, "op.drop_table('t')", down="a1"), env=env)
    assert run(["-c", str(ini), "build", "1.0", "--no-lint", "--to", "a1"]) == 0
    assert run(["-c", str(ini), "build", "1.1", "--no-lint", "--scratch"]) == 0
    assert run(["-c", str(ini), "check", "--scratch"]) == 0
    for version in ("1.0", "1.1"):
        assert run(["-c", str(ini), "rehearse", version, "--rows", "3"]) == 0


@pytest.mark.usefixtures("scratch")
def test_the_version_table_in_a_schema_that_a_dump_lacks(tmp_path: Path) -> None:
    ini = write_project(tmp_path, Revision("a1", LOOK + "op.execute('CREATE TABLE t (id int)')"), env=OPS)
    dump = tmp_path / "schema.sql"
    dump.write_text("CREATE TABLE public.other (id integer);\n", encoding="utf-8")
    assert taken(build(ini, "--schema", str(dump)), "a1") == ["CREATE TABLE t (id int)"]
    assert run(["-c", str(ini), "build", "1.0", "--no-lint", "--scratch", "--regenerate"]) == 0


def test_who_may_not_make_the_schema_is_told_so(
    server: Server,
    new_database: NewDatabase,
    psql: Psql,
) -> None:
    database = new_database()
    role = f"{server.prefix}maker"
    psql(database, "-c", f'CREATE ROLE "{role}" LOGIN; REVOKE CREATE ON DATABASE "{database}" FROM PUBLIC')
    other = replace(server, parameters=tuple((dict(server.parameters) | {"user": role}).items()))
    try:
        with pytest.raises(DatabaseError, match=r'CREATE SCHEMA "Ops" on the scratch server: permission denied'):
            create_version_schema(other, database, "Ops")
    finally:
        psql(database, "-c", f'DROP ROLE "{role}"')
