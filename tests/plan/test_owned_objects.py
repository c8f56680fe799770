"""Whoever does not own what a script alters, renames or drops is told so before it begins, whatever it is."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from release.scratch.server import Server
from tests.databases import NewDatabase, Psql
from tests.projects import Revision, build_two

START = (
    "CREATE TABLE t (id int PRIMARY KEY, a text)",
    "CREATE INDEX old ON t (a)",
    "CREATE VIEW v AS SELECT 1 AS a",
    "CREATE SEQUENCE q",
    "CREATE TYPE mood AS ENUM ('ok')",
    "CREATE DOMAIN d AS int",
    "CREATE SCHEMA s",
    "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT $1'",
    "CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 1'",
)
# what a release does, and what it undoes: whose owner each needs, up and down
CASES = {
    "an index is renamed": (
        ["ALTER INDEX old RENAME TO new"],
        ["ALTER INDEX new RENAME TO old"],
        "public.t",
        "public.t",
    ),
    "an index is made": (["CREATE INDEX i ON t (id)"], ["DROP INDEX i"], "public.t", "public.t"),
    "a view": (["CREATE OR REPLACE VIEW v AS SELECT 2 AS a"], ["DROP VIEW v"], "public.v", "public.v"),
    "a sequence": (["ALTER SEQUENCE q RENAME TO r"], ["DROP SEQUENCE r"], "public.q", "public.r"),
    "a type": (["ALTER TYPE mood ADD VALUE 'bad'"], ["DROP TYPE mood"], "the type public.mood", "the type public.mood"),
    "a domain": (["COMMENT ON DOMAIN d IS 'x'"], ["DROP DOMAIN d"], "the type public.d", "the type public.d"),
    "a schema": (["ALTER SCHEMA s RENAME TO z"], ["DROP SCHEMA z"], "the schema s", "the schema z"),
    "a function of some types": (
        ["CREATE OR REPLACE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 2'"],
        ["DROP FUNCTION f(int)"],
        "the routine public.f(integer)",
        "the routine public.f(integer)",
    ),
    "a function": (
        ["ALTER FUNCTION g RENAME TO h"],
        ["DROP FUNCTION h"],
        "the routine public.g()",
        "the routine public.h()",
    ),
    "a comment on a column": (
        ["COMMENT ON COLUMN t.a IS 'x'"],
        ["COMMENT ON COLUMN t.a IS NULL"],
        "public.t",
        "public.t",
    ),
    "what the release itself makes": (["CREATE TABLE n (id int)"], ["DROP TABLE n"], "", "public.n"),
}


@pytest.fixture
def stranger(server: Server) -> Iterator[str]:
    """Give a role that owns nothing."""
    name = f"{server.prefix}stranger_{secrets.token_hex(4)}"
    with server.connect(server.maintenance) as connection:
        connection.execute(f"CREATE ROLE {name}".encode())
        yield name
        connection.execute(f"DROP ROLE {name}".encode())


@pytest.mark.parametrize("case", CASES)
def test_a_stranger_is_told_before_anything_is_done(
    case: str, stranger: str, tmp_path: Path, new_database: NewDatabase, psql: Psql, server: Server
) -> None:
    up, down, *owners = CASES[case]
    first, second = ("\n".join(f"op.execute({each!r})" for each in texts) for texts in (START, up))
    back = "\n".join(f"op.execute({each!r})" for each in down)
    folder = build_two(tmp_path, Revision("r1", first), Revision("r2", second, back, down="r1"))
    database = new_database()
    assert psql(database, script=folder / "1.0/upgrade.sql").returncode == 0
    rights = (
        f"GRANT CREATE, USAGE ON SCHEMA public TO {stranger}; GRANT ALL ON ALL TABLES IN SCHEMA public TO {stranger}"
    )
    for script, owned in zip(("upgrade", "rollback"), owners, strict=True):
        with server.connect(database) as connection:
            for each in rights.split(";"):
                connection.execute(each.encode())
        as_stranger = psql(database, script=folder / f"1.1/{script}.sql", env={"PGOPTIONS": f"-c role={stranger}"})
        told = [line for line in as_stranger.stderr.splitlines() if " does not own " in line]
        assert told == (
            [f"  - role {stranger} does not own {owned}: connect as its owner, or as a member of that role"]
            if owned
            else []
        )
        done = psql(database, script=folder / f"1.1/{script}.sql")
        assert done.returncode == 0, done.stderr
    with server.connect(database) as connection:
        connection.execute(f"DROP OWNED BY {stranger}".encode())
