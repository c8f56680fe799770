"""The header of upgrade.sql and rollback.sql: one screen, all comments, and a table of segments that is true."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest

from release.model import LockMode
from release.pipeline.plan import make_release, open_project
from release.plan.pages import make_pages
from release.plan.segment_table import LockHold, SegmentRow
from release.render.scripts import render_scripts
from release.render.segment_table import WIDTH, segment_table
from release.scratch.server import Server
from tests.copies import ROOT
from tests.databases import NewDatabase
from tests.projects import Revision, build_two, write_project

SCREEN = 56


def header_of(text: str) -> list[str]:
    return text.partition("\n\n")[0].splitlines()


@pytest.mark.parametrize(("start", "end"), [("base", "002"), ("002", "005"), ("005", "009")])
def test_a_header_fits_a_screen(start: str, end: str) -> None:
    project = open_project(ROOT / "alembic.ini")
    begin, last = (project.history.resolve(each) for each in (start, end))
    planned = make_release(project, "1.0.0", "A title", "2026-01-01", begin, last)
    scripts = {each.name: each.text for each in render_scripts(make_pages(planned, project.settings))}
    for name in ("upgrade.sql", "rollback.sql"):
        lines = header_of(scripts[name])
        print(f"{start} -> {end}: the header of {name} has {len(lines)} lines")  # noqa: T201  # pytest -s shows it
        assert len(lines) <= SCREEN
        for line in lines:
            assert line.isascii()
            assert line.startswith("--")
            assert len(line) <= WIDTH


# tables: t (id int PRIMARY KEY, a int, b text), u (id int, t_id int REFERENCES t); an index i on t
MADE = """
op.execute("CREATE TABLE t (id int PRIMARY KEY, a int, b text)")
op.execute("CREATE TABLE u (id int, t_id int REFERENCES t)")
op.execute("CREATE INDEX i ON t (a)")
op.execute("CREATE VIEW v AS SELECT id FROM u")
"""

AE, SUE, SRE, RE = "ACCESS EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE ROW EXCLUSIVE", "ROW EXCLUSIVE"
T_WAITS = "t: all wait"

# statements; then what the table says of them: what, (lock, how long)..., the application meanwhile
CASES = [
    (("CREATE TABLE n (id int)",), "CREATE TABLE n", (("nothing that others use", "moment"),), "goes on"),
    (("CREATE INDEX j ON t (b)",), "index j", (("SHARE t", "index"),), "t: writes wait"),
    (
        ("CREATE UNIQUE INDEX j ON t (b)",),
        "index UNIQUE j",
        (("SHARE t", "index"),),
        "t: writes wait; from here j refuses duplicates",
    ),
    (("ALTER TABLE t ADD c int",), "add t.c", ((f"{AE} t", "moment"),), T_WAITS),
    (
        ("ALTER TABLE t ADD c int NOT NULL",),
        "add t.c",
        ((f"{AE} t", "scan"),),
        "t NOT AVAILABLE; from here an INSERT without t.c fails",
    ),
    (
        ("ALTER TABLE t ADD c int NOT NULL DEFAULT 1", "ALTER TABLE t ALTER c DROP DEFAULT"),
        "add t.c; default of t.c",
        ((f"{AE} t", "moment"),),
        f"{T_WAITS}; from here t.c has no default",
    ),
    (("ALTER TABLE t ADD c int NOT NULL DEFAULT 1",), "add t.c", ((f"{AE} t", "moment"),), T_WAITS),
    (
        ("ALTER TABLE t ALTER a TYPE bigint",),
        "type of t.a",
        ((f"{AE} t, perhaps others by foreign keys", "REWRITE"),),
        "t NOT AVAILABLE; from here t.a is of another type",
    ),
    (
        ("ALTER TABLE t ALTER a SET NOT NULL",),
        "t.a NOT NULL",
        ((f"{AE} t", "scan"),),
        "t NOT AVAILABLE; from here t.a must not be NULL",
    ),
    (
        ("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID",),
        "CHECK c NOT VALID",
        ((f"{AE} t", "moment"),),
        f"{T_WAITS}; from here c refuses rows",
    ),
    (
        ("ALTER TABLE u ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES t NOT VALID",),
        "FOREIGN KEY f NOT VALID",
        ((f"{SRE} t, u", "moment"),),
        "t, u: writes wait; from here f refuses rows",
    ),
    (
        ("ALTER TABLE t DROP COLUMN b",),
        "drop t.b",
        ((f"{AE} t, perhaps others by foreign keys", "moment"),),
        f"{T_WAITS}; from here what uses t.b fails",
    ),
    (
        ("ALTER TABLE t RENAME TO n",),
        "rename t to n",
        ((f"{AE} t", "moment"),),
        f"{T_WAITS}; from here what uses t fails",
    ),
    # whoever used the old name finds a view
    (
        ("ALTER TABLE t RENAME TO n", "CREATE VIEW t AS SELECT * FROM n"),
        "rename t to n; CREATE VIEW t",
        ((f"{AE} t", "moment"),),
        T_WAITS,
    ),
    (("ALTER TABLE t RENAME COLUMN a TO c",), "rename t.a to c", ((f"{AE} t", "moment"),),
     f"{T_WAITS}; from here what uses t.a fails"),
    (("UPDATE t SET a = 1",), "UPDATE t", ((f"{RE} t", "rows"),), "t: writes on the same rows wait"),
    (("INSERT INTO t VALUES (1)",), "INSERT t", ((f"{RE} t", "rows"),), "t: writes of the same keys wait"),
    # the lock of ALTER TABLE is not held while rows change, and that of UPDATE is
    (
        ("# release: together", "UPDATE t SET a = 1", "ALTER TABLE t ADD c int"),
        "UPDATE t; add t.c",
        ((f"{AE} t", "moment"), (f"{RE} t", "rows")),
        f"{T_WAITS}; t: writes on the same rows wait",
    ),
    (
        ("# release: together", "ALTER TABLE t ADD c int", "UPDATE t SET c = 1"),
        "add t.c; UPDATE t",
        ((f"{AE} t", "rows"),),
        "t NOT AVAILABLE",
    ),
    (
        ("DROP INDEX i",),
        "drop index i",
        ((f"{AE} the table of i", "moment"),),
        "the table of i: all wait",
    ),
    (
        ("DROP TABLE u CASCADE",),
        "DROP TABLE u",
        ((f"{AE} u, perhaps others, as noted below", "moment"),),
        "u: all wait; from here what uses u fails",
    ),
    (
        ("DO $$ BEGIN EXECUTE 'SELECT 1'; END $$",),
        "DO",
        (("what its text decides", "unknown"),),
        "not known here",
    ),
    (
        ("CREATE POLICY p ON t",),
        "CREATE POLICY p on t",
        ((f"{AE} t", "moment"),),
        f"{T_WAITS}; from here t has other row security",
    ),
    (
        ("ALTER TABLE t ENABLE ROW LEVEL SECURITY",),
        "row security of t",
        ((f"{AE} t", "moment"),),
        f"{T_WAITS}; from here t may have other row security",
    ),
    (
        ("ALTER TABLE t DISABLE TRIGGER ALL",),
        "triggers of t",
        ((f"{SRE} t", "moment"),),
        "t: writes wait; from here t may have other triggers",
    ),
    (
        ("ALTER TABLE t SET SCHEMA s",),
        "move t to schema s",
        ((f"{AE} t", "moment"),),
        f"{T_WAITS}; from here t is in schema s",
    ),
    (("REVOKE SELECT ON t FROM PUBLIC",), "REVOKE t", (("nothing that others use", "moment"),),
     "goes on; from here others have fewer rights"),
]  # fmt: skip


def rows_of(root: Path, *statements: str) -> tuple[SegmentRow, ...]:
    body = "\n".join(each if each.startswith("#") else f"op.execute({each!r})" for each in statements)
    first = Revision("a1", MADE)
    ini = write_project(root, first, Revision("b2", body, "pass", down="a1"))
    project = open_project(ini)
    start, end = (project.history.resolve(each) for each in ("a1", "b2"))
    planned = make_release(project, "1.0", "", "2026-01-01", start, end)
    return make_pages(planned, project.settings).upgrade.header.table


@pytest.mark.parametrize(("statements", "what", "holds", "meanwhile"), CASES, ids=[case[0][0] for case in CASES])
def test_what_the_table_says_of_a_segment(
    tmp_path: Path, statements: tuple[str, ...], what: str, holds: tuple[tuple[str, str], ...], meanwhile: str
) -> None:
    (row,) = rows_of(tmp_path, *statements)
    told = (row.what, tuple((each.locks, each.lasts) for each in row.holds), row.meanwhile)
    assert told == (what, holds, meanwhile)


def test_a_foreign_key_that_the_release_has_made_is_known_when_its_table_is_dropped(tmp_path: Path) -> None:
    drop = """
    op.execute("DROP VIEW v")
    op.execute("DROP TABLE u")
    """
    project = open_project(write_project(tmp_path, Revision("a1", MADE, drop)))
    planned = make_release(project, "1.0", "", "2026-01-01", (), project.history.resolve("a1"))
    (row,) = make_pages(planned, project.settings).rollback.header.table
    assert [(each.locks, each.lasts) for each in row.holds] == [(f"{AE} t, u, v", "moment")]
    assert row.meanwhile == "t, u, v: all wait; from here what uses v, u fails"


HOSTILE = (
    "x\n\\! touch owned",
    "x\r\n; DROP TABLE t; --",
    'quo"te',
    "e\x1b[2J\u202e",
    "n" * 63,
    "\u0440\u044f\u0434\u2028",
    "two words",
    "a, b; c wait",
)


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_no_name_breaks_out_of_the_table(tmp_path: Path, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    first = Revision("a1", f"op.execute({f'CREATE TABLE {quoted} ({quoted} int)'!r})")
    statements = (
        f"ALTER TABLE {quoted} ADD CONSTRAINT {quoted} CHECK (true) NOT VALID",
        f"ALTER TABLE {quoted} RENAME COLUMN {quoted} TO c",
        f"DROP TABLE {quoted}",
    )
    for number, statement in enumerate(statements):
        second = Revision("b2", f"op.execute({statement!r})", "pass", name, down="a1")
        folder = tmp_path / str(number)
        folder.mkdir()
        scripts = build_two(folder, first, second)
        for script in ("upgrade.sql", "rollback.sql"):
            lines = header_of((scripts / "1.1" / script).read_text(encoding="utf-8"))
            assert any(line.startswith("-- seg  rev.") for line in lines)
            for line in lines:
                assert line.startswith("--")
                assert line.isascii()
                assert line.isprintable()
                assert len(line) <= WIDTH


def test_a_long_word_is_broken_and_no_line_is_wider_than_a_screen() -> None:
    long = "w" * 70
    row = SegmentRow(
        1,
        ("a" * 32, "b2"),
        f"add {long}.{long}",
        (LockHold(LockMode.ACCESS_EXCLUSIVE, f"{AE} {long}", "REWRITE, index"),),
        f"{long} waits",
        "lossy",
    )
    lines = segment_table((row,)).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert all(line.startswith("-- ") for line in lines)
    assert "".join(lines).count("w") >= 4 * 70


@pytest.mark.parametrize(("statements", "what", "holds", "meanwhile"), CASES, ids=[case[0][0] for case in CASES])
def test_the_application_sees_what_the_table_says(
    server: Server,
    new_database: NewDatabase,
    statements: tuple[str, ...],
    what: str,
    holds: tuple[tuple[str, str], ...],
    meanwhile: str,
) -> None:
    if "not known" in meanwhile:
        pytest.skip("nothing is said")
    database = new_database()
    stopped = names_in(meanwhile, r"(?:^|; )([^:;]+): all wait", r"(\S+) NOT AVAILABLE")
    waiting = stopped | names_in(meanwhile, r"(?:^|; )([^:;]+): writes wait")
    gone = names_in(meanwhile, r"what uses (.+?) fails")
    with server.connect(database) as script, server.connect(database) as application:
        for statement in re.findall(r'op\.execute\("(.*)"\)', MADE):
            script.execute(statement.encode())
        script.execute("CREATE SCHEMA s")
        application.execute("SET lock_timeout = '50ms'")

        def works(statement: str) -> bool:
            try:
                application.execute(statement.encode())
            except psycopg.Error:
                return False
            return True

        script.execute("BEGIN")
        for statement in statements:
            if not statement.startswith("#"):
                script.execute(statement.encode())
        for table in ("t", "u"):
            if table in waiting or "perhaps" not in f"{meanwhile} {holds}":
                assert works(f"SELECT FROM {table}") is (table not in stopped)
                assert works(f"INSERT INTO {table} (id) SELECT 7 WHERE false") is (table not in waiting)
        script.execute("COMMIT")
        for query in (f"SELECT {column} FROM {table}" for table, column in (("t", "a"), ("t", "b"), ("u", "id"))):
            table, column = query.split()[3], query.split()[1]
            moved = f"{table} is in schema" in meanwhile
            assert works(query) is not (moved or table in gone or f"{table}.{column}" in gone)


def names_in(told: str, *patterns: str) -> set[str]:
    """The names that a table of segments gives to some phrase."""
    found = {name for pattern in patterns for names in re.findall(pattern, told) for name in names.split(", ")}
    return {"t" if name == "the table of i" else name for name in found}
