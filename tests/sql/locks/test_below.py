"""What statements do to partitions and to child tables, on a real server.

Every form that can name a table with others below it, over two trees of two levels: `log` is partitioned, `place` has
tables that inherit from it. `{t}` is one of them, `{only}` is left out or ONLY. A statement that the server refuses
locks nothing that anybody waits for; that it is refused is no claim of the table, so `refused` says where and until
when, and a statement that is refused elsewhere fails the test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import psycopg
import pytest

from release.model import Below, Effect, LockMode, Name, Work
from release.scratch.server import Server
from release.sql.locks.effects import effects_of
from release.sql.locks.forms import FIRST, LAST, TABLE
from release.sql.locks.matching import match_statement
from tests.databases import NewDatabase
from tests.sql.holding import hold, parse
from tests.sql.observing import observe, since_of

TREES = """\
CREATE TABLE far (id integer PRIMARY KEY);
CREATE TABLE log (id integer, day date, kind text, n integer) PARTITION BY RANGE (day);
CREATE TABLE log_24 PARTITION OF log FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY LIST (kind);
CREATE TABLE log_24_a PARTITION OF log_24 FOR VALUES IN ('a');
CREATE TABLE log_25 PARTITION OF log FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE place (id integer, day date, kind text, n integer);
CREATE TABLE hall () INHERITS (place);
CREATE TABLE cinema () INHERITS (hall);
CREATE TABLE key (id integer PRIMARY KEY, x text) PARTITION BY RANGE (id);
CREATE TABLE key_1 PARTITION OF key FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (id);
CREATE TABLE key_1_1 PARTITION OF key_1 FOR VALUES FROM (0) TO (5);
CREATE TABLE key_2 PARTITION OF key FOR VALUES FROM (10) TO (20);
INSERT INTO far VALUES (1);
INSERT INTO log VALUES (1, '2024-05-05', 'a', 1), (1, '2025-05-05', 'b', 1);
INSERT INTO place VALUES (1, '2024-05-05', 'a', 1);
INSERT INTO hall TABLE place;
INSERT INTO cinema SELECT * FROM ONLY place;
INSERT INTO key VALUES (1), (11);
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
"""
PARTITIONED, INHERITED = "log", "place"
BOTH = (PARTITIONED, INHERITED)
TRIGGER = "CREATE TRIGGER w AFTER UPDATE ON {t} FOR EACH ROW EXECUTE FUNCTION nothing()"
RULE = "CREATE RULE w AS ON DELETE TO {t} DO INSTEAD NOTHING"
POLICY = "CREATE POLICY p ON {t} USING (n > 0)"
INDEX = "CREATE INDEX i ON {t} (id)"
NOT_NULL = (
    "ALTER TABLE {t} ALTER id SET NOT NULL, ALTER day SET NOT NULL, ALTER kind SET NOT NULL, ALTER n SET NOT NULL"
)
KEY = "ADD CONSTRAINT c FOREIGN KEY (id) REFERENCES"
STORED = "ALTER TABLE {t} DROP n; ALTER TABLE {t} ADD COLUMN n integer GENERATED ALWAYS AS (id * 2) STORED"
AT_EACH = tuple(f"LOCK TABLE {table} IN SHARE UPDATE EXCLUSIVE MODE" for table in ("ONLY log", "log_24_a", "log_25"))
WRITERS = tuple(f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE" for table in ("log_24_a", "log_25"))
AE, SRE, AS, RS, SUE, S = (
    LockMode.ACCESS_EXCLUSIVE,
    LockMode.SHARE_ROW_EXCLUSIVE,
    LockMode.ACCESS_SHARE,
    LockMode.ROW_SHARE,
    LockMode.SHARE_UPDATE_EXCLUSIVE,
    LockMode.SHARE,
)


def also(relation: str, lock: LockMode, *work: Work, below: LockMode | None = None) -> Effect:
    """An effect on a relation that the statement does not name, and perhaps one on some of its partitions."""
    return Effect(Name(relation), lock, work or (Work.CATALOG,), below=Below(below, every=False))


Refusals = tuple[tuple[str, bool, int, int], ...]
"""Tree, with ONLY, first and last version."""


@dataclass(frozen=True, slots=True)
class Case:
    """A statement over one tree or both.

    Attributes:
        unnamed: what it does to relations that it does not name and that are not below one that it names.
        refused: (tree, with ONLY): the versions, first and last, that refuse it there.
        spared: it does less work than is claimed of its form.
        since: the first version that does this to tables below one.
        fickle: minor versions differ on whether they refuse it.
    """

    statement: str
    setup: str = ""
    trees: tuple[str, ...] = BOTH
    unnamed: tuple[Effect, ...] = ()
    refused: Refusals = ()
    spared: bool = False
    fickle: bool = False
    blockers: tuple[str, ...] = ()
    since: int = FIRST


def refuses(
    *trees: str, only: bool = False, since: int = FIRST, until: int = LAST
) -> tuple[tuple[str, bool, int, int], ...]:
    return tuple((tree, only, since, until) for tree in trees)


ONLY_BOTH = refuses(*BOTH, only=True)
ONLY_LOG = refuses(PARTITIONED, only=True)

CASES: tuple[Case, ...] = (
    Case("ALTER TABLE {only}{t} ADD COLUMN a integer DEFAULT 1", refused=ONLY_BOTH),
    Case("ALTER TABLE {only}{t} ADD COLUMN a float DEFAULT random()", refused=ONLY_BOTH),
    Case("ALTER TABLE {only}{t} ADD COLUMN a serial", refused=ONLY_BOTH),
    Case(
        "ALTER TABLE {t} ADD COLUMN a integer GENERATED ALWAYS AS IDENTITY",
        refused=refuses(INHERITED) + refuses(PARTITIONED, until=16),
    ),
    Case("ALTER TABLE {t} ADD COLUMN a integer NOT NULL", "TRUNCATE {t}"),
    Case("ALTER TABLE {t} ADD COLUMN a integer CHECK (a > 0)"),
    Case("ALTER TABLE {t} ADD COLUMN a integer GENERATED ALWAYS AS (n * 2) STORED"),
    Case("ALTER TABLE {t} ADD COLUMN a integer GENERATED ALWAYS AS (n * 2) VIRTUAL"),
    Case("ALTER TABLE {t} ADD COLUMN a integer UNIQUE", trees=(INHERITED,)),
    Case("ALTER TABLE {t} ADD COLUMN a integer REFERENCES far"),
    Case("ALTER TABLE {t} ADD COLUMN a integer REFERENCES key"),
    Case("ALTER TABLE {t} ADD COLUMN a integer DEFAULT 1 REFERENCES key"),
    Case("ALTER TABLE {only}{t} DROP COLUMN n", refused=ONLY_LOG),
    Case("ALTER TABLE {only}{t} ALTER COLUMN n TYPE bigint", refused=ONLY_BOTH),
    Case("ALTER TABLE {only}{t} ALTER COLUMN n SET DEFAULT 5"),
    Case("ALTER TABLE {only}{t} ALTER COLUMN n SET NOT NULL", refused=ONLY_LOG),
    Case("ALTER TABLE {only}{t} ALTER COLUMN n DROP NOT NULL", refused=refuses(PARTITIONED, only=True, until=17)),
    Case(
        "ALTER TABLE {only}{t} ALTER COLUMN n DROP NOT NULL",
        NOT_NULL,
        refused=refuses(PARTITIONED, only=True, until=17),
    ),
    Case("ALTER TABLE {only}{t} ALTER COLUMN n SET EXPRESSION AS (id * 3)", STORED),
    Case("ALTER TABLE {t} ALTER COLUMN n DROP EXPRESSION", STORED, fickle=True),
    Case("ALTER TABLE {t} ALTER COLUMN n ADD GENERATED ALWAYS AS IDENTITY", NOT_NULL),
    Case(
        "ALTER TABLE {t} ALTER COLUMN n SET GENERATED BY DEFAULT",
        NOT_NULL + "; ALTER TABLE {t} ALTER n ADD GENERATED ALWAYS AS IDENTITY",
    ),
    Case(
        "ALTER TABLE {t} ALTER COLUMN n DROP IDENTITY",
        NOT_NULL + "; ALTER TABLE {t} ALTER n ADD GENERATED ALWAYS AS IDENTITY",
    ),
    Case("ALTER TABLE {only}{t} ALTER COLUMN n SET STATISTICS 50"),
    Case("ALTER TABLE {t} ALTER COLUMN n SET (n_distinct = 5)"),
    Case("ALTER TABLE {t} ALTER COLUMN n RESET (n_distinct)"),
    Case("ALTER TABLE {only}{t} ALTER COLUMN kind SET STORAGE EXTERNAL"),
    Case("ALTER TABLE {t} ALTER COLUMN kind SET COMPRESSION pglz"),
    Case("ALTER TABLE {only}{t} RENAME COLUMN n TO m", refused=ONLY_BOTH),
    Case("COMMENT ON COLUMN {t}.n IS 'x'"),
    # constraints
    Case("ALTER TABLE {only}{t} ADD CONSTRAINT c CHECK (n > 0)", refused=ONLY_BOTH),
    Case("ALTER TABLE {only}{t} ADD CONSTRAINT c CHECK (n > 0) NO INHERIT", trees=(INHERITED,)),
    Case("ALTER TABLE {t} ADD CONSTRAINT c CHECK (n > 0) NOT VALID"),
    Case("ALTER TABLE {t} ADD CONSTRAINT c NOT NULL n"),
    Case("ALTER TABLE {t} ADD CONSTRAINT c NOT NULL n NOT VALID"),
    Case("ALTER TABLE {only}{t} ADD CONSTRAINT c UNIQUE (id, day, kind)"),
    Case("ALTER TABLE {t} ADD CONSTRAINT c PRIMARY KEY (id, day, kind)"),
    Case("ALTER TABLE {only}{t} ADD CONSTRAINT c PRIMARY KEY (id, day, kind)", NOT_NULL, spared=True),
    Case(
        "ALTER TABLE {t} ADD CONSTRAINT c EXCLUDE USING btree (day WITH =, id WITH =, kind WITH =)",
        refused=refuses(PARTITIONED, until=16),
    ),
    Case(
        "ALTER TABLE {t} ADD CONSTRAINT c UNIQUE USING INDEX u",
        "CREATE UNIQUE INDEX u ON {t} (id, day, kind)",
        refused=refuses(PARTITIONED),
    ),
    Case(
        "ALTER TABLE {t} ADD CONSTRAINT c PRIMARY KEY USING INDEX u",
        "CREATE UNIQUE INDEX u ON {t} (id, day, kind)",
        refused=refuses(PARTITIONED),
    ),
    Case(f"ALTER TABLE {{only}}{{t}} {KEY} far", refused=ONLY_LOG),
    Case(f"ALTER TABLE {{t}} {KEY} key"),
    Case(f"ALTER TABLE {{t}} {KEY} key NOT VALID", refused=refuses(PARTITIONED, until=17)),
    Case(f"ALTER TABLE far {KEY} key", trees=("",)),
    Case(f"ALTER TABLE far {KEY} key NOT VALID", trees=("",)),
    Case("CREATE TABLE new (id integer REFERENCES key)", trees=("",)),
    Case("ALTER TABLE {t} VALIDATE CONSTRAINT c", "ALTER TABLE {t} ADD CONSTRAINT c CHECK (n > 0) NOT VALID"),
    Case(
        "ALTER TABLE {only}{t} VALIDATE CONSTRAINT c",
        f"ALTER TABLE {{t}} {KEY} far NOT VALID",
        trees=(INHERITED,),
        unnamed=(also("far", RS, Work.READ),),
    ),
    Case(
        "ALTER TABLE far VALIDATE CONSTRAINT c",
        f"ALTER TABLE far {KEY} key NOT VALID",
        trees=("",),
        unnamed=(also("key", RS, Work.READ, below=RS),),
    ),
    Case("ALTER TABLE {t} ALTER CONSTRAINT c DEFERRABLE", f"ALTER TABLE {{t}} {KEY} far"),
    Case(
        "ALTER TABLE {t} ALTER CONSTRAINT c ENFORCED",
        f"ALTER TABLE {{t}} {KEY} far NOT ENFORCED",
        unnamed=(also("far", SRE, Work.READ),),
    ),
    Case("ALTER TABLE {only}{t} DROP CONSTRAINT c", f"ALTER TABLE {{t}} {KEY} far", unnamed=(also("far", AE),)),
    Case(
        "ALTER TABLE {only}{t} DROP CONSTRAINT c",
        "ALTER TABLE {t} ADD CONSTRAINT c CHECK (n > 0)",
        refused=refuses(PARTITIONED, only=True, until=17),
    ),
    Case("ALTER TABLE {t} DROP CONSTRAINT c", "ALTER TABLE {t} ADD CONSTRAINT c UNIQUE (id, day, kind)"),
    Case(
        "ALTER TABLE far DROP CONSTRAINT c",
        f"ALTER TABLE far {KEY} key",
        trees=("",),
        unnamed=(also("key", AE, below=AE),),
    ),
    Case("ALTER TABLE {t} RENAME CONSTRAINT c TO d", "ALTER TABLE {t} ADD CONSTRAINT c CHECK (n > 0)"),
    Case("ALTER TABLE {t} RENAME CONSTRAINT c TO d", f"ALTER TABLE {{t}} {KEY} far"),
    Case("COMMENT ON CONSTRAINT c ON {t} IS 'x'", "ALTER TABLE {t} ADD CONSTRAINT c CHECK (n > 0)"),
    # the table as a whole
    Case("ALTER TABLE {t} RENAME TO other"),
    Case("ALTER TABLE {t} SET SCHEMA other", "CREATE SCHEMA other"),
    Case("ALTER TABLE {t} OWNER TO pg_monitor"),
    Case("ALTER TABLE {t} SET (autovacuum_enabled = off)", refused=refuses(PARTITIONED)),
    Case("ALTER TABLE {t} SET (user_catalog_table = true)", refused=refuses(PARTITIONED)),
    Case("ALTER TABLE {t} RESET (fillfactor)"),
    Case("ALTER TABLE {t} RESET (user_catalog_table)"),
    Case("ALTER TABLE {t} CLUSTER ON i", INDEX, refused=refuses(PARTITIONED)),
    Case("ALTER TABLE {t} SET WITHOUT CLUSTER", refused=refuses(PARTITIONED)),
    Case("ALTER TABLE {t} SET WITHOUT OIDS"),
    Case("ALTER TABLE {t} SET UNLOGGED", refused=refuses(PARTITIONED, since=18)),
    Case("ALTER TABLE {t} SET LOGGED", refused=refuses(PARTITIONED, since=18), spared=True),
    Case("ALTER TABLE {t} SET ACCESS METHOD heap", refused=refuses(PARTITIONED, until=16), spared=True),
    Case("ALTER TABLE {t} SET TABLESPACE pg_default", spared=True),
    Case("ALTER TABLE {t} REPLICA IDENTITY FULL"),
    *(
        Case(f"ALTER TABLE {{t}} {what} ROW LEVEL SECURITY")
        for what in ("ENABLE", "DISABLE", "FORCE", "NO FORCE")
    ),
    *(
        Case(f"ALTER TABLE {{only}}{{t}} {what}", TRIGGER)
        for what in (
            "ENABLE TRIGGER w", "ENABLE ALWAYS TRIGGER w", "ENABLE REPLICA TRIGGER w", "DISABLE TRIGGER w",
            "ENABLE TRIGGER USER", "DISABLE TRIGGER USER", "ENABLE TRIGGER ALL", "DISABLE TRIGGER ALL",
        )
    ),
    *(
        Case(f"ALTER TABLE {{t}} {what} w", RULE)
        for what in ("ENABLE RULE", "ENABLE ALWAYS RULE", "ENABLE REPLICA RULE", "DISABLE RULE")
    ),
    Case("ALTER TABLE {t} INHERIT up", "CREATE TABLE up (n integer)", trees=(INHERITED,)),
    Case(
        "ALTER TABLE {t} NO INHERIT up",
        "CREATE TABLE up (n integer); ALTER TABLE {t} INHERIT up",
        trees=(INHERITED,),
    ),
    Case("ALTER TABLE low INHERIT {t}", "CREATE TABLE low (LIKE {t})", trees=(INHERITED,)),
    Case("CREATE TABLE low () INHERITS ({t})", trees=(INHERITED,)),
    Case("ALTER TABLE {t} OF ty", "CREATE TYPE ty AS (id integer, day date, kind text, n integer)",
         unnamed=(also("ty", AS),)),
    Case(
        "CREATE TABLE low PARTITION OF log FOR VALUES FROM ('2030-01-01') TO ('2031-01-01')", trees=("",)
    ),
    Case(
        "ALTER TABLE log ATTACH PARTITION low FOR VALUES FROM ('2030-01-01') TO ('2031-01-01')",
        "CREATE TABLE low (LIKE log) PARTITION BY RANGE (n);"
        " CREATE TABLE low_1 PARTITION OF low FOR VALUES FROM (1) TO (2)",
        trees=("",),
    ),
    Case("ALTER TABLE log DETACH PARTITION log_24", trees=("",)),
    Case("ALTER TABLE log DETACH PARTITION log_25", trees=("",)),
    Case("ALTER TABLE log_24 DETACH PARTITION log_24_a", trees=("",)),
    Case("ALTER TABLE log DETACH PARTITION log_rest", "CREATE TABLE log_rest PARTITION OF log DEFAULT", trees=("",)),
    Case(
        "ALTER TABLE log DETACH PARTITION log_25",
        "CREATE TABLE log_rest PARTITION OF log DEFAULT",
        trees=("",),
        unnamed=(also("log_rest", AE),),
    ),
    Case(
        "ALTER TABLE log DETACH PARTITION log_24 CONCURRENTLY",
        trees=("",),
        blockers=(
            "LOCK TABLE ONLY log IN ROW EXCLUSIVE MODE",
            "LOCK TABLE log_24_a IN ACCESS SHARE MODE",
        ),
    ),
    Case(
        "ALTER TABLE log DETACH PARTITION log_24",
        f"ALTER TABLE log {KEY} far",
        trees=("",),
        unnamed=(also("far", SRE),),
    ),
    Case("DROP TABLE {t} CASCADE"),
    Case("DROP TABLE log_24", trees=("",), unnamed=(also("log", AE),)),
    Case("DROP TABLE log_24_a", trees=("",), unnamed=(also("log_24", AE),)),
    Case("DROP TABLE cinema", trees=("",)),
    Case("TRUNCATE {only}{t}", refused=ONLY_LOG),
    *(
        Case(f"LOCK TABLE {{only}}{{t}} IN {mode} MODE")
        for mode in LockMode
    ),
    # indexes
    Case("CREATE INDEX i ON {t} (id)"),
    Case("CREATE INDEX i ON ONLY {t} (id)"),
    Case("CREATE UNIQUE INDEX i ON {only}{t} (id, day, kind)"),
    Case(
        "DROP INDEX i",
        INDEX,
        trees=(PARTITIONED,),
        unnamed=(also("log", AE, below=AE),),
    ),
    Case("ALTER INDEX i RENAME TO j", INDEX),
    Case("COMMENT ON INDEX i IS 'x'", INDEX),
    Case("ALTER INDEX i SET TABLESPACE pg_default", INDEX, spared=True),
    Case(
        "ALTER INDEX i ATTACH PARTITION j",
        "CREATE INDEX i ON ONLY log (id); CREATE INDEX j ON log_24 (id)",
        trees=("",),
        unnamed=(also("log", AS), also("log_24", AS)),
    ),
    Case(
        "REINDEX TABLE {t}",
        INDEX,
        trees=(INHERITED,),
        unnamed=(also("i", AE, Work.INDEX),),
    ),
    Case("CLUSTER {t} USING i", INDEX, trees=(INHERITED,), unnamed=(also("i", AE, Work.INDEX),)),
    # outside a transaction: a blocker at each table in turn shows what is wanted there
    Case("VACUUM log", trees=("",), blockers=AT_EACH),
    Case("VACUUM FULL log", trees=("",), blockers=AT_EACH),
    Case("REINDEX TABLE log", "CREATE INDEX i ON log (id)", trees=("",), since=14, blockers=WRITERS),
    Case("REINDEX TABLE CONCURRENTLY log", "CREATE INDEX i ON log (id)", trees=("",), since=14, blockers=WRITERS),
    Case("CLUSTER log USING i", "CREATE INDEX i ON log (id)", trees=("",), since=15, blockers=AT_EACH),
    # rows
    Case("SELECT * FROM {only}{t}"),
    Case("SELECT * FROM {t} WHERE day = '2025-02-02'"),
    Case("SELECT * FROM {t} FOR UPDATE"),
    Case("INSERT INTO {t} VALUES (1, '2025-02-02', 'a', 1)"),
    Case("INSERT INTO {t} VALUES (1, '2024-02-02', 'a', 1)"),
    Case("INSERT INTO {t} SELECT * FROM {t}"),
    Case("WITH moved AS (DELETE FROM log_25 RETURNING *) INSERT INTO log SELECT * FROM moved", trees=("",)),
    Case("UPDATE {only}{t} SET n = 2"),
    Case("UPDATE {t} SET day = '2024-02-02', kind = 'a' WHERE day >= '2025-01-01'", trees=(PARTITIONED,)),
    Case("DELETE FROM {only}{t}"),
    Case("DELETE FROM {t} WHERE day = '2025-05-05'", trees=(PARTITIONED,)),
    Case("MERGE INTO {t} l USING far ON far.id = l.id WHEN MATCHED THEN UPDATE SET n = 2"),
    Case("COPY {t} FROM PROGRAM 'echo 1,2025-01-01,a,2' WITH (FORMAT csv)"),
    Case("COPY {t} TO PROGRAM 'cat >/dev/null'", refused=refuses(PARTITIONED)),
    Case("COPY (SELECT * FROM {t}) TO PROGRAM 'cat >/dev/null'"),
    Case("PREPARE later AS UPDATE {t} SET n = 2"),
    Case("EXPLAIN SELECT * FROM {t}"),
    Case("EXPLAIN INSERT INTO {t} VALUES (1, '2025-02-02', 'a', 1)"),
    Case("ANALYZE {t}"),
    Case("ANALYZE ONLY {t}", refused=refuses(*BOTH, until=17)),
    # what goes with a table
    Case("CREATE TABLE low (LIKE {t})"),
    Case("CREATE TABLE low AS SELECT * FROM {t}"),
    Case("CREATE VIEW v AS SELECT * FROM {t}"),
    Case("CREATE STATISTICS s ON id, n FROM {t}"),
    Case(TRIGGER),
    Case("CREATE TRIGGER w AFTER UPDATE ON {t} FOR EACH STATEMENT EXECUTE FUNCTION nothing()"),
    Case("DROP TRIGGER w ON {t}", TRIGGER),
    Case("ALTER TRIGGER w ON {t} RENAME TO v", TRIGGER),
    Case("ALTER TRIGGER w ON {t} DEPENDS ON EXTENSION plpgsql", TRIGGER),
    Case("COMMENT ON TRIGGER w ON {t} IS 'x'", TRIGGER),
    Case(RULE),
    Case("DROP RULE w ON {t}", RULE),
    Case("ALTER RULE w ON {t} RENAME TO v", RULE),
    Case(POLICY),
    Case("ALTER POLICY p ON {t} USING (n > 1)", POLICY),
    Case("ALTER POLICY p ON {t} RENAME TO q", POLICY),
    Case("DROP POLICY p ON {t}", POLICY),
    Case("GRANT SELECT ON {t} TO pg_monitor"),
    Case("REVOKE SELECT (n) ON {t} FROM pg_monitor"),
    Case("COMMENT ON TABLE {t} IS 'x'"),
    Case("CREATE PUBLICATION p FOR TABLE {only}{t}"),
    Case("ALTER PUBLICATION p ADD TABLE {t}", "CREATE PUBLICATION p"),
    Case("CREATE SEQUENCE s OWNED BY {t}.n"),
    Case("ALTER SEQUENCE s OWNED BY {t}.n", "CREATE SEQUENCE s"),
)  # fmt: skip

# Forms that can name a table with others below it, and are not tried here: an index of a partitioned table cannot be
# built CONCURRENTLY, the others need what no test can have, or have a test of their own.
UNTRIED = frozenset(
    {
        "IndexStmt CONCURRENTLY",
        "AT_DetachPartitionFinalize",
        "CreateTrigStmt FROM",
        "AT_DropOf",
        "SecLabelStmt",
        "unknown AlterTableCmd",
    }
)


def variants() -> Iterator[tuple[Case, str, bool]]:
    for case in CASES:
        for tree in case.trees:
            for only in (False, True) if "{only}" in case.statement else (False,):
                yield case, tree, only


def fill(text: str, tree: str, *, only: bool) -> str:
    return text.replace("{t}", tree).replace("{only}", "ONLY " if only else "")


def told(variant: tuple[Case, str, bool]) -> str:
    case, tree, only = variant
    setup = f" after {fill(case.setup, tree, only=only)}" if case.setup else ""
    return fill(case.statement, tree, only=only) + setup


@pytest.fixture(scope="module")
def trees(server: Server) -> str:
    name = f"{server.prefix}trees"
    server.create_database(name)
    with server.connect(name) as connection:
        connection.execute(TREES.encode())
    return name


@pytest.fixture(scope="module")
def still(server: Server, trees: str) -> str:
    """Give a copy of `trees` for statements that need no setup and are rolled back."""
    name = f"{server.prefix}still"
    server.create_database(name, trees)
    return name


@pytest.mark.parametrize("variant", list(variants()), ids=told)
def test_case(
    variant: tuple[Case, str, bool], server: Server, trees: str, still: str, new_database: NewDatabase
) -> None:
    case, tree, only = variant
    major = server.major
    statement = fill(case.statement, tree, only=only)
    syntax = parse(statement)
    if case.since > major:
        pytest.skip(f"PostgreSQL {case.since} or later works on tables below one")
    known = since_of(syntax) <= major
    setup = fill(case.setup, tree, only=only) if known else ""
    blockers = case.blockers if known else ()
    databases = partial(new_database, trees) if setup or blockers else lambda: still
    look = partial(observe, server.connect, databases, statement, setup, blockers)
    refusing = [(first, last) for where, so, first, last in case.refused if (where, so) == (tree, only)]
    if not known or any(first <= major <= last for first, last in refusing):
        with pytest.raises(psycopg.Error):
            look()
        return
    try:
        seen = look()
    except psycopg.Error:
        assert case.fickle
        return
    hold(effects_of(syntax, major=major) + case.unnamed, seen, spared=case.spared and tree != PARTITIONED)


def test_every_form_that_locks_a_table_is_tried_on_a_tree() -> None:
    tables = {"rooms", "devices", "buildings", "visits", "visits_2025", "visits_2026", "drafts"}
    found = {
        hit.key
        for case, tree, only in variants()
        for hit in match_statement(parse(fill(case.statement, tree, only=only)))
    }
    needed = {
        form.key
        for form in TABLE
        if form.section.partition("/")[0] != "postgis"
        and any(
            name.name in tables
            for hit in (match_statement(parse(form.example)) if form.example else ())
            if hit.key == form.key
            for _, name in hit.parts
        )
    }
    assert needed - found == UNTRIED & needed


def test_only_stays_with_the_table_of_a_foreign_key() -> None:
    (log, key) = effects_of(parse(f"ALTER TABLE ONLY log {KEY} key"))
    assert not log.below
    assert key.below == Below(SRE)


def test_versions_that_differ_are_told() -> None:
    (rooms,) = effects_of(parse("GRANT SELECT ON rooms TO reader"))
    assert (rooms.lock, rooms.note) == (AS, "no lock before PostgreSQL 18")
    assert effects_of(parse("GRANT SELECT ON rooms TO reader"), major=17) == ()
    assert effects_of(parse("GRANT SELECT ON rooms TO reader"), 18)[0].note == ""
    _, part = effects_of(parse("ALTER TABLE log DETACH PARTITION log_25"))
    in_13 = "in PostgreSQL 13 SHARE UPDATE EXCLUSIVE, unless it is the default partition"
    assert (part.lock, part.least, part.note) == (AE, SUE, in_13)
    assert effects_of(parse("ALTER TABLE log DETACH PARTITION log_25"), major=13)[1].least is SUE
    _, part = effects_of(parse("ALTER TABLE log DETACH PARTITION log_25"), 14)
    assert (part.lock, part.least, part.note) == (AE, None, "")
    (log,) = effects_of(parse("ALTER TABLE log ADD UNIQUE (id)"))
    assert log.note == ""
    assert log.below == Below(AE, AE, note="SHARE before PostgreSQL 18")
    assert effects_of(parse("ALTER TABLE log ADD UNIQUE (id)"), major=99)[0].below == Below(AE, AE)


def test_an_index_on_only_a_partitioned_table_builds_nothing() -> None:
    (log,) = effects_of(parse("CREATE INDEX i ON ONLY log (id)"))
    assert (log.lock, log.work, log.more) == (S, (Work.CATALOG,), (Work.INDEX,))
