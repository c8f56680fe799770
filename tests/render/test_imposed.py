"""What the settings of a database or a role impose on every session: it breaks no script off, and changes no outcome.

The whole sweep asks the server which settings a session may have imposed on it (pg_settings, contexts user and
superuser), and imposes each, at each of its extremes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from release.cli import run
from release.scratch.server import Server
from release.sql.read.quote import identifier, literal
from tests.databases import Dump, NewDatabase, Psql
from tests.projects import Revision, write_project

TABLE = Revision(
    "a1",
    """
    op.create_table('Plain names', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('n', sa.Integer()))
    op.create_table('other', sa.Column('id', sa.Integer(), primary_key=True))
    op.execute("INSERT INTO other VALUES (1)")
    op.execute("CREATE VIEW seen AS SELECT count(*) AS n FROM other")
    """,
    "op.execute('DROP VIEW seen'); op.drop_table('other'); op.drop_table('Plain names')",
)
# What a setting would have another value of, if the script let it.
MEANINGS = {
    "nulls": "cardinality(array_remove('{NULL}'::text[], NULL))::text",
    "is_null": "coalesce((id = NULL)::text, 'unknown')",
    "bytes": r"'\\xff'::bytea::text",
    "quoted": r"E'it\\'s'",
    "xml": "'a<b/>c'::xml::text",
    "digits": "(1::float8 / 3)::text",
    "day": "date '2026-02-03'::text",
    "which_day": "'02/03/2026'::date::text",
    "lasts": "interval '1 day 2 hours'::text",
    "moment": "timestamptz '2026-02-03 04:05:06 EST'::text",
    "backslash": r"'c:\\temp'",
    "named": "quote_ident('plain')",
    "viewed": "(SELECT n FROM seen)::text",
}
MEANT = ", ".join(f"{value} AS {name}" for name, value in MEANINGS.items())
FAST = Revision(
    "b2",
    f"""
    op.add_column('other', sa.Column('path', sa.Text()))
    op.create_index('ix_other', 'other', ['path'])
    op.execute("CREATE TABLE meant AS SELECT {MEANT} FROM other")
    op.execute("CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'")
    """,
    """
    op.execute("DROP FUNCTION f()")
    op.drop_table('meant')
    op.drop_column('other', 'path')
    """,
    "fast",
    "a1",
)
RESETS = Revision("c3", """op.execute("RESET ALL")""", """op.execute("RESET ALL")""", "resets all", "b2")
SLOW = Revision(
    "d4",
    """
    op.execute("SELECT pg_sleep(0.7)")
    op.create_check_constraint('positive', 'other', 'id > 0')
    """,
    """
    op.execute("SELECT pg_sleep(0.7)")
    op.drop_constraint('positive', 'other')
    """,
    "slow",
    "c3",
)
INDEX = Revision(
    "e5",
    """
    with op.get_context().autocommit_block():
        op.create_index('ix_path', 'other', ['path', 'id'], postgresql_concurrently=True)
    op.execute("SELECT pg_sleep(0.7)")
    """,
    "op.drop_index('ix_path')",
    "several segments",
    "d4",
)
EXCLUDE = ("public.release_history",)
# as short as leaves time for a session to begin, and shorter than what the releases take
SHORT = "500ms"

# What stopped a script of ours, or changed what it did, and what might: the value of each that is worst.
WORST = {
    "statement_timeout": SHORT,
    "lock_timeout": "1ms",
    "idle_in_transaction_session_timeout": "100ms",
    "idle_session_timeout": SHORT,
    "transaction_timeout": SHORT,
    "exit_on_error": "on",
    "quote_all_identifiers": "on",
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
    "default_table_access_method": "nothing",
    "default_tablespace": "nowhere",
    "default_toast_compression": "lz4",
    "temp_tablespaces": "nowhere",
    "check_function_bodies": "off",
    "row_security": "off",
    "search_path": "nowhere",
    "client_min_messages": "error",
    "client_encoding": "LATIN1",
    "datestyle": "German, DMY",
    "intervalstyle": "iso_8601",
    "timezone": "Asia/Tokyo",
    "timezone_abbreviations": "Australia",
    "bytea_output": "escape",
    "xmloption": "document",
    "transform_null_equals": "on",
    "array_nulls": "off",
    "backslash_quote": "off",
    "escape_string_warning": "off",
    "standard_conforming_strings": "off",
    "extra_float_digits": "-3",
    "gin_fuzzy_search_limit": "1",
    "restrict_nonsystem_relation_kind": "view, foreign-table",
    "synchronous_commit": "off",
    "event_triggers": "off",
    "plpgsql.extra_errors": "all",
    "plpgsql.variable_conflict": "use_variable",
}
# What is refused on purpose, by a word of the message: somebody must find out why it is so.
REFUSED = {
    ("session_replication_role", "replica"): "session_replication_role is replica",
    ("session_replication_role", "local"): "session_replication_role is local",
    ("default_transaction_read_only", "on"): "read only",
}
# What a session cannot do without, whatever it runs: too little of it is no matter of scripts.
NEEDED = {"max_stack_depth", "temp_file_limit", "session_authorization", "role", "local_preload_libraries"}
NEEDED |= {"session_preload_libraries", "ignore_checksum_failure", "zero_damaged_pages", "wal_consistency_checking"}

Imposed = dict[str, str]


def extremes(server: Server) -> Iterator[tuple[str, str]]:
    """Each setting that a database may impose on a session of ours, with each value that is furthest from the usual."""
    query = (
        "SELECT name, vartype, min_val, max_val, enumvals, boot_val FROM pg_settings WHERE context IN %s ORDER BY name"
    )
    with server.connect(server.maintenance) as connection:
        rows = connection.execute(query.replace("%s", "('user', 'superuser')").encode()).fetchall()
    for name, kind, least, most, words, usual in rows:
        if name in NEEDED:
            continue
        if name.lower() in WORST:
            yield name, WORST[name.lower()]
        elif kind == "bool":
            yield name, "off" if usual == "on" else "on"
        elif kind == "enum":
            yield from ((name, word) for word in words if word != usual)
        elif kind in {"integer", "real"}:
            yield from ((name, value) for value in dict.fromkeys((least, most)) if value != usual)


def impose(server: Server, database: str, what: str, imposed: Imposed) -> Imposed:
    """Impose what this server knows and takes; give that."""
    taken: Imposed = {}
    with server.connect(server.maintenance) as connection:
        known = {name.lower() for (name,) in connection.execute("SELECT name FROM pg_settings")}
        for name, value in imposed.items():
            who = f"DATABASE {identifier(database)}"
            if what == "role":
                who = f"ROLE CURRENT_USER IN {who}"
            if name.lower() in known or "." in name:
                try:
                    connection.execute(f"ALTER {who} SET {name} = {literal(value)}".encode())
                except psycopg.Error:  # built without it, such as lz4, or none of a database
                    continue
                taken[name] = value
    return taken


def release_all(server: Server, database: str) -> None:
    with server.connect(server.maintenance) as connection:
        connection.execute(f"ALTER DATABASE {identifier(database)} RESET ALL".encode())
        connection.execute(f"ALTER ROLE CURRENT_USER IN DATABASE {identifier(database)} RESET ALL".encode())


@pytest.fixture(scope="module", params=["psql", "plain"])
def bundles(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1.0, 1.1 that is quick, and 1.2 that takes longer than any imposed timeout; of one kind of script."""
    root = tmp_path_factory.mktemp(request.param)
    psql = request.param == "psql"
    revisions = (TABLE, FAST, RESETS, SLOW, *([INDEX] if psql else []))
    ini = write_project(root, *revisions, pyproject="[tool.release]\nlock_retries = 2\n")
    how = ["--no-lint"] if psql else ["--no-lint", "--plain"]
    assert run(["-c", str(ini), "build", "1.0", "--to", "a1", *how]) == 0
    assert run(["-c", str(ini), "build", "1.1", "--to", "c3", *how]) == 0
    assert run(["-c", str(ini), "build", "1.2", *how]) == 0
    return root / "scripts"


@pytest.fixture(params=["psql", "apply"])
def send(request: pytest.FixtureRequest, server: Server, psql: Psql, capfdbinary: object) -> Callable[[str, Path], str]:
    """Run a script; give what went wrong, "" for nothing."""

    def by_psql(database: str, script: Path) -> str:
        done = psql(database, "-v", "ON_ERROR_STOP=1", script=script)
        return f"{done.stdout}\n{done.stderr}" if done.returncode else ""

    def by_apply(database: str, script: Path) -> str:
        status = run(["apply", str(script), "-v", "ON_ERROR_STOP=1", "-d", server.conninfo(database)])
        out, err = capfdbinary.readouterr()  # type: ignore[attr-defined]
        return f"{out.decode()}\n{err.decode()}" if status else ""

    return by_psql if request.param == "psql" else by_apply


UP = ("preflight", "upgrade", "verify")


@pytest.fixture
def started(bundles: Path, new_database: NewDatabase, psql: Psql, dump: Dump) -> tuple[str, str, str]:
    """A database at 1.0; its dump, and the dump that it has at 1.1."""
    database = new_database()

    def go(script: str) -> str:
        done = psql(database, "-v", "ON_ERROR_STOP=1", script=bundles / script)
        assert done.returncode == 0, done.stderr
        return dump(database, exclude=EXCLUDE)

    before = go("1.0/upgrade.sql")
    after = go("1.1/upgrade.sql")
    assert go("1.1/rollback.sql") == before
    return database, before, after


def impose_all(server: Server, database: str) -> None:
    """Everything at its worst, one half by the database and one by the role."""
    items = list(WORST.items())
    taken = impose(server, database, "database", dict(items[::2])) | impose(server, database, "role", dict(items[1::2]))
    assert len(taken) > 25


def test_everything_at_its_worst(
    send: Callable[[str, Path], str],
    bundles: Path,
    server: Server,
    dump: Dump,
    started: tuple[str, str, str],
) -> None:
    database, before, after = started
    impose_all(server, database)
    for script in UP:
        assert send(database, bundles / f"1.1/{script}.sql") == "", script
    release_all(server, database)
    assert dump(database, exclude=EXCLUDE) == after
    impose_all(server, database)
    for script in (*(f"1.2/{each}" for each in UP), "1.2/rollback", "1.1/rollback"):
        assert send(database, bundles / f"{script}.sql") == "", script
    release_all(server, database)
    assert dump(database, exclude=EXCLUDE) == before


@pytest.mark.parametrize(("name", "value"), list(REFUSED))
def test_what_is_refused(
    name: str, value: str, bundles: Path, server: Server, psql: Psql, dump: Dump, started: tuple[str, str, str]
) -> None:
    database, before, _ = started
    impose(server, database, "database", {name: value})
    for script in ("preflight", "upgrade"):
        done = psql(database, "-v", "ON_ERROR_STOP=1", script=bundles / f"1.1/{script}.sql")
        assert done.returncode == 3
        assert REFUSED[name, value] in done.stdout + done.stderr
    release_all(server, database)
    assert dump(database, exclude=EXCLUDE) == before


@pytest.mark.parametrize("step", [pytest.param(60, id="some"), pytest.param(1, id="all", marks=pytest.mark.slow)])
def test_the_sweep(
    server: Server,
    bundles: Path,
    started: tuple[str, str, str],
    dump: Dump,
    send: Callable[[str, Path], str],
    step: int,
) -> None:
    """Impose one after the other; each release goes there and back, and comes out as without."""
    imposed = list(extremes(server))[::step]
    database, before, after = started
    problems: list[str] = []
    tried = 0
    for number, (name, value) in enumerate(imposed):
        what = ("database", "role")[number % 2]
        said: list[str] = []

        def go(*scripts: str, name: str = name, what: str = what, value: str = value, said: list[str] = said) -> bool:
            for script in scripts:
                if error := send(database, bundles / f"{script}.sql"):
                    said.append(f"{what} {name} = {value}: {script}: {error}")
                    return False
            return True

        if not impose(server, database, what, {name: value}):
            continue
        tried += 1
        up = go(*(f"1.1/{each}" for each in UP))
        release_all(server, database)
        if (name, value) in REFUSED:
            if up or REFUSED[name, value] not in said[0]:
                problems.append(f"{name} = {value} is not refused: {said}")
            continue
        if up and dump(database, exclude=EXCLUDE) != after:
            said.append(f"{what} {name} = {value}: another outcome")
        impose(server, database, what, {name: value})
        back = go("1.1/rollback")
        release_all(server, database)
        problems += said
        if not back:
            break  # the next would not start from where it should
        if dump(database, exclude=EXCLUDE) != before:
            problems.append(f"{what} {name} = {value}: not back at the start")
            break
    assert not problems, "\n".join(problems)
    assert tried > len(imposed) // 2
