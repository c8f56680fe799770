"""Databases in other encodings than UTF8: our own text is ASCII, so that it can be said in each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg.sql import SQL, Identifier, Literal

from release.cli import run
from release.pipeline.plan import make_release, open_project
from release.plan.pages import make_pages
from release.render import render_scripts
from release.scratch.server import Server
from tests.attacks.conftest import Bundles
from tests.faults.trial import BUNDLES, Ran, by_psql
from tests.faults.trial import VERSIONS as ARXOS
from tests.projects import Revision, write_project

ENCODINGS = ("LATIN1", "LATIN9", "WIN1252", "EUC_JP", "SQL_ASCII")
TEMPLATES = BUNDLES.parent / "release" / "templates"
# What the server says of text that its database cannot hold (SQLSTATE 22P05 and 22021), and of a session's encoding.
UNTOLD = ("has no equivalent in encoding", "invalid byte sequence for encoding", "conversion between")

NewEncoded = Callable[[str], str]


@pytest.fixture
def new_encoded(server: Server) -> Iterator[NewEncoded]:
    """Give databases of an encoding, in the C locale, that are dropped after the test."""
    made: list[str] = []

    def create(encoding: str) -> str:
        name = f"{server.prefix}encoded{len(made)}_{encoding.lower()}"
        with server.connect(server.maintenance) as connection:
            connection.execute(
                SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE 'C' LC_CTYPE 'C'").format(
                    Identifier(name), Literal(encoding)
                )
            )
        made.append(name)
        return name

    yield create
    with server.connect(server.maintenance) as connection:
        for name in made:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def assert_done(ran: Ran, status: int = 0) -> None:
    for words in UNTOLD:
        assert words not in ran.err, ran.err
    assert ran.status == status, ran.out + ran.err


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_there_and_back(server: Server, new_encoded: NewEncoded, small: Bundles, encoding: str) -> None:
    """With every file, and with what a script says when it refuses and when it has nothing to do."""
    database = new_encoded(encoding)
    for version in small.versions:
        for name in ("preflight", "upgrade", "monitor", "verify", "upgrade"):
            assert_done(by_psql(server, database, small.script(version, name)))
    for name in ("preflight", "upgrade"):
        assert_done(by_psql(server, database, small.script("1.0", name)), 3)
    for version in reversed(small.versions):
        assert_done(by_psql(server, database, small.script(version, "rollback")))
        assert_done(by_psql(server, database, small.script(version, "verify"), variables={"direction": "rollback"}))


@pytest.mark.slow
@pytest.mark.usefixtures("postgis")
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_large_releases(server: Server, new_encoded: NewEncoded, encoding: str) -> None:
    database = new_encoded(encoding)
    with server.connect(database) as connection:
        connection.execute("CREATE EXTENSION postgis")
    for version in ARXOS:
        for name in ("preflight", "upgrade", "verify"):
            assert_done(by_psql(server, database, BUNDLES / version / f"{name}.sql"))
    for version in reversed(ARXOS):
        assert_done(by_psql(server, database, BUNDLES / version / "rollback.sql"))


def test_a_name_that_the_database_cannot_hold(server: Server, new_encoded: NewEncoded, tmp_path: Path) -> None:
    """Which the encoding is, and that it is the encoding, is said in a sentence; nothing has changed."""
    up = "op.create_table('kept', sa.Column('id', sa.Integer()), sa.Column('\u0142\u00f3d\u017a', sa.Integer()))"
    ini = write_project(tmp_path, Revision("a1", up, "op.drop_table('kept')"))
    assert run(["-c", str(ini), "build", "1.0", "--no-lint"]) == 0
    database = new_encoded("LATIN1")
    for name in ("upgrade", "preflight"):
        ran = by_psql(server, database, tmp_path / "scripts" / "1.0" / f"{name}.sql")
        assert_done(ran, 3)
        assert any("LATIN1" in line for line in (ran.out + ran.err).splitlines()), ran.err
    with server.connect(database) as connection:
        assert connection.execute("SELECT FROM pg_tables WHERE schemaname = 'public'").fetchall() == []
    assert_done(by_psql(server, new_encoded("UTF8"), tmp_path / "scripts" / "1.0" / "upgrade.sql"))


def test_templates_are_ascii() -> None:
    files = [file for file in sorted(TEMPLATES.rglob("*")) if file.is_file()]
    assert len(files) > 10
    assert [file.name for file in files if not file.read_text(encoding="utf-8").isascii()] == []


@pytest.mark.parametrize("plain", [False, True], ids=["psql", "plain"])
def test_what_we_write_is_ascii(*, plain: bool) -> None:
    """In all that our own text can say of a large history; the authors' names and titles are ASCII here."""
    project = open_project(BUNDLES.parent / "alembic.ini")
    project = replace(project, settings=replace(project.settings, plain=plain, history=not plain))
    end = project.history.resolve("005" if plain else "heads")  # what follows is more than one transaction
    planned = make_release(project, "1.0.0", "All of it", "2026-01-01", (), end)
    scripts = render_scripts(make_pages(planned, project.settings))
    ours = [part.text for script in scripts for part in script.parts if not part.source]
    assert len(ours) > 4
    assert [line for text in ours for line in text.splitlines() if not line.isascii()] == []
