"""Recording on a scratch database: what is taken down, what is not, and what depends on rows."""
# ruff: noqa: E501  # bodies of migrations stand on the lines their authors would write

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from release.cli import run
from tests.projects import Revision, write_project

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
    "another_connection_of_the_engine": (
        "bind.commit() if False else None\nwith bind.engine.connect() as other:\n    other.execute(sa.text(\"SET LOCAL lock_timeout = '1s'\"))\n    other.execute(sa.text('CREATE TABLE elsewhere ()'))\n    other.commit()",
        ["SET LOCAL lock_timeout = '1s'", "CREATE TABLE elsewhere ()"],
        [],
    ),
}  # fmt: skip


def test_what_is_recorded_and_what_it_depends_on(tmp_path: Path, scratch: None, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    revisions = [ACCOUNT]
    for name, (body, _, _) in CASES.items():
        revisions.append(Revision(name, LOOK + body, "op.execute('SELECT 1')", down=revisions[-1].id))
    ini = write_project(tmp_path, *revisions)
    depending = [name for name, (_, _, depends) in CASES.items() if depends]
    manifest = build(ini, *(word for name in depending for word in ("--allow-data-dependent", name[:14])))
    found = dependent(manifest)
    for name, (_, statements, depends) in CASES.items():
        assert taken(manifest, name) == statements, name
        assert [text for _, text in found[name, "upgrade"]] == depends, name
    out = capsys.readouterr()
    assert "recorded: upgrade of rows_are_data, 0 statements; DATA-DEPENDENT: migrations/versions/rows_are_data_x.py:12: reads rows of account" in out.out  # fmt: skip
    script = (tmp_path / "scripts/1.0/upgrade.sql").read_text(encoding="utf-8")
    assert "-- recorded on a scratch database, PostgreSQL" in script
    assert "-- DATA-DEPENDENT: reads rows of account (migrations/versions/rows_are_data_x.py:12)" in script
    assert "reads rows of account" not in (tmp_path / "scripts/1.0/rollback.sql").read_text(encoding="utf-8")
    concurrently = next(each for each in manifest["upgrade"]["segments"] if not each["transactional"])
    assert [each["line"] for each in concurrently["statements"]] == [13]
