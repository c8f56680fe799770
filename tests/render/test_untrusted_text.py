"""What other people write stays what it is: no comment, literal, identifier or psql command can be broken out of."""

from __future__ import annotations

from pathlib import Path

import pytest

from release.cli import run
from release.scratch.server import Server
from tests.databases import NewDatabase, Psql
from tests.projects import Revision, write_project

HOSTILE = (
    "quote ' and '' and \\' and \\",
    'double " quote',
    "*/ end */ /* begin",
    "$guard$; DROP TABLE kept; DO $guard$",
    "$q$ $version$ $$",
    "line\n\\! touch owned\n",
    "line\r\\! touch owned\rDROP TABLE kept;",
    "para\u2028\\! touch owned\u2029\x85\\! touch owned\x0b\x0c\\! touch owned",
    "{{ 7 * 7 }} {% raw %} {# #}",
    ":release_done :'x' :\"y\" `touch owned`",
    "-- \\echo x \\q",
    "%s %(name)s %% 100%",
    "\x1b[2J\x07\x00bell",
    "\u202egnirts\u202c",
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_message_a_title_and_a_comment(
    server: Server, new_database: NewDatabase, psql: Psql, tmp_path: Path, text: str
) -> None:
    message = text.replace("\x00", "")
    ini = write_project(
        tmp_path,
        Revision(
            "a1",
            "op.execute('CREATE TABLE kept (id int)')",
            "op.execute('DROP TABLE kept')",
            message,
            head=f"# release: loses kept.id {' '.join(message.split())}",
        ),
        pyproject="[tool.release]\nname = 'it''s {{ x }} */ $guard$'".replace("''", "`"),
    )
    assert run(["-c", str(ini), "build", "1.0", f"--title={message}", "--no-lint"]) == 0
    folder = tmp_path / "scripts" / "1.0"
    database = new_database()
    for direction, tables in (("upgrade", 1), ("rollback", 0)):
        done = psql(database, script=folder / f"{direction}.sql", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert not list(tmp_path.rglob("owned"))
        with server.connect(database) as connection:
            assert connection.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'kept'").fetchone() == (tables,)
        text_of = (folder / f"{direction}.sql").read_text(encoding="utf-8")
        assert "\x1b" not in text_of
        assert "\u202e" not in text_of


@pytest.mark.parametrize(
    "name",
    ["Two Words", 'quo"te', "it's", "$guard$", "select", "été", "back\\slash", "per%cent", ":x", "a.b", "$version$'"],
)
def test_names_of_tables_indexes_schemas_and_roles(
    server: Server, new_database: NewDatabase, psql: Psql, tmp_path: Path, name: str
) -> None:
    revision = Revision(
        "a1",
        f"""
        with op.get_context().autocommit_block():
            op.create_index({name + "_ix"!r}, "t", ["id"], postgresql_concurrently=True)
        op.create_table({name!r}, sa.Column({name!r}, sa.Integer()))
        """,
        f"""
        op.drop_table({name!r})
        with op.get_context().autocommit_block():
            op.drop_index({name + "_ix"!r}, postgresql_concurrently=True)
        """,
    )
    toml = name.replace("\\", "\\\\").replace('"', '\\"')
    quoted = '"' + name.replace('"', '""') + '"'
    history = f'{quoted[:-1]} history"'.replace("\\", "\\\\").replace('"', '\\"')
    ini = write_project(
        tmp_path,
        revision,
        pyproject=f'[tool.release]\nsearch_path = ["{toml}"]\nrole = "{toml}"\nhistory_table = "{history}"\n',
    )
    assert run(["-c", str(ini), "build", "1.0", "--no-lint"]) == 0
    database = new_database()
    with server.connect(database) as connection:
        for statement in (
            f"CREATE ROLE {quoted}",
            f"CREATE SCHEMA {quoted} AUTHORIZATION {quoted}",
            f"CREATE TABLE {quoted}.t (id int)",
            f"ALTER TABLE {quoted}.t OWNER TO {quoted}",
        ):
            connection.execute(statement.encode())
    try:
        for direction in ("upgrade", "rollback"):
            script = tmp_path / "scripts" / "1.0" / f"{direction}.sql"
            done = psql(database, script=script)
            assert done.returncode == 0, done.stderr
            again = psql(database, script=script)
            assert again.returncode == 0, again.stderr
            assert "nothing to do" in again.stdout
    finally:
        with server.connect(database) as connection:
            connection.execute(f"DROP OWNED BY {quoted} CASCADE".encode())
            connection.execute(f"DROP ROLE {quoted}".encode())
