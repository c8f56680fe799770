"""A release that a server is too old for: header, guard, preflight, manifest, lint and rehearsal say so."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from release.cli import run
from release.config import NEWEST_SERVER
from release.scratch.server import Server
from tests.databases import NewDatabase, Psql
from tests.projects import Revision, write_project

SCHEMA = Path(__file__).parents[2] / "docs" / "manifest.schema.json"
TABLE = Revision("a1", 'op.execute("CREATE TABLE t (id int, v int)")', 'op.execute("DROP TABLE t")', "make t")
# A statement for every major version after the oldest, by that version.
STATEMENTS = {
    14: "CREATE OR REPLACE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger()",
    15: "CREATE UNIQUE INDEX uq_t_v ON t (v) NULLS NOT DISTINCT",
    16: "CREATE STATISTICS ON id, v FROM t",
    17: "GRANT MAINTAIN ON t TO pg_monitor",
    18: "ALTER TABLE t ADD CONSTRAINT ck_t CHECK (v > 0) NOT ENFORCED",
}
TITLES = {
    14: "CREATE OR REPLACE TRIGGER",
    15: "CREATE UNIQUE INDEX … NULLS NOT DISTINCT",
    16: "CREATE STATISTICS without a name",
    17: "privilege MAINTAIN",
    18: "NOT ENFORCED",
}


def build(root: Path, upgrade: str, downgrade: str = "pass", pyproject: str = "") -> Path:
    """Build two releases: one that makes a table, and one of this revision. Give the folder of the second."""
    ini = write_project(root, TABLE, Revision("b2", upgrade, downgrade, "the second", "a1"), pyproject=pyproject)
    assert run(["-c", str(ini), "build", "1.0.0", "--to", "a1", "--no-lint"]) == 0
    assert run(["-c", str(ini), "build", "2.0.0", "--no-lint"]) == 0
    return root / "scripts" / "2.0.0"


def executes(text: str) -> str:
    return f"op.execute({text!r})"


def start(database: str, folder: Path, psql: Psql) -> None:
    done = psql(database, script=folder.parent / "1.0.0" / "upgrade.sql")
    assert done.returncode == 0, done.stderr


def words(text: str) -> str:
    """Give a header's comment as running text."""
    return " ".join(text.replace("\n--", "\n").split())


@pytest.mark.parametrize("plain", [False, True], ids=["psql", "plain"])
@pytest.mark.parametrize("major", STATEMENTS)
def test_a_server_runs_what_it_is_not_too_old_for(
    server: Server, new_database: NewDatabase, psql: Psql, tmp_path: Path, major: int, plain: bool
) -> None:
    """Preflight says GO exactly where the upgrade runs; a refusal names what, where and which version."""
    pyproject = "[tool.release]\nplain = true\nhistory = false\n" if plain else ""
    folder = build(tmp_path, executes(STATEMENTS[major]), pyproject=pyproject)
    assert f"PostgreSQL {major} or later, primary" in words((folder / "upgrade.sql").read_text(encoding="utf-8"))
    assert "PostgreSQL 13 or later, primary" in words((folder / "rollback.sql").read_text(encoding="utf-8"))
    database = new_database()
    start(database, folder, psql)
    preflight = psql(database, "-v", "ON_ERROR_STOP=1", script=folder / "preflight.sql")
    upgrade = psql(database, "-v", "ON_ERROR_STOP=1", script=folder / "upgrade.sql")
    if server.major >= major:
        assert (preflight.returncode, upgrade.returncode) == (0, 0), preflight.stdout + upgrade.stderr
        return
    assert (preflight.returncode, upgrade.returncode) == (3, 3)
    place = f"is too old for {TITLES[major]} (migrations/versions/b2_x.py:10): {major} or later is needed"
    assert place in preflight.stdout + preflight.stderr
    assert "refused, nothing changed" in upgrade.stderr
    assert place in upgrade.stderr
    with server.connect(database) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("a1",)]


def test_the_highest_version_decides(tmp_path: Path) -> None:
    folder = build(tmp_path, "\n".join(executes(text) for text in STATEMENTS.values()), executes(STATEMENTS[16]))
    header = words((folder / "upgrade.sql").read_text(encoding="utf-8"))
    first = f"- 18 for {TITLES[18]} (migrations"
    assert f"PostgreSQL 18 or later, primary; psql 13 or later; nothing of PostGIS {first}" in header
    assert all(f"- {major} for {title.replace('…', '...')} (" in header for major, title in TITLES.items())
    assert "PostgreSQL 16 or later" in words((folder / "rollback.sql").read_text(encoding="utf-8"))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    jsonschema.validate(manifest, json.loads(SCHEMA.read_text(encoding="utf-8")))
    found = manifest["prerequisites"]["postgresql"]
    assert (found["upgrade"]["lowest"], found["rollback"]["lowest"]) == (18, 16)
    assert [each["since"] for each in found["upgrade"]["because"]] == [18, 17, 16, 15, 14]


def test_nothing_is_said_where_every_server_will_do(tmp_path: Path) -> None:
    folder = build(tmp_path, executes("CREATE INDEX ix_t ON t (v)"), executes("DROP INDEX ix_t"))
    assert "PostgreSQL 13 or later, primary; psql 13 or later; nothing of PostGIS role" in words(
        (folder / "upgrade.sql").read_text(encoding="utf-8").replace("--", "")
    )
    assert "postgresql" not in json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["prerequisites"]


def test_a_rollback_that_needs_a_newer_server(
    server: Server, new_database: NewDatabase, psql: Psql, tmp_path: Path
) -> None:
    """The upgrade runs, and preflight.sql has told what comes then."""
    folder = build(tmp_path, executes("DROP INDEX IF EXISTS u"), executes(STATEMENTS[18]))
    database = new_database()
    start(database, folder, psql)
    preflight = psql(database, script=folder / "preflight.sql")
    assert preflight.returncode == 0, preflight.stdout + preflight.stderr
    old = server.version < 180000
    assert ("is too old for rollback.sql: 18 or later is needed for NOT ENFORCED" in preflight.stdout) == old
    assert psql(database, script=folder / "upgrade.sql").returncode == 0
    assert psql(database, script=folder / "rollback.sql").returncode == (3 if old else 0)
    assert "- 18 for rollback.sql: NOT ENFORCED" in words((folder / "upgrade.sql").read_text(encoding="utf-8"))


@pytest.mark.parametrize("own", ["", "earlier", "release"])
def test_a_function_may_be_the_databases_own(
    server: Server, new_database: NewDatabase, psql: Psql, tmp_path: Path, own: str
) -> None:
    """Whoever wrote a uuidv7() for an older server may go on to use it."""
    make = "CREATE FUNCTION uuidv7() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()'"
    add = executes("ALTER TABLE t ADD COLUMN u uuid DEFAULT uuidv7()")
    folder = build(tmp_path, f"{executes(make)}\n{add}" if own == "release" else add)
    database = new_database()
    start(database, folder, psql)
    if own == "earlier":
        assert psql(database, "-c", make).returncode == 0
    preflight = psql(database, script=folder / "preflight.sql")
    upgrade = psql(database, script=folder / "upgrade.sql")
    refused = server.version < 180000 and not own
    assert (preflight.returncode, upgrade.returncode) == ((3, 3) if refused else (0, 0)), upgrade.stderr
    assert ("is too old for uuidv7()" in upgrade.stderr) == refused
    header = words((folder / "upgrade.sql").read_text(encoding="utf-8"))
    assert ("18 for uuidv7() (" in header) == (own != "release")


def test_what_a_body_gets_to_later(server: Server, new_database: NewDatabase, psql: Psql, tmp_path: Path) -> None:
    """An older server takes a body of PL/pgSQL: a note, no refusal."""
    make = "CREATE FUNCTION f() RETURNS uuid LANGUAGE plpgsql AS 'BEGIN RETURN uuidv7(); END'"
    folder = build(tmp_path, executes(make))
    database = new_database()
    start(database, folder, psql)
    preflight = psql(database, script=folder / "preflight.sql")
    said = "takes a body with uuidv7() (migrations/versions/b2_x.py:10), and fails when it gets there: 18 or later"
    assert (said in preflight.stdout) == (server.version < 180000)
    assert preflight.returncode == 0
    assert psql(database, script=folder / "upgrade.sql").returncode == 0


@pytest.mark.parametrize(
    ("declared", "statement", "status", "said"),
    [
        (0, STATEMENTS[15], 0, "warning RL320"),
        (14, STATEMENTS[15], 1, "error RL320"),
        (15, STATEMENTS[15], 0, ""),
        (14, "ALTER TABLE t ADD COLUMN u uuid DEFAULT uuidv7()", 0, "warning RL320"),
    ],
)
def test_lint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], declared: int, statement: str, status: int, said: str
) -> None:
    folder = build(tmp_path, executes(statement), "", f"[tool.release]\npostgresql = {declared}\n" if declared else "")
    capsys.readouterr()
    assert run(["-c", str(tmp_path / "alembic.ini"), "lint", "2.0.0", "--select", "RL320"]) == status
    out = capsys.readouterr().out
    assert ("RL320" in out) == bool(said)
    if said:
        severity, code = said.split()
        assert severity in out
        assert code in out
        assert f"must suit {declared or 13}" in out
    lowest = max(declared, 13)
    assert f'"postgresql": {lowest}' in (folder / "upgrade.sql").read_text(encoding="utf-8")


def test_rehearsal_on_a_server_that_is_too_old(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    major = server.major
    newer = min(major + 1, NEWEST_SERVER)
    build(tmp_path, executes(STATEMENTS[newer]))
    status = run(
        ["-c", str(tmp_path / "alembic.ini"), "rehearse", "2.0.0", "--server", server.conninfo(server.maintenance)]
    )
    if newer == major:
        assert status == 1  # its downgrade undoes nothing
        return
    assert status == 2
    assert (
        f"the server is PostgreSQL {major}, and upgrade.sql of release 2.0.0 needs {newer} or later: {TITLES[newer]}"
        " (migrations/versions/b2_x.py:10)" in capsys.readouterr().err
    )
