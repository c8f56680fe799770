"""Releases after which all is as it should be: no script, and no rule about the way back, may say otherwise."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from release.cli import run
from release.lint.round_trip import left_over
from release.lint.run import release_case
from release.model import Name, parts_in
from release.pipeline.plan import make_release, open_project
from release.plan.pages import make_pages
from release.render import render_scripts
from release.scratch.server import Server
from tests.databases import Dump, NewDatabase, Psql
from tests.projects import ENV, Revision, build_two, write_project

BOOKS = ("public.alembic_version", "public.release_history", "public.release_history_id_seq")


@dataclass(frozen=True, slots=True)
class Case:
    """What is there, and a release of it with its way back.

    Attributes:
        said, unsaid: in what verify.sql prints after the upgrade.
        since: the first major version of PostgreSQL that has it.
        dumps: the rollback brings back the very definitions.
    """

    name: str
    start: tuple[str, ...]
    up: tuple[str, ...]
    down: tuple[str, ...]
    said: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    since: int = 13
    dumps: bool = True


T = "CREATE TABLE t (id int PRIMARY KEY, a int, b text)"
T2 = "CREATE TABLE n (v value DEFAULT 'a')"
P = "CREATE TABLE p (id int PRIMARY KEY)"

CASES = (
    Case(
        "types whose names are keywords",
        (
            T,
            'CREATE TYPE "order" AS (a int)',
            "CREATE TYPE \"merge_action\" AS ENUM ('x')",
            'CREATE DOMAIN "between" AS int',
        ),
        (
            'CREATE TABLE n (a json, b json[], c xml, d "char", e "order", f "merge_action", g "between")',
            'ALTER TABLE n ADD h "merge_action"[], ADD i public."order", ADD j pg_catalog.json',
            "ALTER TABLE t ADD j json, ALTER b TYPE json USING b::json",
            "CREATE DOMAIN doc AS json",
            'CREATE TYPE pair AS (x json, y "merge_action")',
            "CREATE FUNCTION f(a json, b \"merge_action\") RETURNS json LANGUAGE sql AS 'SELECT a'",
            'CREATE FUNCTION g() RETURNS "merge_action" LANGUAGE sql AS $$ SELECT NULL::"merge_action" $$',
        ),
        (
            "DROP FUNCTION g",
            'DROP FUNCTION f(json, "merge_action")',
            "DROP TYPE pair",
            "DROP DOMAIN doc",
            "ALTER TABLE t ALTER b TYPE text",
            "ALTER TABLE t DROP j",
            "DROP TABLE n",
        ),
        said=("n.a (json", "t.b (json"),
    ),
    Case(
        "columns whose names are keywords to some servers",
        (T,),
        (
            'CREATE TABLE n ("merge_action" int, "json_table" int, "user" int)',
            'ALTER TABLE n ADD CONSTRAINT k UNIQUE ("merge_action", "json_table", "user")',
            'CREATE TABLE "json_object" ("json_array" int, CONSTRAINT m PRIMARY KEY ("json_array"))',
            'ALTER TABLE "json_object" ADD CONSTRAINT r FOREIGN KEY ("json_array") REFERENCES t (id)',
            'CREATE TABLE x (a int, CONSTRAINT rr FOREIGN KEY (a) REFERENCES "json_object" ("json_array"))',
        ),
        ("DROP TABLE x", 'DROP TABLE "json_object"', "DROP TABLE n"),
    ),
    Case(
        "functions of one name",
        (T, "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'"),
        (
            "CREATE FUNCTION f(a text) RETURNS int LANGUAGE sql AS 'SELECT 2'",
            "CREATE FUNCTION f(a t.b%TYPE, b int) RETURNS int LANGUAGE sql AS 'SELECT 3'",
            "DROP FUNCTION f(int)",
        ),
        (
            "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "DROP FUNCTION f(text, int)",
            "DROP FUNCTION f(text)",
        ),
        said=("f(text) (LANGUAGE", "f(integer) is gone"),
    ),
    Case(
        "a trigger of a function in a schema",
        (T, "CREATE SCHEMA app", "CREATE FUNCTION app.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"),
        ("CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION app.f()",),
        ("DROP TRIGGER g ON t",),
    ),
    Case(
        "an unnamed foreign key",
        (P, T, "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p"),
        ("ALTER TABLE t DROP CONSTRAINT t_a_fkey", "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p ON DELETE CASCADE"),
        ("ALTER TABLE t DROP CONSTRAINT t_a_fkey", "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p"),
        said=("t.t_a_fkey (FOREIGN KEY",),
    ),
    Case(
        "unnamed, dropped by name on the way back",
        (P, T),
        (
            "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p",
            "ALTER TABLE t ADD CHECK (a > 0)",
            "ALTER TABLE t ADD UNIQUE (a, b)",
            "CREATE INDEX ON t (b)",
            "CREATE INDEX ON t (lower(b))",
            "CREATE TABLE n (id serial PRIMARY KEY, a int UNIQUE CHECK (a > 1) REFERENCES p)",
            "ALTER TABLE t ADD s serial",
        ),
        (
            "ALTER TABLE t DROP s",
            "DROP TABLE n",
            "DROP INDEX t_lower_idx",
            "DROP INDEX t_b_idx",
            "ALTER TABLE t DROP CONSTRAINT t_a_b_key",
            "ALTER TABLE t DROP CONSTRAINT t_a_check",
            "ALTER TABLE t DROP CONSTRAINT t_a_fkey",
        ),
    ),
    Case(
        "an unnamed one dropped in the release",
        (P, T),
        (
            "ALTER TABLE t ADD CHECK (a > 0)",
            "ALTER TABLE t DROP CONSTRAINT t_a_check",
            "CREATE INDEX ON t (b)",
            "DROP INDEX t_b_idx",
        ),
        ("SELECT 1",),
        unsaid=("t_a_check", "t_b_idx"),
    ),
    Case(
        "a key's index renamed, and the table dropped",
        (T,),
        ("ALTER INDEX t_pkey RENAME TO pk_t", "DROP TABLE t"),
        (T,),
        unsaid=("pk_t",),
    ),
    Case(
        "a new key's index renamed, and the table dropped on the way back",
        (),
        (T, "ALTER INDEX t_pkey RENAME TO pk_t"),
        ("DROP TABLE t",),
        said=("public.t.pk_t",),
    ),
    Case(
        "a key by the constraint's name and its index's",
        (T,),
        ("ALTER TABLE t RENAME CONSTRAINT t_pkey TO pk_t", "ALTER INDEX pk_t RENAME TO key_t"),
        ("ALTER INDEX key_t RENAME TO t_pkey",),
        said=("key_t",),
    ),
    Case(
        "a key made of an index",
        ("CREATE TABLE t (id int NOT NULL)",),
        (
            "CREATE UNIQUE INDEX u ON t (id)",
            "ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY USING INDEX u",
            "ALTER INDEX k RENAME TO l",
        ),
        ("ALTER TABLE t DROP CONSTRAINT l",),
        said=("t.l (PRIMARY KEY",),
    ),
    Case(
        "a key made of an index, without a name of its own",
        ("CREATE TABLE t (id int NOT NULL)",),
        ("CREATE UNIQUE INDEX u ON t (id)", "ALTER TABLE t ADD PRIMARY KEY USING INDEX u"),
        ("ALTER TABLE t DROP CONSTRAINT u",),
    ),
    Case(
        "a serial that becomes an identity",
        ("CREATE TABLE t (id serial PRIMARY KEY, a int)",),
        (
            "ALTER TABLE t ALTER id DROP DEFAULT",
            "DROP SEQUENCE t_id_seq",
            "ALTER TABLE t ALTER id ADD GENERATED BY DEFAULT AS IDENTITY",
        ),
        (
            "ALTER TABLE t ALTER id DROP IDENTITY",
            "CREATE SEQUENCE t_id_seq AS int OWNED BY t.id",
            "ALTER TABLE t ALTER id SET DEFAULT nextval('t_id_seq')",
        ),
    ),
    Case(
        "an identity that becomes a serial",
        ("CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, a int)",),
        (
            "ALTER TABLE t ALTER id DROP IDENTITY",
            "CREATE SEQUENCE t_id_seq AS int OWNED BY t.id",
            "ALTER TABLE t ALTER id SET DEFAULT nextval('t_id_seq')",
        ),
        (
            "ALTER TABLE t ALTER id DROP DEFAULT",
            "DROP SEQUENCE t_id_seq",
            "ALTER TABLE t ALTER id ADD GENERATED ALWAYS AS IDENTITY",
        ),
    ),
    Case(
        "sequences that go with their columns",
        (T,),
        (
            "CREATE TABLE n (id serial, i int GENERATED ALWAYS AS IDENTITY, o int)",
            "CREATE SEQUENCE own OWNED BY n.o",
            "CREATE SEQUENCE other",
            "ALTER SEQUENCE other OWNED BY t.a",
            "ALTER SEQUENCE n_id_seq RENAME TO numbers",
            "ALTER TABLE n DROP o",
        ),
        ("DROP TABLE n", "DROP SEQUENCE other"),
        unsaid=(" own",),
    ),
    Case(
        "a sequence that goes with its table on the way back",
        (T,),
        (
            "CREATE TABLE n (id int)",
            "CREATE SEQUENCE own OWNED BY n.id",
            "ALTER TABLE n ALTER id SET DEFAULT nextval('own')",
        ),
        ("DROP TABLE n",),
    ),
    Case(
        "indexes attached to partitions",
        (
            "CREATE TABLE m (id int, d int) PARTITION BY RANGE (d)",
            "CREATE TABLE m1 PARTITION OF m FOR VALUES FROM (0) TO (9)",
            "CREATE TABLE m2 PARTITION OF m FOR VALUES FROM (9) TO (19)",
        ),
        (
            "CREATE INDEX m_i ON ONLY m (id)",
            "CREATE INDEX m1_i ON m1 (id)",
            "ALTER INDEX m_i ATTACH PARTITION m1_i",
            "CREATE INDEX m2_i ON m2 (id)",
            "ALTER INDEX m_i ATTACH PARTITION m2_i",
        ),
        ("DROP INDEX m_i",),
        said=("m1_i",),
    ),
    Case(
        "an index on all partitions",
        ("CREATE TABLE m (id int, d int) PARTITION BY RANGE (d)",),
        (
            "CREATE TABLE m1 PARTITION OF m FOR VALUES FROM (0) TO (9)",
            "CREATE INDEX m_i ON m (id)",
            "ALTER INDEX m1_id_idx RENAME TO m1_i",
        ),
        ("DROP INDEX m_i", "DROP TABLE m1"),
    ),
    Case(
        "another schema in front",
        (T, "CREATE SCHEMA extra", "CREATE TABLE extra.kept (id int)"),
        (
            "SET LOCAL search_path = extra, public",
            "CREATE TABLE n (id int)",
            "CREATE INDEX n_i ON n (id)",
            "ALTER TABLE kept ADD a int",
        ),
        ("SET LOCAL search_path = extra, public", "ALTER TABLE kept DROP a", "DROP INDEX n_i", "DROP TABLE n"),
        said=("extra.n", "extra.n_i", "extra.kept.a"),
    ),
    Case(
        "a table in the second schema of a path",
        (T, "CREATE SCHEMA extra", "CREATE INDEX old ON t (a)"),
        (
            "SET LOCAL search_path = extra, public",
            "ALTER TABLE t RENAME TO u",
            "ALTER TABLE u ADD c int UNIQUE, ADD CONSTRAINT k CHECK (c > 0)",
            "CREATE INDEX i ON u (c)",
            "DROP INDEX old",
            "CREATE TABLE t (id int)",
            "ALTER TABLE public.u ADD d int",
        ),
        (
            "ALTER TABLE u DROP d",
            "SET LOCAL search_path = extra, public",
            "DROP TABLE t",
            "CREATE INDEX old ON u (a)",
            "DROP INDEX i",
            "ALTER TABLE u DROP CONSTRAINT k, DROP c",
            "ALTER TABLE u RENAME TO t",
        ),
    ),
    Case(
        "an index made again under its name, both ways",
        (T, "CREATE INDEX i ON t (a)"),
        ("DROP INDEX i", "CREATE INDEX i ON t (a, b)"),
        ("DROP INDEX i", "CREATE INDEX i ON t (a)"),
    ),
    Case(
        "a constraint made again under its name, both ways",
        (T, "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)"),
        ("ALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (a > 1)",),
        ("ALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (a > 0)",),
    ),
    Case(
        "dots in names",
        (
            'CREATE SCHEMA "my.app"',
            'CREATE TABLE "my.app"."x.t" (id int PRIMARY KEY, "a.b" int)',
            'CREATE TABLE "x.t" (id int)',
        ),
        (
            'ALTER TABLE "my.app"."x.t" ADD "c.d" int, ADD CONSTRAINT "k.l" CHECK ("a.b" > 0)',
            'CREATE INDEX "i.j" ON "my.app"."x.t" ("c.d")',
            'CREATE TYPE "my.app"."e.f" AS ENUM (\'a.b\')',
            'ALTER TABLE "x.t" ADD e "my.app"."e.f"',
            'ALTER TABLE "x.t" RENAME TO "y.t"',
            'CREATE TABLE "u.v" (id serial PRIMARY KEY)',
        ),
        (
            'DROP TABLE "u.v"',
            'ALTER TABLE "y.t" RENAME TO "x.t"',
            'ALTER TABLE "x.t" DROP e',
            'DROP TYPE "my.app"."e.f"',
            'DROP INDEX "my.app"."i.j"',
            'ALTER TABLE "my.app"."x.t" DROP CONSTRAINT "k.l", DROP "c.d"',
        ),
        said=('column "my.app"."x.t"."c.d"', 'constraint "my.app"."x.t"."k.l"', 'type "my.app"."e.f" (labels \'a.b\')'),
    ),
    Case(
        "labels, which no rollback takes away",
        ("CREATE TYPE value AS ENUM ('a')", T),
        ("ALTER TYPE value ADD /* one */ VALUE 'b' BEFORE 'a'", "alter type value add value if not exists 'c'", T2),
        ("DROP TABLE n",),
        dumps=False,
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_all_is_well(
    case: Case, server: Server, psql: Psql, dump: Dump, new_database: NewDatabase, tmp_path: Path
) -> None:
    if server.major < case.since:
        pytest.skip(f"PostgreSQL {case.since} has it")
    first, second = _revisions(case)
    scripts = build_two(tmp_path, first, second)
    database = new_database()
    assert psql(database, script=scripts / "1.0/upgrade.sql").returncode == 0
    before = dump(database, exclude=BOOKS)
    for turn in (1, 2):
        for arguments in (
            ("preflight",),
            ("upgrade",),
            ("verify",),
            ("rollback",),
            ("verify", "-v", "direction=rollback"),
        ):
            script, *more = arguments
            done = psql(database, *more, script=scripts / "1.1" / f"{script}.sql")
            assert done.returncode == 0, f"turn {turn}, {script}\n{done.stdout}\n{done.stderr}"
            if arguments == ("verify",):
                assert all(words in done.stdout for words in case.said), done.stdout
                assert not any(words in done.stdout for words in case.unsaid), done.stdout
    if case.dumps:
        assert dump(database, exclude=BOOKS) == before


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_is_left_or_missed(case: Case, tmp_path: Path) -> None:
    first, second = _revisions(case)
    ini = build_two(tmp_path, first, second).parent / "alembic.ini"
    project = open_project(ini)
    planned = make_release(project, "1.1", "title", "2026-01-01", ("a1",), ("a2",))
    found = left_over(
        release_case(planned, render_scripts(make_pages(planned, project.settings)), ((), ()), project.settings)
    )
    assert found == ((), ())


def _revisions(case: Case) -> tuple[Revision, Revision]:
    first, up, down = (
        "\n".join(f"op.execute({sql!r})" for sql in group) or "pass" for group in (case.start, case.up, case.down)
    )
    return Revision("a1", first), Revision("a2", up, down, down="a1")


def test_a_name_with_a_dot_is_told_as_one(tmp_path: Path) -> None:
    """In no line that a script prints could it be a name in a schema."""
    case = next(case for case in CASES if case.name == "dots in names")
    scripts = build_two(tmp_path, *_revisions(case))
    for script in (scripts / "1.1" / f"{name}.sql" for name in ("upgrade", "rollback", "verify")):
        text = script.read_text(encoding="utf-8")
        for name in ("my.app", "x.t", "a.b", "c.d", "k.l", "i.j", "e.f", "u.v", "y.t"):
            bare = [
                line for line in text.splitlines() if re.search(rf"(?<![\"'\w.]){re.escape(name)}(?![\"'\w])", line)
            ]
            assert not bare, (script.name, name, bare)


@pytest.mark.parametrize("name", [Name("a"), Name("a", "s"), Name("a.b", "s"), Name('a"b', "s.t"), Name("x.y")])
def test_a_name_is_read_back(name: Name) -> None:
    *schema, own = parts_in(str(name))
    assert Name(own, schema[0] if schema else "") == name


CHECKED = (
    "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID",
    "ALTER TABLE t VALIDATE CONSTRAINT c",
    "ALTER TABLE t ALTER a SET NOT NULL",
    "ALTER TABLE t DROP CONSTRAINT c",
    "ALTER TABLE t ADD x int",
)
KEYED = (
    "ALTER TABLE t ADD x int",
    "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (x) REFERENCES p NOT VALID",
    "ALTER TABLE t VALIDATE CONSTRAINT f",
)


@pytest.mark.parametrize(
    ("up", "down", "words", "told"),
    [
        (CHECKED, "ALTER TABLE t DROP x", "foreign key references", False),
        (CHECKED, "ALTER TABLE t DROP x", "foreign key also", False),
        (CHECKED, "ALTER TABLE t DROP x", "ACCESS EXCLUSIVE on t: scans", False),
        (CHECKED[2:3], "SELECT 1", "ACCESS EXCLUSIVE on t: scans", True),
        # what is validated stands in nobody's way
        (CHECKED[1:2], "SELECT 1", "foreign key references", False),
        (KEYED, "ALTER TABLE t DROP x", "foreign key references", False),
        (KEYED, "ALTER TABLE t DROP x", "foreign key also", True),
        (("ALTER TABLE t DROP a",), "SELECT 1", "foreign key also", True),
    ],
)
def test_notes_are_of_what_is_there(tmp_path: Path, up: tuple[str, ...], down: str, words: str, told: bool) -> None:
    folder = build_two(tmp_path, *_revisions(Case("", (T, P), up, (down,)))) / "1.1"
    texts = [(folder / f"{script}.sql").read_text(encoding="utf-8") for script in ("upgrade", "rollback")]
    assert any(words in text.replace("\n-- ", " ") for text in texts) == told


RUN = "        context.run_migrations()"
ENV_WITH_SCHEMA = ENV.replace(RUN, f'        context.execute("CREATE SCHEMA IF NOT EXISTS app")\n{RUN}')


def test_what_env_py_executes_is_part_of_the_first_revision(
    server: Server, psql: Psql, new_database: NewDatabase, tmp_path: Path
) -> None:
    """A release of several segments needs the revision of each of its statements, of these too."""
    head = "def outside(sql):\n    with op.get_context().autocommit_block():\n        op.execute(sql)"
    up = 'outside("CREATE INDEX CONCURRENTLY i ON t (a)")\nop.execute("ALTER TABLE t ADD x int")'
    down = 'op.execute("ALTER TABLE t DROP x")\noutside("DROP INDEX CONCURRENTLY i")'
    first = Revision("a1", f"op.execute({T!r})")
    ini = write_project(tmp_path, first, Revision("a2", up, down, down="a1", head=head), env=ENV_WITH_SCHEMA)
    for version, arguments in (("1.0", ("--to", "a1")), ("1.1", ())):
        assert run(["-c", str(ini), "build", version, *arguments, "--no-lint"]) == 0
    database = new_database()
    for script in ("1.0/upgrade", "1.1/upgrade", "1.1/verify", "1.1/rollback", "1.1/upgrade"):
        done = psql(database, script=tmp_path / "scripts" / f"{script}.sql")
        assert done.returncode == 0, f"{script}: {done.stderr}"


def test_what_was_made_for_a_while_does_not_stay(
    server: Server, psql: Psql, dump: Dump, new_database: NewDatabase, tmp_path: Path
) -> None:
    """An index that would have gone with its column, when the upgrade stops before that."""
    head = "def outside(sql):\n    with op.get_context().autocommit_block():\n        op.execute(sql)"
    up = (
        'op.execute("ALTER TABLE s RENAME TO t")\nop.execute("CREATE INDEX j ON t (b)")\n'
        'outside("CREATE INDEX CONCURRENTLY i ON t (a)")\nop.execute("ALTER TABLE t DROP b")'
    )
    down = (
        'op.execute("ALTER TABLE t ADD b text")\noutside("DROP INDEX CONCURRENTLY i")\n'
        'op.execute("ALTER TABLE t RENAME TO s")'
    )
    first = Revision("a1", f"op.execute({T.replace('TABLE t', 'TABLE s')!r})")
    folder = build_two(tmp_path, first, Revision("a2", up, down, down="a1", head=head))
    database = new_database()
    assert psql(database, script=folder / "1.0/upgrade.sql").returncode == 0
    with server.connect(database) as connection:
        connection.execute(b"CREATE VIEW v AS SELECT b FROM s")
    before = dump(database, exclude=BOOKS)
    assert psql(database, script=folder / "1.1/upgrade.sql").returncode == 3
    assert "INDEX j ON" in dump(database)
    done = psql(database, script=folder / "1.1/rollback.sql")
    assert done.returncode == 0, done.stderr
    assert dump(database, exclude=BOOKS) == before
