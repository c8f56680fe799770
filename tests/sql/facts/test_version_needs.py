"""Every row of the table of what came with which version, on a real server."""

from __future__ import annotations

import psycopg
import pytest

from release.model import Need
from release.scratch.server import Server
from release.sql.facts.version_changes import INDEX_PATH, VIEW_PATH, changes_met
from release.sql.facts.version_needs import needs_of, rows_of
from release.sql.facts.version_rows import ROWS, TABLE
from release.sql.locks.forms import FIRST, Form
from release.sql.locks.forms import TABLE as FORMS
from release.sql.read.statements import statement_in
from release.sql.versions import ServerFeature
from release.sql.versions.changed import CHANGES, VersionChange
from tests.databases import NewDatabase


def needed(statement: str) -> tuple[Need, ...]:
    return needs_of(statement_in(statement))


def since(statement: str) -> int:
    return max((need.since for need in needed(statement)), default=FIRST)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.key)
@pytest.mark.usefixtures("cluster")
def test_row(row: ServerFeature, server: Server, world: str, quiet: str, new_database: NewDatabase) -> None:
    """Older servers refuse the example as the row says, the others run it."""
    old = server.major < row.since
    if row.untried and not old:
        pytest.skip(row.untried)
    with server.connect(new_database(world) if row.alone else quiet, autocommit=row.alone) as connection:
        if old:
            with pytest.raises(psycopg.Error) as caught:
                run(connection, row)
            assert caught.value.sqlstate in row.older, caught.value
        else:
            run(connection, row)
        if not row.alone:
            connection.rollback()


def run(connection: psycopg.Connection, row: ServerFeature) -> None:
    for text in (row.setup, row.example):
        if text:
            connection.execute(text.encode())


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.key)
def test_example_is_of_its_row(row: ServerFeature) -> None:
    found = {each.key for each, _ in rows_of(statement_in(row.example))}
    assert row.key in found
    assert since(row.example) == max(ROWS[key].since for key in found) >= row.since


@pytest.mark.parametrize("form", [form for form in FORMS if form.example], ids=lambda form: form.key)
def test_a_form_needs_what_its_own_row_says(form: Form) -> None:
    """No example of the lock table needs more than the version that the lock table gives it."""
    assert since(form.example) == form.since


def test_keys_are_unique() -> None:
    assert len(ROWS) == len(TABLE)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT 1, 'MERGE 0x1F uuidv7()' /* uuidv7() */ AS uuidv7", 13),
        ("SELECT 1e3, a1_000, 12 FROM (VALUES (1)) AS t (a1_000)", 13),
        ("SELECT 'é0x1', t12_name, a$1_0 FROM t0x1", 13),
        ("SELECT .5_0", 16),
        ("SELECT-1e1_0", 16),
        ("SELECT ARRAY[0B1]", 16),
        ("SELECT random(), public.uuidv7(), regexp_replace('a', 'b', 'c', 'g')", 13),
        ("SELECT pg_catalog.uuidv7()", 18),
        (
            "CREATE TABLE t (a integer PRIMARY KEY, b int NOT NULL REFERENCES s ON DELETE SET NULL, CHECK (a > 0))",
            13,
        ),
        ("CREATE TABLE t (a integer, b integer GENERATED ALWAYS AS (a) STORED)", 13),
        ("CREATE TABLE t (LIKE rooms INCLUDING ALL)", 13),
        ("CREATE TABLE t (a numeric(8, 2), b numeric(8), c numeric, d other.datemultirange)", 13),
        ("CREATE TABLE t (id uuid DEFAULT uuidv7())", 18),
        ("INSERT INTO new VALUES (1) RETURNING new.id", 13),
        ("UPDATE rooms AS old SET id = 1 RETURNING old.id", 13),
        ("CREATE RULE r AS ON INSERT TO rooms DO ALSO UPDATE log SET id = new.id RETURNING new.id", 13),
        ("UPDATE rooms SET marks[1] = 1, more['1'] = 2", 13),
        ("UPDATE rooms SET marks['a'] = '1'", 14),
        ("SELECT current_setting('transaction_timeout', true)", 13),
        ("SELECT set_config('transaction_timeout', '0', false)", 17),
        ("ALTER ROLE current_user SET transaction_timeout = 0", 17),
        ("CREATE FUNCTION f() RETURNS integer LANGUAGE sql SET transaction_timeout = 0 AS 'SELECT 1'", 17),
        ("WITH gone AS (MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN DELETE RETURNING a.id) TABLE gone", 17),
        ("CREATE VIEW v AS SELECT a.id FROM (SELECT id FROM rooms) AS a", 13),
        ("GRANT maintain TO me", 13),
        ("COPY rooms FROM STDIN WITH (FORMAT csv, HEADER)", 13),
    ],
)
def test_near_misses(statement: str, expected: int) -> None:
    assert since(statement) == expected


TRIGGER = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ {} $$"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("CREATE FUNCTION f() RETURNS uuid LANGUAGE sql AS 'SELECT uuidv7()'", [("uuidv7()", False)]),
        ("DO 'BEGIN IF false THEN PERFORM uuidv7(); END IF; END'", [("uuidv7()", True)]),
        ("DO 'DECLARE a uuid := uuidv7(); BEGIN END'", [("uuidv7()", True)]),
        ("DO 'DECLARE a datemultirange; BEGIN END'", [("type datemultirange", False)]),
        ("DO 'DECLARE a uuid[]; BEGIN a[abs(1)] := uuidv7(); END'", [("uuidv7()", True)]),
        ("DO 'BEGIN FOR i IN 1 .. erf(1) LOOP END LOOP; END'", [("erf()", True)]),
        (
            "DO 'BEGIN MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN DELETE; END'",
            [("MERGE", False)],
        ),
        (TRIGGER.format("BEGIN NEW.id := uuidv7(); RETURN NEW; END"), [("uuidv7()", True)]),
        (
            TRIGGER.format("BEGIN IF TG_NARGS = 0 THEN NEW.id := uuidv7(); END IF; RETURN NEW; END;"),
            [("uuidv7()", True)],
        ),
        (TRIGGER.format("BEGIN DELETE FROM rooms RETURNING old.id; RETURN OLD; END"), []),
        ("DO $$ BEGIN EXECUTE 'SELECT uuidv7()'; END $$", []),
        ("DO LANGUAGE plperl 'uuidv7()'", []),
        ("DO 'this is no PL/pgSQL uuidv7()'", []),
    ],
)
def test_bodies(statement: str, expected: list[tuple[str, bool]]) -> None:
    assert [(need.title, need.later) for need in needed(statement)] == expected


@pytest.mark.parametrize(
    ("statement", "states"),
    [
        ("CREATE FUNCTION f() RETURNS uuid LANGUAGE sql AS 'SELECT uuidv7()'", {"42883"}),
        ("DO 'BEGIN IF false THEN PERFORM uuidv7(); END IF; END'", set()),
        ("DO 'DECLARE a datemultirange; BEGIN END'", {"42704"}),
        (
            "DO 'BEGIN IF false THEN MERGE INTO devices USING rooms ON true WHEN MATCHED THEN DELETE; END IF; END'",
            {"42601"},
        ),
        (TRIGGER.format("BEGIN NEW.id := uuidv7(); RETURN NEW; END"), set()),
    ],
)
def test_what_an_older_server_takes(statement: str, states: set[str], server: Server, quiet: str) -> None:
    """What is said to fail later does: an older server takes the statement."""
    old = server.major < since(statement)
    assert any(need.later for need in needed(statement)) == (not states)
    with server.connect(quiet, autocommit=False) as connection:
        if old and states:
            with pytest.raises(psycopg.Error) as caught:
                connection.execute(statement.encode())
            assert caught.value.sqlstate in states
        else:
            connection.execute(statement.encode())
        connection.rollback()


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.key)
def test_change(change: VersionChange, server: Server, quiet: str, answers: dict[str, tuple[object, object]]) -> None:
    """Older servers take the example, newer ones refuse it as the row says, or answer another thing."""
    new = server.major >= change.since
    with server.connect(quiet, autocommit=False) as connection:
        if change.setup:
            connection.execute(change.setup.encode())
        if new and change.newer:
            with pytest.raises(psycopg.Error) as caught:
                connection.execute(change.example.encode())
            assert caught.value.sqlstate in change.newer, caught.value
        else:
            cursor = connection.execute(change.example.encode())
            if not change.newer:
                assert cursor.fetchone() == (answers[change.key][new],)
        connection.rollback()


@pytest.fixture(scope="session")
def answers() -> dict[str, tuple[object, object]]:
    """Give what older and newer servers answer where neither refuses."""
    return {"extract kept": ("double precision", "numeric"), "pg_constraint": (1, 2)}


def met(statement: str) -> list[str]:
    return [change.key for change in changes_met(statement_in(statement))]


@pytest.mark.parametrize(
    "change", [each for each in CHANGES if each not in (INDEX_PATH, VIEW_PATH)], ids=lambda change: change.key
)
def test_change_is_met(change: VersionChange) -> None:
    example = change.example
    if change.key == "extract kept":  # what the test asks a server is the type; the rule looks at what is kept
        example = f"CREATE VIEW v AS {example}"
    assert change.key in met(example)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE OPERATOR ### (FUNCTION = int4abs, RIGHTARG = integer)",
        "CREATE AGGREGATE collect(anycompatible) (SFUNC = array_append, STYPE = anycompatiblearray)",
        "CREATE AGGREGATE collect(anyelement) (SFUNC = my_append, STYPE = anyarray)",
        "SELECT extract(epoch FROM now())",
        "SELECT conname FROM pg_constraint WHERE contype = 'f'",
        "SELECT attcacheoff FROM mine",
        "CREATE UNLOGGED TABLE t (day date)",
        "SELECT other.pg_start_backup()",
        "SELECT NOT (NOT true)",
        "SELECT 'pg_constraint', current_setting('lc_collate', true)",
    ],
)
def test_near_misses_of_changes(statement: str) -> None:
    assert met(statement) == []


def test_changes_in_bodies() -> None:
    assert met("DO 'BEGIN PERFORM 1 FROM pg_constraint; END'") == ["pg_constraint"]
