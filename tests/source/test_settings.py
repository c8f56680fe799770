"""A `SET` of one revision ends with it, unless its author says otherwise (fact 16)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.databases import NewDatabase, Psql
from tests.projects import ENV, Revision, write_project
from tests.source.conftest import Apply, Build

SEEN = "op.execute(\"CREATE TABLE seen AS SELECT current_setting('{}', true) AS v\")"


def seen(
    tmp_path: Path, build: Build, apply: Apply, new_database: NewDatabase, psql: Psql, name: str, *, first: Revision,
    env: str = ENV,
) -> str:  # fmt: skip
    second = Revision("b2", SEEN.format(name), "op.execute('DROP TABLE public.seen')", down="a1")
    folder = build(write_project(tmp_path, first, second, env=env))
    database = new_database()
    apply(database, folder / "upgrade.sql")
    found = psql(database, "-Atc", "SELECT coalesce(v, 'NULL') FROM public.seen").stdout.strip()
    apply(database, folder / "rollback.sql")
    return found


CASES = (
    ("search_path", "op.execute('CREATE SCHEMA s; SET search_path = s, public')", "public"),
    ("search_path", "op.execute('SET LOCAL search_path = public, pg_catalog')", "public"),
    ("search_path", "op.execute('CREATE SCHEMA s; SET search_path = s; RESET search_path')", "public"),
    ("lock_timeout", "op.execute(\"SET lock_timeout = '3s'\")", "5s"),
    ("lock_timeout", 'op.execute("SET lock_timeout TO DEFAULT")', "5s"),
    ("TimeZone", "op.execute(\"SET TIME ZONE 'Asia/Tokyo'\")", "UTC"),
    ("work_mem", "op.execute(\"SET work_mem = '16MB'\")", "4MB"),
    ("app.who", "op.execute(\"SET app.who = 'me'\")", ""),
    ("app.who", "op.execute(\"SET app.who = 'me'\")\n# release: keeps app.who", "me"),
    ("statement_timeout", "op.execute(\"SET statement_timeout = '7s'; RESET ALL\")", "0"),
    (
        "maintenance_work_mem",
        """
        with op.get_context().autocommit_block():
            op.execute("SET maintenance_work_mem = '99MB'")
            op.execute("VACUUM pg_catalog.pg_class")
        """,
        "64MB",
    ),
)


@pytest.mark.parametrize(("name", "body", "value"), CASES)
def test_a_setting_ends_with_its_revision(
    name: str, body: str, value: str, tmp_path: Path, build: Build, apply: Apply, new_database: NewDatabase, psql: Psql
) -> None:
    downgrade = "op.execute('DROP SCHEMA s')" if "SCHEMA s" in body else "pass"
    first = Revision("a1", body, downgrade)
    assert seen(tmp_path, build, apply, new_database, psql, name, first=first) == value


def test_what_env_py_sets_is_around_all_revisions(
    tmp_path: Path, build: Build, apply: Apply, new_database: NewDatabase, psql: Psql
) -> None:
    env = ENV.replace(
        "context.run_migrations()", "(context.execute(\"SET app.who = 'env'\"), context.run_migrations())"
    )
    assert seen(tmp_path, build, apply, new_database, psql, "app.who", first=Revision("a1"), env=env) == "env"
