"""Scripts that only read: the same text for every release, which calls nothing that somebody planted."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest

from release.cli import run
from release.scratch.server import Server
from tests.databases import NewDatabase, Psql
from tests.projects import Revision, write_project

READING = ("preflight", "verify")
PARENTS = Revision(
    "a1",
    """
    op.execute("CREATE TABLE parents (code varchar(9) PRIMARY KEY)")
    op.execute("CREATE TABLE children (code varchar(9), n integer)")
    """,
    "op.execute('DROP TABLE children')\nop.execute('DROP TABLE parents')",
)
KEY = Revision(
    "b2",
    """
    op.execute("ALTER TABLE children ADD CONSTRAINT up FOREIGN KEY (code) REFERENCES parents (code)")
    op.execute("ALTER TABLE children ADD CONSTRAINT once UNIQUE (n)")
    """,
    "op.execute('ALTER TABLE children DROP CONSTRAINT once, DROP CONSTRAINT up')",
    down="a1",
)


def build(root: Path, *revisions: Revision, settings: str = "") -> Path:
    """Build releases 1.0, 1.1, … of one revision each; give their folder."""
    ini = write_project(root, *revisions, pyproject=f"[tool.release]\n{dedent(settings)}")
    for number, each in enumerate(revisions):
        assert run(["-c", str(ini), "build", f"1.{number}", "--to", each.id, "--no-lint"]) == 0
    return root / "scripts"


def machinery(script: Path) -> str:
    """What `sed -n '/^-- >>> machinery/,/^-- <<< machinery/p'` prints."""
    found = re.findall(r"(?ms)^-- >>> machinery.*?^-- <<< machinery[^\n]*$", script.read_text(encoding="utf-8"))
    assert len(found) > 1
    return "\n".join(found)


@pytest.mark.parametrize("plain", [False, True], ids=["psql", "plain"])
def test_the_machinery_is_the_same_in_every_release(*, plain: bool, tmp_path: Path) -> None:
    scripts = build(tmp_path / "one", PARENTS, KEY, settings=f"plain = {str(plain).lower()}\n")
    settings = f"""
    plain = {str(plain).lower()}
    role = 'Odd "owner'
    timezone = 'Asia/Tokyo'
    search_path = ['aside', 'public']
    """
    others = build(tmp_path / "two", Revision("a1", 'op.execute("CREATE TABLE \\"Łódź\\" ()")'), settings=settings)
    for name in READING:
        bundles = (scripts / "1.0", scripts / "1.1", others / "1.0")
        texts = {machinery(bundle / f"{name}.sql") for bundle in bundles}
        assert len(texts) == 1, name
        assert texts.pop().isascii()
        assert (scripts / f"1.1/{name}.sql").read_text(encoding="utf-8").isascii()


def test_what_the_encoding_of_the_database_does_not_have(server: Server, psql: Psql, tmp_path: Path) -> None:
    revision = Revision("a1", 'op.execute("CREATE TABLE \\"Café Łódź\\" ()")', message="東 in a comment alone")
    scripts = build(tmp_path, revision)
    name = f"{server.prefix}encoded"
    expected = {"LATIN1": "LATIN1, does not have these characters of the release: U+0141, U+017A", "LATIN2": ""}
    for encoding, sentence in (*expected.items(), ("SQL_ASCII", ""), ("UTF8", "")):
        with server.connect(server.maintenance) as connection:
            create = f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
            connection.execute(create.encode())
        try:
            preflight, verify = (psql(name, script=scripts / f"1.0/{each}.sql") for each in READING)
        finally:
            with server.connect(server.maintenance) as connection:
                connection.execute(f"DROP DATABASE {name}".encode())
        assert (preflight.returncode, verify.returncode) == (3 if sentence else 0, 3)
        for done in (preflight, verify):
            assert (sentence and f"refused, nothing changed: the encoding of this database, {sentence}") in done.stderr
            assert "has no equivalent in encoding" not in done.stderr
        if not sentence:
            assert 'table public."Café Łódź": it is missing' in verify.stdout


def without_guard(script: Path) -> str:
    """A preflight.sql whose guard finds nothing: that is laid out for its release, on the path of the authors."""
    settings = "('release.progress', '0'), ('release.findings', '[]')"
    nothing = f"SELECT set_config(s.name, s.value, false) FROM (VALUES {settings}) AS s (name, value);"
    text, count = re.subn(r"(?s)DO \$guard\$.*?\$guard\$;", nothing, script.read_text(encoding="utf-8"))
    assert count == 1
    return text


PLANTED = """
CREATE ROLE planter; GRANT CREATE ON SCHEMA public TO planter; SET ROLE planter;
CREATE FUNCTION public.same(varchar, varchar) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted'; END $$;
CREATE FUNCTION public.both(text, integer) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted'; END $$;
CREATE FUNCTION public.less(bigint, integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted'; END $$;
CREATE FUNCTION public.alike(text[], text[]) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted'; END $$;
CREATE FUNCTION public.unnest(text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted'; END $$;
CREATE FUNCTION public.format(text, text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted'; END $$;
CREATE FUNCTION public.to_regclass(varchar) RETURNS regclass LANGUAGE plpgsql AS $$ BEGIN RAISE 'planted'; END $$;
CREATE OPERATOR public.= (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = public.same);
CREATE OPERATOR public.|| (LEFTARG = text, RIGHTARG = integer, FUNCTION = public.both);
CREATE OPERATOR public.> (LEFTARG = bigint, RIGHTARG = integer, FUNCTION = public.less);
CREATE OPERATOR public.= (LEFTARG = text[], RIGHTARG = text[], FUNCTION = public.alike);
CREATE VIEW public.pg_class AS SELECT 1 AS oid;
"""


@pytest.mark.parametrize("plain", [False, True], ids=["psql", "plain"])
def test_nothing_planted_is_called_and_preflight_names_it(
    *, plain: bool, server: Server, new_database: NewDatabase, psql: Psql, tmp_path: Path
) -> None:
    scripts = build(tmp_path, PARENTS, KEY, settings=f"plain = {str(plain).lower()}\n")
    database = new_database()
    stop = ("-v", "ON_ERROR_STOP=1")
    assert psql(database, *stop, script=scripts / "1.0/upgrade.sql").returncode == 0
    with server.connect(database) as connection:
        connection.execute("INSERT INTO parents VALUES ('a'); INSERT INTO children VALUES ('a', 1), ('b', 1)")
        connection.execute(PLANTED.encode())
    try:
        preflight = psql(database, *stop, input=without_guard(scripts / "1.1/preflight.sql"))
        verify = psql(database, *stop, script=scripts / "1.0/verify.sql")
    finally:
        with server.connect(database) as connection:
            connection.execute("DROP OWNED BY planter CASCADE")
            connection.execute("DROP ROLE planter")
    said = preflight.stdout + preflight.stderr
    assert verify.returncode == 0, verify.stderr
    assert "public.children (code): 1 rows whose parents is missing" in said
    assert "public.children (n): 1 values that are there more than once" in said
    assert not re.search("(?m)ERROR: +planted|: planted$", said)
    for planted in (
        "function public.unnest(text[])",
        "operator public.=(character varying,character varying)",
        "view public.pg_class",
    ):
        assert f"{planted}, of role planter, has a name of pg_catalog's" in said
    assert "function public.same" not in said


def test_a_foreign_key_is_compared_by_the_operator_of_its_type(
    server: Server, new_database: NewDatabase, psql: Psql, tmp_path: Path
) -> None:
    """As the key itself will compare: an extension's type has its operators in the extension's schema."""
    database = new_database()
    with server.connect(database) as connection:
        connection.execute("CREATE SCHEMA aside; CREATE EXTENSION citext SCHEMA aside")
    start = """
    op.execute("CREATE TABLE parents (code aside.citext PRIMARY KEY)")
    op.execute("CREATE TABLE children (code aside.citext, id serial)")
    """
    key = "op.execute('ALTER TABLE children ADD FOREIGN KEY (code) REFERENCES parents')"
    scripts = build(tmp_path, Revision("a1", start), Revision("b2", key, down="a1"))
    assert psql(database, script=scripts / "1.0/upgrade.sql").returncode == 0
    with server.connect(database) as connection:
        connection.execute("INSERT INTO parents VALUES ('A'); INSERT INTO children VALUES ('a')")
        assert psql(database, script=scripts / "1.1/preflight.sql").returncode == 0
        connection.execute("INSERT INTO children VALUES ('b')")
    done = psql(database, script=scripts / "1.1/preflight.sql")
    assert "NO-GO | public.children (code): 1 rows whose parents is missing" in done.stdout
