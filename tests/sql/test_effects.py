"""Every row of the table of statement forms, on a real server; and statements that mix rows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import postgast
import psycopg
import pytest

from release.database.server import Server
from release.model import Effect, LockMode, Name, Work
from release.sql.effects import effects_of
from release.sql.forms import FORMS, TABLE, WORLD, Form
from release.sql.matching import match_statement
from release.sql.tag import command_tag
from release.sql.transactional import runs_in_transaction
from tests.databases import NewDatabase
from tests.sql.observing import Seen, observe

IMPLIED = {
    Work.REWRITE: {Work.SCAN, Work.INDEX, Work.READ, Work.WRITE},
    Work.SCAN: {Work.READ},
    Work.INDEX: {Work.READ},
    Work.WRITE: {Work.READ},
    Work.EMPTY: {Work.INDEX, Work.READ},
}
"""Work that is part of other work: a rewrite builds the indexes again."""



def parse(statement: str) -> object:
    return postgast.unwrap_node(postgast.parse(statement).stmts[0].stmt)


@pytest.fixture(scope="session")
def world(server: Server, postgis_template: str) -> str:
    """Give a database with the schema of the examples, to be copied."""
    name = f"{server.prefix}world"
    server.create_database(name, postgis_template)
    with server.connect(name) as connection:
        connection.execute(WORLD.encode())
    return name


@pytest.fixture
def cluster(server: Server) -> Iterator[None]:
    """Remove the roles and tablespaces that examples make, which are no part of a database."""
    yield
    with server.connect(server.maintenance) as connection:
        connection.execute("DROP ROLE IF EXISTS release_worker")
        connection.execute("DROP TABLESPACE IF EXISTS release_elsewhere")


def without_counts(tag: str) -> str:
    return " ".join(word for word in tag.split() if not word.isdecimal())


def plain(name: Name) -> Name:
    return Name(name.name) if name.schema == "public" else name


def hold(claimed: tuple[Effect, ...], seen: Seen, *, spared: bool = False) -> None:
    """Fail unless what is claimed was seen, and what was seen is claimed.

    An index, and a sequence that a column owns, need no claim of their own while their table has a lock as strong.
    """
    claims = {plain(effect.relation): effect for effect in claimed}
    locks = {name: effect.lock for name, effect in claims.items()}
    for name, lock in seen.locks.items():
        table = locks.get(seen.owner.get(name, Name("")))
        if name not in locks and table and table.value >= lock.value:
            continue
        assert locks.get(name) == lock, f"{name}: {lock} seen, {locks.get(name)} claimed"
    assert locks.keys() <= seen.locks.keys(), f"locks claimed, not seen: {locks.keys() - seen.locks.keys()}"
    for name, effect in claims.items():
        work = set(effect.work) - {Work.CATALOG}
        done = set(seen.work.get(name, ()))
        if Work.READ in done and Work.INDEX not in done:  # a foreign key is checked by a query, which names no table
            done |= work & {Work.SCAN}
        lacking = work - done
        assert bool(lacking) == spared, f"{name}: {done} seen, {work} claimed"
        allowed = work.union(*(IMPLIED.get(kind, set()) for kind in work))
        assert done <= allowed, f"{name}: {done} seen, {work} claimed"
    silent = {name for name, work in seen.work.items() if work and name not in claims and name not in seen.owner}
    assert not silent, f"work seen, none claimed: {({name: seen.work[name] for name in silent})}"


def skip_unless_possible(form: Form, server: Server) -> None:
    if form.untried:
        pytest.skip(form.untried)
    if form.since > server.version // 10000:
        pytest.skip(f"PostgreSQL {form.since} or later")


@pytest.mark.parametrize("form", TABLE, ids=lambda form: form.key)
@pytest.mark.usefixtures("cluster")
def test_row(form: Form, server: Server, world: str, new_database: NewDatabase) -> None:
    skip_unless_possible(form, server)
    seen = observe(server.connect, new_database, world, form.setup, form.example, form.blockers)
    node = parse(form.example)
    hold(effects_of(node) + form.unnamed, seen)
    assert runs_in_transaction(node) == (not form.blockers)
    assert command_tag(node) == ("EXECUTE" if form.key == "ExecuteStmt" else without_counts(seen.tag))


@pytest.mark.parametrize("form", [form for form in TABLE if form.spared], ids=lambda form: form.key)
def test_spared(form: Form, server: Server, world: str, new_database: NewDatabase) -> None:
    skip_unless_possible(form, server)
    seen = observe(server.connect, new_database, world, form.setup, form.spared)
    hold(effects_of(parse(form.spared)), seen, spared=True)


@pytest.mark.parametrize("form", [form for form in TABLE if form.example], ids=lambda form: form.key)
def test_example_is_of_its_form(form: Form) -> None:
    assert form.key in {hit.key for hit in match_statement(parse(form.example))}
