"""Every row of the table of statement forms, on a real server."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
from postgast import pg_query_pb2

from release.model import Effect, LockMode, Name, Work
from release.scratch.server import Server
from release.sql.facts.transactional import runs_in_transaction
from release.sql.locks.effects import effects_of, note_of
from release.sql.locks.forms import FORMS, TABLE, Form, RelationPart
from release.sql.locks.matching import match_statement
from release.sql.locks.volatility import STEADY
from release.trace.seen import Seen
from tests.databases import NewDatabase
from tests.sql.holding import hold, parse, without_counts
from tests.sql.observing import Observe, since_of


def skip_unless_possible(form: Form, server: Server) -> None:
    if form.untried:
        pytest.skip(form.untried)
    if form.since > server.major:
        pytest.skip(f"PostgreSQL {form.since} or later")


@pytest.mark.parametrize("form", TABLE, ids=lambda form: form.key)
@pytest.mark.usefixtures("cluster")
def test_row(form: Form, server: Server, observe: Observe) -> None:
    skip_unless_possible(form, server)
    seen = observe(form.example, form.setup, form.blockers)
    syntax = parse(form.example)
    hold(effects_of(syntax, major=server.major) + form.unnamed, seen)
    assert runs_in_transaction(syntax) == (not form.blockers)
    assert syntax.tag == ("EXECUTE" if form.key == "ExecuteStmt" else without_counts(seen.tag))


@pytest.mark.parametrize("form", [form for form in TABLE if form.spared], ids=lambda form: form.key)
def test_spared(form: Form, server: Server, observe: Observe) -> None:
    skip_unless_possible(form, server)
    seen = observe(form.spared, form.setup)
    hold(effects_of(parse(form.spared), major=server.major), seen, spared=True)


def test_detach_finalize(server: Server, world: str, new_database: NewDatabase, observe: Observe) -> None:
    """A DETACH … CONCURRENTLY that gave up half way is what FINALIZE is for."""
    form = FORMS["AT_DetachPartitionFinalize"]
    skip_unless_possible(replace(form, untried=""), server)
    name = new_database(world)
    with server.connect(name) as other, server.connect(name) as actor:
        other.execute("BEGIN; LOCK TABLE ONLY visits IN ROW EXCLUSIVE MODE")
        actor.execute("SET lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            actor.execute("ALTER TABLE visits DETACH PARTITION visits_2025 CONCURRENTLY")
    hold(effects_of(parse(form.example), major=server.major), observe(form.example, template=name))


@pytest.mark.parametrize("form", [form for form in TABLE if form.example], ids=lambda form: form.key)
def test_example_is_of_its_form(form: Form) -> None:
    syntax = parse(form.example)
    assert form.key in {hit.key for hit in match_statement(syntax)}
    assert since_of(syntax) == form.since
    assert form.note in note_of(syntax)


def test_keys_are_unique() -> None:
    assert len(FORMS) == len(TABLE)


def test_every_alter_table_subcommand_that_can_be_written_has_a_row() -> None:
    internal = {
        "ALTER_TABLE_TYPE_UNDEFINED", "AT_AddColumnToView", "AT_CookedColumnDefault", "AT_AddIndex", "AT_ReAddIndex",
        "AT_AddConstraint", "AT_ReAddConstraint", "AT_ReAddDomainConstraint", "AT_AddIndexConstraint",
        "AT_ReAddComment", "AT_ReplaceRelOptions", "AT_ReAddStatistics",
    }  # fmt: skip
    kinds: list[str] = getattr(pg_query_pb2, "AlterTableType").keys()  # noqa: B009 - no type checker knows it
    assert set(kinds) - internal <= FORMS.keys()


@pytest.mark.parametrize(
    ("lock", "work", "part"),
    [
        (LockMode.SHARE, Work.REWRITE, "rooms"),
        (LockMode.ACCESS_EXCLUSIVE, Work.CATALOG, "rooms"),
        (LockMode.ACCESS_EXCLUSIVE, Work.INDEX, "rooms"),
        (LockMode.ACCESS_EXCLUSIVE, Work.REWRITE, "doors"),
    ],
)
def test_a_false_claim_is_found(lock: LockMode, work: Work, part: str) -> None:
    """The test of the rows can fail: by lock, by work, by relation."""
    rooms = Name("rooms")
    seen = Seen({rooms: LockMode.ACCESS_EXCLUSIVE}, {rooms: {Work.REWRITE, Work.INDEX}})
    hold((Effect(rooms, LockMode.ACCESS_EXCLUSIVE, (Work.REWRITE,)),), seen)
    with pytest.raises(AssertionError):
        hold((Effect(Name(part), lock, (work,)),), seen)


def test_steady_functions_are_not_volatile(server: Server, postgis_template: str) -> None:
    with server.connect(postgis_template) as connection:
        rows = connection.execute(
            # before 14 AT TIME ZONE is marked volatile for timetz, a type that nobody has defaults of
            "SELECT proname, bool_or(provolatile = 'v' AND %s::regtype::oid <> ALL (proargtypes::oid[])) FROM pg_proc"
            " WHERE proname = ANY (%s) GROUP BY 1",
            ["timetz" if server.version < 140000 else "void", list(STEADY)],
        ).fetchall()
    assert [name for name, volatile in rows if volatile] == []
    # a function of that name exists from 14; before, the parser makes date_part of it
    assert STEADY - {name for name, _ in rows} == ({"extract"} if server.version < 140000 else set())


def test_effects_are_one_per_relation() -> None:
    statement = (
        "ALTER TABLE rooms ADD COLUMN a integer, ALTER COLUMN name TYPE text, ADD CHECK (a > 0),"
        " ADD FOREIGN KEY (building_id) REFERENCES buildings NOT VALID"
    )
    effects = effects_of(parse(statement))
    assert [(str(one.relation), one.lock, one.work) for one in effects] == [
        ("rooms", LockMode.ACCESS_EXCLUSIVE, (Work.SCAN, Work.REWRITE)),
        ("buildings", LockMode.SHARE_ROW_EXCLUSIVE, (Work.CATALOG,)),
    ]
    assert "binary-compatible" in effects[0].note


@pytest.mark.parametrize(
    ("table", "referenced"), [("rooms", ["home.a"]), ("lodges", ["home.b"]), ("rooms", []), ("lodges", [])]
)
def test_statements_that_differ_in_names_alone_have_effects_that_do_so(table: str, referenced: list[str]) -> None:
    statement = f"ALTER TABLE {table} ADD FOREIGN KEY (other_id) REFERENCES {(referenced or [table])[0]}"
    effects = effects_of(parse(statement))
    assert [str(effect.relation) for effect in effects] == [table, *referenced]
    assert [effect.lock for effect in effects] == [LockMode.SHARE_ROW_EXCLUSIVE] * len(effects)


def test_newer_forms_say_so() -> None:
    syntax = parse("MERGE INTO rooms r USING buildings b ON r.building_id = b.id WHEN MATCHED THEN DELETE")
    assert since_of(syntax) == 15
    assert "needs PostgreSQL 15" in effects_of(syntax, 13)[0].note
    assert effects_of(syntax, 15)[0].note == ""


def test_every_part_is_claimed_somewhere() -> None:
    assert {claim.part for form in TABLE for claim in form.claims} == set(RelationPart)
