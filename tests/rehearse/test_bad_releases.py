"""Releases that are bad in one way each: the rehearsal fails at the right step, and says why."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from release.rehearse import Rehearsal, Status
from release.scratch.server import Server
from tests.databases import has_own_dump
from tests.rehearse.conftest import Hold


@dataclass(frozen=True, slots=True)
class Bad:
    """A release, the step at which its rehearsal fails, and words of the reason."""

    name: str
    upgrade: str
    step: str
    words: tuple[str, ...]
    downgrade: str = "pass"
    head: str = ""
    data: str = ""
    start: str = ""


ROWS = "INSERT INTO t SELECT i, 'same', 'n' || i, 'draft', 'l' FROM generate_series(1, 9) AS i;"
PLACES = """
op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
op.execute("CREATE TABLE t (id integer PRIMARY KEY, place geometry(Point, 4326) NOT NULL)")
"""
TABLE = 'op.execute("CREATE TABLE t (id serial PRIMARY KEY, n integer DEFAULT 7)")'
FORGOTTEN = (  # what the start has beside TABLE, the upgrade, what the round trip says when nothing of it is undone
    ("", "ALTER TABLE t ALTER n DROP DEFAULT", "changed: column public.t n: integer DEFAULT 7, now integer"),
    ("", "ALTER SEQUENCE t_id_seq OWNED BY NONE", "missing: sequence public.t public.t_id_seq"),
    ("", "ALTER TABLE t OWNER TO pg_monitor", "changed: owner public.t: "),
    ("GRANT SELECT ON t TO pg_monitor", "REVOKE ALL ON t FROM pg_monitor", "missing: grant public.t TO"),
    (
        "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "ALTER TABLE t DISABLE TRIGGER g",
        "suppress_redundant_updates_trigger() DISABLED",
    ),
    (
        "ALTER TABLE t SET (fillfactor = 70)",
        "ALTER TABLE t RESET (fillfactor)",
        "changed: table public.t: WITH (fillfactor=70), now nothing",
    ),
    (
        'ALTER TABLE t ADD c text COLLATE "POSIX"',
        "ALTER TABLE t ALTER c TYPE text",
        'changed: column public.t c: text COLLATE "POSIX", now text',
    ),
    (
        "CREATE POLICY p ON t USING (id > 0)",
        "DROP POLICY p ON t",
        "missing: policy public.t p: PERMISSIVE FOR * TO public USING (id > 0)",
    ),
    ("CREATE TABLE p (id integer) PARTITION BY RANGE (id)", "COMMENT ON TABLE p IS 'p'", "comment public.p: p"),
    (
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (1000)",
        "ALTER TABLE p DETACH PARTITION p1",
        "changed: table public.p1: PARTITION OF public.p FOR VALUES FROM (0) TO (1000), now nothing",
    ),
    (
        "ALTER TABLE t ADD twice integer GENERATED ALWAYS AS (id * 2) STORED",
        "ALTER TABLE t ALTER twice DROP EXPRESSION",
        "changed: column public.t twice: integer GENERATED ALWAYS AS ((id * 2)) STORED, now integer",
    ),
)

BAD = (
    Bad(
        "downgrade forgets an index",
        'op.execute("DROP INDEX by_name")',
        "round trip",
        ("missing: index public.t by_name: CREATE INDEX by_name ON public.t USING btree (name)",),
    ),
    Bad(
        "downgrade makes the index with another method",
        'op.execute("DROP INDEX by_name")',
        "round trip",
        ("changed: index public.t by_name", "USING hash (name)"),
        'op.execute("CREATE INDEX by_name ON t USING hash (name)")',
    ),
    Bad(
        "downgrade loses a comment",
        'op.execute("COMMENT ON TABLE t IS NULL")',
        "round trip",
        ("missing: comment public.t: it",),
    ),
    Bad(
        "downgrade reorders an enum",
        "op.execute(\"ALTER TYPE state RENAME VALUE 'gone' TO 'ended'\")",
        "round trip",
        ("changed: type public.state: ENUM ('draft', 'active', 'gone'), now ENUM ('gone', 'draft', 'active')",),
        """
        op.execute("CREATE TYPE fresh AS ENUM ('gone', 'draft', 'active')")
        op.execute("ALTER TABLE t ALTER state TYPE fresh USING replace(state::text, 'ended', 'gone')::fresh")
        op.execute("DROP TYPE state")
        op.execute("ALTER TYPE fresh RENAME TO state")
        """,
    ),
    Bad(
        "downgrade leaves a type",
        """
        op.execute("CREATE TYPE colour AS ENUM ('red')")
        op.execute("ALTER TABLE t ADD colour colour")
        """,
        "round trip",
        ("not expected: type public.colour: ENUM ('red')",),
        'op.execute("ALTER TABLE t DROP colour")',
    ),
    Bad(
        "downgrade forgets NOT NULL",
        'op.execute("ALTER TABLE t ALTER name DROP NOT NULL")',
        "round trip",
        ("changed: column public.t name: character varying(50) NOT NULL, now character varying(50)",),
    ),
    Bad(
        "rows are lost silently",
        'op.execute("DO $$BEGIN DELETE FROM t WHERE id > 4; END$$")',
        "round trip",
        ("public.t: 5 of 9 rows are lost, which the release does not declare",),
        data=ROWS,
    ),
    Bad(
        "values are lost silently",
        'op.execute("UPDATE t SET note = upper(note)")',
        "round trip",
        ("public.t: other values in note, which the release does not declare",),
        data=ROWS,
    ),
    Bad(
        "more is lost than declared",
        "op.execute(\"UPDATE t SET note = NULL, last = 'x'\")",
        "round trip",
        ("public.t: other values in last, note, which the release does not declare",),
        head="# release: loses t.note it is not needed",
        data=ROWS,
    ),
    Bad(
        "upgrade differs online",
        """
        if not isinstance(op.get_bind(), sa.Connection):
            op.execute("CREATE INDEX by_note ON t (note)")
        else:
            op.execute("CREATE INDEX by_note ON t (note, last)")
            op.execute("UPDATE t SET last = 'online'")
        """,
        "fidelity",
        ("changed: index public.t by_note", "public.t: other values in last"),
        'op.execute("DROP INDEX by_note")',
        data=ROWS,
    ),
    Bad(
        "CREATE UNIQUE INDEX CONCURRENTLY meets duplicates",
        """
        with op.get_context().autocommit_block():
            op.execute("CREATE UNIQUE INDEX CONCURRENTLY one_name ON t (name)")
        """,
        "preflight",
        ("NO-GO|public.t (name): 1 values that are there more than once",),
        'op.execute("DROP INDEX one_name")',
        data=ROWS,
    ),
    Bad(
        "wrong SRID",
        'op.execute("ALTER TABLE t ALTER place TYPE geometry(Point, 3857)")',
        "preflight",
        ("NO-GO|public.t (place)", "Geometry SRID (4326) does not match column SRID (3857)"),
        'op.execute("ALTER TABLE t ALTER place TYPE geometry(Point, 4326)")',
        start=PLACES,
    ),
    Bad(
        "a view is in the way",
        'op.execute("ALTER TABLE t DROP note")',
        "preflight",
        ("NO-GO|view public.v needs public.t.note, which the release drops: drop or change it before",),
        'op.execute("ALTER TABLE t ADD note text")',
    ),
    Bad(
        "a view is swept away",
        'op.execute("ALTER TABLE t DROP note CASCADE")',
        "round trip",
        ("missing: view public.v: AS  SELECT ",),
        'op.execute("ALTER TABLE t ADD note text")',
    ),
    Bad(
        "a view is swept away where nobody can see it coming",
        "op.execute(\"DO $$BEGIN EXECUTE 'ALTER TABLE t DROP note CASCADE'; END$$\")",
        "round trip",
        ("missing: view public.v: AS  SELECT ",),
        'op.execute("ALTER TABLE t ADD note text")',
        head="# release: loses t.note it is not needed",
    ),
    Bad(
        "a view goes with a type",
        'op.execute("DROP TYPE mood CASCADE")',
        "round trip",
        ("missing: view public.of_mood: AS  SELECT 'a'::public.mood AS m;",),
        "op.execute(\"CREATE TYPE mood AS ENUM ('a')\")",
        start="""
        op.execute("CREATE TYPE mood AS ENUM ('a')")
        op.execute("CREATE VIEW of_mood AS SELECT 'a'::mood AS m")
        """,
    ),
    Bad(
        "downgrade forgets much",
        "\n".join(f"op.execute({upgrade!r})" for _, upgrade, _ in FORGOTTEN),
        "round trip",
        tuple(words for _, _, words in FORGOTTEN),
        start="\n".join([TABLE, *(f"op.execute({start!r})" for start, _, _ in FORGOTTEN if start)]),
    ),
    Bad(
        "digits are lost",
        'op.execute("ALTER TABLE t ALTER n TYPE integer")',
        "round trip",
        ("public.t: other values in n, which the release does not declare",),
        'op.execute("ALTER TABLE t ALTER n TYPE numeric(8, 3)")',
        start='op.execute("CREATE TABLE t (id integer PRIMARY KEY, n numeric(8, 3) NOT NULL)")',
    ),
    Bad(
        "an identity becomes a serial",
        'op.execute("ALTER TABLE t ALTER id DROP IDENTITY")',
        "round trip",
        ("changed: column public.t id: integer NOT NULL GENERATED ALWAYS AS IDENTITY, now integer NOT NULL DEFAULT",),
        """
        op.execute("CREATE SEQUENCE t_id_seq OWNED BY t.id")
        op.execute("ALTER TABLE t ALTER id SET DEFAULT nextval('t_id_seq')")
        """,
        start='op.execute("CREATE TABLE t (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY)")',
    ),
    Bad(
        "downgrade does not run",
        'op.execute("CREATE TABLE u (id integer)")',
        "rollback",
        ("no relation public.w",),
        'op.execute("DROP TABLE w")',
    ),
    Bad(
        "upgrade does not run twice",
        'op.execute("CREATE TABLE u (id integer)")',
        "upgrade again",
        ("table public.u is there already, and the release creates it",),
        'op.execute("ALTER TABLE u ADD again text")',
    ),
)


def failed(found: Rehearsal) -> list[str]:
    return [step.name for step in found.steps if step.status is Status.FAILED]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_it_fails(hold: Hold, server: Server, request: pytest.FixtureRequest, bad: Bad) -> None:
    if bad.start == PLACES:
        request.getfixturevalue("postgis")
    more = {"start": bad.start} if bad.start else {}
    found = hold(bad.upgrade, bad.downgrade, head=bad.head, data=bad.data, **more)
    assert not found.passed
    assert bad.step in failed(found)
    step = next(step for step in found.steps if step.name == bad.step)
    said = "\n".join(step.problems)
    assert [word for word in bad.words if word not in said] == []
    if bad.step == "preflight":
        skipped = {each.name: each.summary for each in found.steps if each.status is Status.SKIPPED}
        assert skipped["upgrade"] == "preflight failed"
        assert skipped["rollback"] == skipped["fidelity"] == "upgrade did not succeed"
    with server.connect(server.maintenance) as connection:
        left = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE '%rehearsal%'").fetchall()
    assert left == []


def test_a_good_release_passes(hold: Hold, server: Server) -> None:
    found = hold(
        """
        op.add_column("t", sa.Column("more", sa.Integer(), server_default="1", nullable=False))
        op.execute("CREATE INDEX by_more ON t (more)")
        """,
        'op.drop_column("t", "more")',
    )
    assert found.passed, found.steps
    assert found.rows == {"public.t": 30}
    assert found.start == "release 1.0.0 applied"
    drill = ["backup drill"] if has_own_dump(server) else []
    assert [step.name for step in found.steps if step.status is Status.PASSED] == [
        "preflight", *drill, "upgrade", "verify", "fidelity", "rollback", "round trip", "verify after rollback",
        "upgrade again", "prediction",
    ]  # fmt: skip
    assert found.touched == ("public.t",)


def test_a_declared_loss_passes_and_is_told(hold: Hold) -> None:
    found = hold('op.execute("UPDATE t SET note = NULL")', head="# release: loses t.note it is not needed", data=ROWS)
    assert found.passed, found.steps
    step = next(step for step in found.steps if step.name == "round trip")
    assert step.notes == ("public.t: other values in note, as declared: it is not needed",)


def test_another_order_of_columns_passes_and_is_told(hold: Hold) -> None:
    found = hold(
        'op.execute("ALTER TABLE t DROP state")',
        'op.execute("ALTER TABLE t ADD state state")',
        head="# release: loses t.state it is not needed",
    )
    assert found.passed, found.steps
    step = next(step for step in found.steps if step.name == "round trip")
    assert "columns of public.t stand in another order: id, name, note, last, state" in step.notes


def test_values_that_two_online_runs_do_not_share_are_told(hold: Hold) -> None:
    found = hold(
        'op.execute("ALTER TABLE t ADD at timestamptz DEFAULT clock_timestamp()")',
        'op.execute("ALTER TABLE t DROP at")',
    )
    assert found.passed, found.steps
    step = next(step for step in found.steps if step.name == "fidelity")
    assert step.notes == ("public.t: other values in at; so they are between two online runs",)


def test_made_rows_that_the_release_refuses_are_made_to_suit(hold: Hold) -> None:
    found = hold(
        """
        op.execute("ALTER TABLE t ALTER note SET NOT NULL")
        op.execute("CREATE UNIQUE INDEX one_note ON t (note)")
        """,
        """
        op.execute("DROP INDEX one_note")
        op.execute("ALTER TABLE t ALTER note DROP NOT NULL")
        """,
    )
    assert found.passed, found.steps
    notes = [note for step in found.steps for note in step.notes]
    assert [note for note in notes if "NO-GO|public.t (note): 5 rows with NULL" in note]


def test_made_rows_suit_a_foreign_key_that_the_release_adds(hold: Hold) -> None:
    found = hold(
        """
        op.execute("ALTER TABLE child ADD CONSTRAINT of_t FOREIGN KEY (t_id) REFERENCES t NOT VALID")
        op.execute("ALTER TABLE child VALIDATE CONSTRAINT of_t")
        """,
        'op.execute("ALTER TABLE child DROP CONSTRAINT of_t")',
        start="""
op.execute("CREATE TABLE t (id integer PRIMARY KEY)")
op.execute("CREATE TABLE child (id integer PRIMARY KEY, t_id integer NOT NULL)")
""",
    )
    assert found.passed, found.steps
    assert found.rows == {"public.child": 30, "public.t": 30}
    assert any("public.child (t_id)" in note for step in found.steps for note in step.notes), found.steps
