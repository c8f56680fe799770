"""verify.sql: what the release promised, object by object, and after a rollback what was there before."""

from __future__ import annotations

from pathlib import Path

import pytest

from release.cli import run
from release.database.server import Server
from tests.arxos.conftest import At
from tests.arxos.test_releases import BUNDLES, RELEASES
from tests.databases import NewDatabase, Psql
from tests.projects import Revision, write_project

BACK = ("-v", "direction=rollback")


@pytest.mark.parametrize("version", RELEASES)
def test_after_upgrade_and_rollback(psql: Psql, new_database: NewDatabase, at: At, version: str) -> None:
    start, _ = RELEASES[version]
    database = new_database() if start == "base" else at(start, seeded=True)
    folder = BUNDLES / version
    verify = folder / "verify.sql"
    for script, forwards, backwards in (("", 3, 0), ("upgrade", 0, 3), ("rollback", 3, 0), ("upgrade", 0, 3)):
        if script:
            assert psql(database, script=folder / f"{script}.sql").returncode == 0
        done = psql(database, script=verify)
        assert done.returncode == forwards, done.stdout + done.stderr
        assert (" FAIL " in done.stdout) == (forwards == 3)
        done = psql(database, *BACK, script=verify)
        assert done.returncode == backwards, done.stdout + done.stderr
    assert psql(database, "-v", "direction=sideways", script=verify).returncode == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE alembic_version SET version_num = '008'", "revision 009: it is 008"),
        ("ALTER TABLE comments ALTER created_at DROP NOT NULL", "comments.created_at: it is not NOT NULL"),
        ("ALTER TABLE catalog_items DROP COLUMN search", "column public.catalog_items.search tsvector: it is missing"),
        ("ALTER TABLE projects ADD updated_at int", "column public.projects.updated_at is gone: it is there"),
        ("DROP INDEX ix_rooms_geom_active", "index public.ix_rooms_geom_active: it is missing"),
        (
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_rooms_geom_active'::regclass",
            "index public.ix_rooms_geom_active: it is INVALID",
        ),
        (
            "UPDATE pg_constraint SET convalidated = false WHERE conname = 'ck_rooms_name'",
            "constraint public.rooms.ck_rooms_name: it is NOT VALID",
        ),
        (
            "ALTER TABLE catalog_items DROP search; ALTER TABLE catalog_items ADD search text",
            "column public.catalog_items.search tsvector: its type is text",
        ),
        ("ALTER TABLE annotations RENAME TO labels", "table public.labels is gone: it is there"),
    ],
)
def test_what_fails(server: Server, psql: Psql, at: At, change: str, words: str) -> None:
    database = at("009")
    assert psql(database, script=BUNDLES / "1.2.0" / "verify.sql").returncode == 0
    with server.connect(database) as connection:
        connection.execute(change.encode())
    done = psql(database, script=BUNDLES / "1.2.0" / "verify.sql")
    assert done.returncode == 3
    assert words in done.stdout


UPGRADE = """
for sql in (
    "CREATE TYPE mood AS ENUM ('ok')",
    "CREATE SCHEMA other",
    "CREATE TABLE other.\\"Odd t\\" (id serial PRIMARY KEY, m mood NOT NULL, n numeric(10, 2), a text[])",
    "CREATE VIEW v AS SELECT 1 AS one",
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE TRIGGER g BEFORE INSERT ON other.\\"Odd t\\" FOR EACH ROW EXECUTE FUNCTION f()",
    "ALTER TABLE other.\\"Odd t\\" ALTER n TYPE bigint",
    "ALTER TABLE other.\\"Odd t\\" RENAME COLUMN a TO b",
    "CREATE SEQUENCE s",
    "CREATE TABLE passing (id int)",
    "DROP TABLE passing",
    "CREATE POLICY p ON other.\\"Odd t\\"",
):
    op.execute(sql)
"""
ROLLBACK = """
for sql in (
    "DROP SEQUENCE s", "DROP SCHEMA other CASCADE", "DROP FUNCTION f()", "DROP VIEW v", "DROP TYPE mood",
):
    op.execute(sql)
"""


def test_every_kind_of_object(psql: Psql, new_database: NewDatabase, tmp_path: Path) -> None:
    ini = write_project(tmp_path, Revision("a1", UPGRADE, ROLLBACK))
    assert run(["-c", str(ini), "build", "1.0", "--no-lint"]) == 0
    database = new_database()
    folder = tmp_path / "scripts/1.0"
    assert psql(database, script=folder / "upgrade.sql").returncode == 0
    done = psql(database, script=folder / "verify.sql")
    assert done.returncode == 0, done.stdout
    for words in (
        'column other."Odd t".b',
        "function public.f",
        'trigger other."Odd t".g',
        "schema other",
        "type public.mood",
    ):
        assert f" PASS   | {words}" in done.stdout, done.stdout
    assert "passing" not in done.stdout
    assert psql(database, script=folder / "rollback.sql").returncode == 0
    done = psql(database, *BACK, script=folder / "verify.sql")
    assert done.returncode == 0, done.stdout
