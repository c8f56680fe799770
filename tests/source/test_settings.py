"""A `SET` of one revision ends with it, unless its author says otherwise (fact 16)."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import jsonschema
import pytest

from release.cli import run
from tests.databases import NewDatabase, Psql
from tests.projects import ENV, Revision, build_two, write_project
from tests.source.conftest import Apply, Build, Equal

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
    ("search_path", "op.execute('CREATE SCHEMA s; SET search_path = s, public')", "public, pg_temp"),
    ("search_path", "op.execute('SET LOCAL search_path = public, pg_catalog')", "public, pg_temp"),
    ("search_path", "op.execute('CREATE SCHEMA s; SET search_path = s; RESET search_path')", "public, pg_temp"),
    ("lock_timeout", "op.execute(\"SET lock_timeout = '3s'\")", "5s"),
    ("lock_timeout", 'op.execute("SET lock_timeout TO DEFAULT")', "5s"),
    ("TimeZone", "op.execute(\"SET TIME ZONE 'Asia/Tokyo'\")", "UTC"),
    ("work_mem", "op.execute(\"SET work_mem = '16MB'\")", "4MB"),
    ("app.who", "op.execute(\"SET app.who = 'me'\")", ""),
    ("app.who", "op.execute(\"SET app.who = 'me'\")\n# release: keeps app.who", "me"),
    ("statement_timeout", "op.execute(\"SET statement_timeout = '7s'; RESET ALL\")", "0"),
    (
        "work_mem",
        """
        op.execute("SET work_mem = '16MB'")
        with op.get_context().autocommit_block():
            op.execute("RESET ALL")
            op.execute("VACUUM pg_catalog.pg_class")
        op.execute("SELECT 1 / (current_setting('work_mem') = '4MB')::int")
        op.execute("SET work_mem = '9MB'")
        """,
        "4MB",
    ),
    ("role", "op.execute('SET ROLE pg_monitor')", "none"),
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


def around(before: str, after: str = "") -> str:
    """An env.py that executes SQL around its migrations."""
    calls = [f"context.execute({sql!r})" for sql in (before, after) if sql]
    calls.insert(1 if before else 0, "context.run_migrations()")
    return ENV.replace("context.run_migrations()", f"({', '.join(calls)})")


@pytest.mark.parametrize(
    ("sql", "first", "value"),
    [
        ("SET app.who = 'env'", "pass", "env"),
        ("SET LOCAL app.who TO 'env'", "pass", "env"),
        ("SET /* for us */ LOCAL app.who = 'env'; SET app.other = 'x'", "pass", "env"),
        ("SELECT set_config('app.who', 'env', false), pg_advisory_lock(4711)", "pass", "env"),
        # what a revision changes goes back to what env.py set
        ("SET app.who = 'env'", "op.execute(\"SET app.who = 'me'\")", "env"),
    ],
)
def test_what_env_py_sets_holds_for_every_segment_of_a_resumed_script(
    sql: str, first: str, value: str, tmp_path: Path, build: Build, apply: Apply, new_database: NewDatabase, psql: Psql
) -> None:
    one = Revision("a1", f"{first}\nop.execute('CREATE TABLE t (id int)')", "op.execute('DROP TABLE t')")
    two = Revision(
        "b2",
        f"""
        with op.get_context().autocommit_block():
            op.execute("CREATE INDEX CONCURRENTLY i ON t (id)")
        {SEEN.format("app.who")}
        """,
        "op.execute('DROP TABLE seen')\nop.execute('DROP INDEX i')",
        down="a1",
    )
    folder = build(write_project(tmp_path, one, two, env=around(sql)))
    database = new_database()
    psql(database, "-c", "CREATE TABLE seen ()")  # in the way of the last segment
    assert psql(database, script=folder / "upgrade.sql").returncode == 3
    psql(database, "-c", "DROP TABLE seen")
    apply(database, folder / "upgrade.sql")
    assert psql(database, "-Atc", "SELECT v FROM seen").stdout == f"{value}\n"
    for name in ("upgrade", "rollback"):
        script = (folder / f"{name}.sql").read_text(encoding="utf-8")
        assert script.index("-- what env.py executes before") < script.index("\nBEGIN;")
        assert " LOCAL app.who" not in script
    apply(database, folder / "rollback.sql")


def test_what_env_py_resets_stands_at_the_end(
    tmp_path: Path, build: Build, apply: Apply, new_database: NewDatabase, psql: Psql
) -> None:
    env = around("SET ROLE owner_4711", "RESET ROLE")
    folder = build(write_project(tmp_path, Revision("a1", "op.execute('CREATE TABLE t ()')"), env=env))
    script = (folder / "upgrade.sql").read_text(encoding="utf-8")
    assert script.index("SET ROLE owner_4711;") < script.index("BEGIN;") < script.rindex("COMMIT;")
    assert script.rindex("COMMIT;") < script.index("RESET ROLE;")
    database = new_database()
    psql(database, "-c", "CREATE ROLE owner_4711; GRANT ALL ON SCHEMA public TO owner_4711")
    apply(database, folder / "upgrade.sql")
    owners = psql(database, "-Atc", "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'").stdout
    psql(database, "-c", "DROP OWNED BY owner_4711; DROP ROLE owner_4711")
    assert owners == "owner_4711\n"  # the version table too, as online


def test_what_env_py_changes_in_the_database_is_done_once(tmp_path: Path, equal: Equal) -> None:
    env = around("CREATE SCHEMA IF NOT EXISTS made", "COMMENT ON SCHEMA made IS 'by env.py'")
    body = "op.execute('CREATE TABLE made.t (id int)')"
    ini = write_project(tmp_path, Revision("a1", body, "op.execute('DROP TABLE made.t')"), env=env)
    script = equal(ini)
    assert "-- Session" not in script
    assert script.index("CREATE SCHEMA") < script.index("CREATE TABLE made.t") < script.index("COMMENT ON SCHEMA")


def test_what_of_env_py_is_for_release_to_decide(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    env = around("SET LOCAL lock_timeout = '1s'; SET search_path = public, extra")
    ini = write_project(tmp_path, Revision("a1", "op.execute('CREATE TABLE t ()')"), env=env)
    assert run(["-c", str(ini), "build", "1.0", "--no-lint"]) == 0
    message = capsys.readouterr().err
    assert "note: migrations/env.py:12: lock_timeout as env.py sets it is not in the script; write lock_" in message
    assert "note: migrations/env.py:12: env.py sets search_path; name the same schemas under [tool.release]" in message
    script = (tmp_path / "scripts/1.0/upgrade.sql").read_text(encoding="utf-8")
    assert "lock_timeout = '1s'" not in script
    assert '"lock_timeout": "5s"' in script
    assert "SET search_path = public, extra;" in script
    manifest = json.loads((tmp_path / "scripts/1.0/manifest.json").read_text(encoding="utf-8"))
    assert [each["tag"] for each in manifest["upgrade"]["opening"]] == ["SET"]
    schema = json.loads((Path(__file__).parents[2] / "docs/manifest.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(manifest, schema)
    (tmp_path / "pyproject.toml").write_text("[tool.release]\nsearch_path = ['public', 'extra']\n", encoding="utf-8")
    assert run(["-c", str(ini), "build", "1.0", "--no-lint", "--regenerate"]) == 0
    assert "env.py sets search_path" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "sql", ["SET app.who = 'env'", "SET SESSION /* x */ app.who = 'env'", "/* y */ SET LOCAL app.who = 'env'"]
)
def test_a_plain_script_leaves_nothing_set_in_the_session_of_the_dba(
    sql: str, tmp_path: Path, new_database: NewDatabase, psql: Psql
) -> None:
    body = SEEN.format("app.who")
    ini = write_project(tmp_path, Revision("a1", body, "op.execute('DROP TABLE seen')"), env=around(sql))
    assert run(["-c", str(ini), "build", "1.0", "--no-lint", "--plain"]) == 0
    database = new_database()
    after = "SELECT v, coalesce(nullif(current_setting('app.who', true), ''), 'nothing') FROM seen"
    done = psql(database, "-q", "-At", "-f", str(tmp_path / "scripts/1.0/upgrade.sql"), "-c", after)
    assert done.stdout.splitlines()[-1] == "env|nothing", done.stderr


def test_the_history_is_not_written_by_a_role_of_the_author(
    tmp_path: Path, new_database: NewDatabase, psql: Psql
) -> None:
    keeper, tables = f"keeper_{uuid4().hex}", ("here", "there")
    first = Revision("a1", "; ".join(f"op.execute('CREATE TABLE {each} (a int)')" for each in tables), "pass")
    indexes = "; ".join(f"op.execute('CREATE INDEX ON {each} (a)')" for each in tables)
    second = Revision("a2", f"op.execute('SET ROLE {keeper}'); {indexes}", "pass", down="a1")
    scripts = build_two(tmp_path, first, second)
    database = new_database()
    assert psql(database, script=scripts / "1.0/upgrade.sql").returncode == 0
    grants = [f"CREATE ROLE {keeper}", f"GRANT CREATE, USAGE ON SCHEMA public TO {keeper}"]
    grants += [f"ALTER TABLE {each} OWNER TO {keeper}" for each in tables]
    assert psql(database, "-c", "; ".join(grants)).returncode == 0
    try:
        done = psql(database, script=scripts / "1.1/upgrade.sql")
        assert done.returncode == 0, done.stdout + done.stderr
        seen = "SELECT count(*), bool_and(acting_role = login_role) FROM release_history WHERE release = '1.1'"
        assert psql(database, "-Atc", seen).stdout == "2|t\n"
        owners = "SELECT string_agg(DISTINCT tableowner, ',') FROM pg_tables WHERE tablename IN ('here', 'there')"
        assert psql(database, "-Atc", owners).stdout == f"{keeper}\n"
    finally:
        assert psql(database, "-c", f"DROP OWNED BY {keeper}; DROP ROLE {keeper}").returncode == 0
