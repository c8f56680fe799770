"""Revisions that rely on what their own transaction holds, and what an application must find kept afterwards.

Each is written as its author would for one transaction. Between what belongs together stands work on other tables, or
the work itself goes on under a lock that others wait for: a script would like to commit there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.traffic.application import Deed

ROWS = 3000
SCHEMA = (
    "CREATE TABLE src (id bigint PRIMARY KEY, v bigint NOT NULL)",
    "CREATE TABLE tot (kind text, s bigint NOT NULL)",
    "CREATE TABLE here (a int, b int)",
    "CREATE TABLE there (a int, b int)",
    f"INSERT INTO src SELECT g, g FROM generate_series(1, {ROWS}) AS g",
    f"INSERT INTO here SELECT g, g FROM generate_series(1, {4 * ROWS}) AS g",
    f"INSERT INTO there SELECT g, g FROM generate_series(1, {4 * ROWS}) AS g",
    "CREATE INDEX here_b ON here (b)",
    "CREATE INDEX there_b ON there (b)",
)
SUM = ROWS * (ROWS + 1) // 2

# a commit is wanted between these two, in either direction
UP_HERE, UP_THERE = "CREATE INDEX here_a ON here (a)", "CREATE INDEX there_a ON there (a)"
DOWN_HERE, DOWN_THERE = "DROP INDEX here_a; CREATE INDEX here_c ON here (b)", "CREATE INDEX there_c ON there (b)"


@dataclass(frozen=True, slots=True)
class Case:
    """A schema with rows, a revision of it, and an application.

    Attributes:
        schema: what is there, besides `SCHEMA`.
        up, down: the statements of the revision.
        deeds: what the application does meanwhile.
        kept: by direction: a query that is true afterwards; `%(name)s` is how often the deed of that name was done.
        parted: by direction: what goes wrong where nothing is tied.
        errors: names of those that the application has because the schema is not the one it is written for.
    """

    name: str
    up: tuple[str, ...]
    down: tuple[str, ...]
    deeds: tuple[Deed, ...]
    kept: Mapping[str, str]
    schema: tuple[str, ...] = ()
    parted: Mapping[str, str] = field(default_factory=lambda: {"upgrade": "not kept", "rollback": "not kept"})
    errors: frozenset[str] = frozenset()


def one_by_one(*statements: str) -> tuple[str, ...]:
    return tuple(part.strip() for each in statements for part in each.split(";"))


def trigger_function(name: str, does: str) -> str:
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {does}; RETURN NULL; END $$"


REPLACED = "CREATE OR REPLACE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {}RETURN NEW; END $$"
ADD_TO_SRC = "UPDATE src SET v = v + 1 WHERE id = %(row)s"

CASES = (
    Case(
        "a sum, and its column goes",
        up=(
            "ALTER TABLE src ADD n int",
            "INSERT INTO tot (s) SELECT sum(v) FROM src",
            "ALTER TABLE src DROP v",
        ),
        down=(
            "LOCK TABLE tot IN SHARE MODE",
            "ALTER TABLE src ADD v bigint NOT NULL DEFAULT 0",
            "UPDATE src SET v = CASE id WHEN 1 THEN (SELECT s FROM tot) ELSE 0 END",
            "DELETE FROM tot",
            "ALTER TABLE src DROP n",
        ),
        deeds=(Deed("added", ((ADD_TO_SRC,), ("UPDATE tot SET s = s + 1",))),),
        kept={
            "upgrade": f"SELECT s = {SUM} + %(added)s FROM tot",
            "rollback": f"SELECT sum(v) = {SUM} + %(added)s FROM src",
        },
        errors=frozenset({"UndefinedColumn"}),
    ),
    Case(
        "a sum that a function makes, and its column goes",
        schema=(
            "CREATE FUNCTION total(OUT s bigint) LANGUAGE plpgsql AS $$ BEGIN SELECT sum(v) INTO s FROM src; END $$",
        ),
        up=(
            "ALTER TABLE src ADD n int",
            "INSERT INTO tot (s) SELECT total() FROM here LIMIT 1",
            "ALTER TABLE src DROP v",
        ),
        down=(
            "LOCK TABLE tot IN SHARE MODE",
            "ALTER TABLE src ADD v bigint NOT NULL DEFAULT 0",
            "UPDATE src SET v = CASE id WHEN 1 THEN (SELECT s FROM tot) ELSE 0 END",
            "DELETE FROM tot",
        ),
        deeds=(Deed("added", ((ADD_TO_SRC,), ("UPDATE tot SET s = s + 1",))),),
        kept={
            "upgrade": f"SELECT s = {SUM} + %(added)s FROM tot",
            "rollback": f"SELECT sum(v) = {SUM} + %(added)s FROM src",
        },
        parted={"upgrade": "not kept"},
        errors=frozenset({"UndefinedColumn"}),
    ),
    Case(
        "a CHECK does what NOT NULL did",
        up=(
            "ALTER TABLE src ALTER v DROP NOT NULL",
            UP_HERE,
            UP_THERE,
            "ALTER TABLE src ADD CONSTRAINT full_v CHECK (v IS NOT NULL) NOT VALID",
        ),
        down=one_by_one(
            "ALTER TABLE src DROP CONSTRAINT full_v",
            DOWN_HERE,
            DOWN_THERE,
            "ALTER TABLE src ALTER v SET NOT NULL",
        ),
        deeds=(
            Deed(
                "inserted",
                (("INSERT INTO src VALUES (%(number)s, NULL)",), ("INSERT INTO src VALUES (%(number)s, 7)",)),
            ),
        ),
        kept={
            "upgrade": f"SELECT sum(v) = {SUM} + 7 * %(inserted)s FROM src",
            "rollback": f"SELECT sum(v) = {SUM} + 7 * %(inserted)s FROM src",
        },
        parted={"upgrade": "not kept", "rollback": "contains null values"},
        errors=frozenset({"NotNullViolation", "CheckViolation"}),
    ),
    Case(
        "a sum under a lock, and the trigger that keeps it",
        up=(
            "LOCK TABLE src IN SHARE MODE",
            "INSERT INTO tot (s) SELECT sum(v) FROM src",
            "ALTER TABLE there ADD CONSTRAINT c CHECK (a > 0) NOT VALID",
            "ALTER TABLE there VALIDATE CONSTRAINT c",
            UP_HERE,
            trigger_function("keep", "UPDATE tot SET s = s + NEW.v - OLD.v"),
            "CREATE TRIGGER keep AFTER UPDATE ON src FOR EACH ROW EXECUTE FUNCTION keep()",
        ),
        down=one_by_one(
            "LOCK TABLE src IN SHARE MODE",
            "UPDATE tot SET s = (SELECT sum(v) FROM src)",
            DOWN_HERE,
            DOWN_THERE,
            "DROP TRIGGER keep ON src",
            "DROP FUNCTION keep()",
            "ALTER TABLE there DROP CONSTRAINT c",
        ),
        deeds=(Deed("added", ((ADD_TO_SRC,),)),),
        kept={
            "upgrade": f"SELECT s = {SUM} + %(added)s AND s = (SELECT sum(v) FROM src) FROM tot",
            "rollback": f"SELECT sum(v) = {SUM} + %(added)s FROM src",
        },
        parted={"upgrade": "not kept"},
    ),
    Case(
        "a trigger is off",
        schema=(
            "ALTER TABLE src ADD w bigint",
            "CREATE TABLE log (id bigint)",
            trigger_function("log", "INSERT INTO log VALUES (NEW.id)"),
            "CREATE TRIGGER log AFTER UPDATE ON src FOR EACH ROW EXECUTE FUNCTION log()",
        ),
        up=(
            "ALTER TABLE src DISABLE TRIGGER log",
            UP_HERE,
            "UPDATE src SET w = 1",
            "ALTER TABLE src ENABLE TRIGGER log",
        ),
        down=one_by_one(
            "ALTER TABLE src DISABLE TRIGGER log",
            DOWN_HERE,
            "UPDATE src SET w = NULL",
            "ALTER TABLE src ENABLE TRIGGER log",
        ),
        deeds=(Deed("added", ((ADD_TO_SRC,),)),),
        kept={
            "upgrade": "SELECT count(*) = %(added)s AND NOT EXISTS (SELECT FROM src WHERE w IS NULL) FROM log",
            "rollback": "SELECT count(*) = %(added)s AND NOT EXISTS (SELECT FROM src WHERE w IS NOT NULL) FROM log",
        },
    ),
    Case(
        "a constraint is made anew",
        schema=("ALTER TABLE src ADD CONSTRAINT low CHECK (v < 100000)",),
        up=(
            "ALTER TABLE src DROP CONSTRAINT low",
            "UPDATE src SET v = v + 100000",
            "ALTER TABLE src ADD CONSTRAINT high CHECK (v >= 100000)",
        ),
        down=(
            "ALTER TABLE src DROP CONSTRAINT high",
            "UPDATE src SET v = v - 100000",
            "ALTER TABLE src ADD CONSTRAINT low CHECK (v < 100000)",
        ),
        deeds=(
            Deed(
                "inserted",
                (
                    ("INSERT INTO src VALUES (%(number)s, 7)",),
                    ("INSERT INTO src VALUES (%(number)s, 100007)",),
                ),
            ),
        ),
        kept={
            "upgrade": f"SELECT sum(v - 100000) = {SUM} + 7 * %(inserted)s FROM src",
            "rollback": f"SELECT sum(v) = {SUM} + 7 * %(inserted)s FROM src",
        },
        parted={"upgrade": "is violated by some row|not kept", "rollback": "is violated by some row|not kept"},
        errors=frozenset({"CheckViolation"}),
    ),
    Case(
        "a column takes the place of another",
        up=(
            "ALTER TABLE src ADD w bigint",
            "UPDATE src SET w = v",
            "ALTER TABLE src ALTER w SET NOT NULL",
            "ALTER TABLE src DROP v",
        ),
        down=(
            "ALTER TABLE src ADD v bigint",
            "UPDATE src SET v = w",
            "ALTER TABLE src ALTER v SET NOT NULL",
            "ALTER TABLE src DROP w",
        ),
        deeds=(
            Deed(
                "inserted",
                (
                    ("INSERT INTO src (id, v) VALUES (%(number)s, 7)",),
                    ("INSERT INTO src (id, w) VALUES (%(number)s, 7)",),
                ),
            ),
            Deed("added", ((ADD_TO_SRC,), ("UPDATE src SET w = w + 1 WHERE id = %(row)s",))),
        ),
        kept={
            "upgrade": f"SELECT sum(w) = {SUM} + %(added)s + 7 * %(inserted)s FROM src",
            "rollback": f"SELECT sum(v) = {SUM} + %(added)s + 7 * %(inserted)s FROM src",
        },
        parted={"upgrade": "contains null values|not kept", "rollback": "contains null values|not kept"},
        errors=frozenset({"UndefinedColumn"}),
    ),
    Case(
        "a fill, and NOT NULL",
        up=(
            "ALTER TABLE src ADD w bigint",
            UP_HERE,
            "UPDATE src SET w = v",
            UP_THERE,
            "ALTER TABLE src ALTER w SET NOT NULL",
        ),
        down=one_by_one("ALTER TABLE src DROP w", DOWN_HERE, DOWN_THERE),
        deeds=(
            Deed(
                "inserted",
                (
                    ("INSERT INTO src (id, v) VALUES (%(number)s, 7)",),
                    ("INSERT INTO src (id, v, w) VALUES (%(number)s, 7, 7)",),
                ),
            ),
        ),
        kept={
            "upgrade": f"SELECT count(*) = {ROWS} + %(inserted)s AND bool_and(w IS NOT DISTINCT FROM v) FROM src",
            "rollback": f"SELECT count(*) = {ROWS} + %(inserted)s FROM src",
        },
        parted={"upgrade": "contains null values"},
        errors=frozenset({"NotNullViolation", "UndefinedColumn"}),
    ),
    Case(
        "a fill, and NOT NULL that a CHECK holds",
        up=(
            "ALTER TABLE src ADD w bigint",
            "ALTER TABLE src ADD CONSTRAINT full_w CHECK (w IS NOT NULL) NOT VALID",
            UP_HERE,
            "UPDATE src SET w = v WHERE w IS NULL",
            UP_THERE,
            "ALTER TABLE src VALIDATE CONSTRAINT full_w",
            "ALTER TABLE src ALTER w SET NOT NULL",
            "ALTER TABLE src DROP CONSTRAINT full_w",
        ),
        down=one_by_one("ALTER TABLE src DROP w", DOWN_HERE, DOWN_THERE),
        deeds=(
            Deed(
                "inserted",
                (
                    ("INSERT INTO src (id, v) VALUES (%(number)s, 7)",),
                    ("INSERT INTO src (id, v, w) VALUES (%(number)s, 7, 7)",),
                ),
            ),
        ),
        kept={
            "upgrade": f"SELECT count(*) = {ROWS} + %(inserted)s AND bool_and(w IS NOT DISTINCT FROM v) FROM src",
            "rollback": f"SELECT count(*) = {ROWS} + %(inserted)s FROM src",
        },
        parted={},  # the CHECK does what a tie would
        # the CHECK refuses what the old application inserts until NOT NULL does: so the header says
        errors=frozenset({"CheckViolation", "NotNullViolation", "UndefinedColumn"}),
    ),
    Case(
        "constraints are deferred",
        schema=(
            "CREATE TABLE nodes (id bigint PRIMARY KEY, parent bigint CONSTRAINT up REFERENCES nodes DEFERRABLE)",
            "INSERT INTO nodes VALUES (1, NULL)",
        ),
        up=(
            "SET CONSTRAINTS up DEFERRED",
            "INSERT INTO nodes VALUES (12, 11)",
            UP_HERE,
            UP_THERE,
            "INSERT INTO nodes VALUES (11, 1)",
        ),
        down=one_by_one(
            "SET CONSTRAINTS up DEFERRED",
            "DELETE FROM nodes WHERE id = 11",
            DOWN_HERE,
            DOWN_THERE,
            "DELETE FROM nodes WHERE id = 12",
        ),
        deeds=(Deed("inserted", (("INSERT INTO nodes VALUES (%(number)s, 1)",),)),),
        kept={
            "upgrade": "SELECT count(*) = 3 + %(inserted)s FROM nodes",
            "rollback": "SELECT count(*) = 1 + %(inserted)s FROM nodes",
        },
        parted={"upgrade": "violates foreign key", "rollback": "violates foreign key"},
    ),
    Case(
        "a temporary table",
        up=(
            "ALTER TABLE src ADD w bigint",
            "CREATE TEMP TABLE m ON COMMIT DROP AS SELECT id, v FROM src",
            UP_HERE,
            "UPDATE src SET w = m.v FROM m WHERE m.id = src.id",
            "ALTER TABLE src DROP v",
        ),
        down=one_by_one(
            "ALTER TABLE src ADD v bigint",
            "CREATE TEMP TABLE m ON COMMIT DROP AS SELECT id, w FROM src",
            DOWN_HERE,
            "UPDATE src SET v = m.w FROM m WHERE m.id = src.id",
            "ALTER TABLE src DROP w",
        ),
        deeds=(Deed("added", ((ADD_TO_SRC,), ("UPDATE src SET w = w + 1 WHERE id = %(row)s",))),),
        kept={
            "upgrade": f"SELECT sum(w) = {SUM} + %(added)s FROM src",
            "rollback": f"SELECT sum(v) = {SUM} + %(added)s FROM src",
        },
        parted={"upgrade": 'relation "m" does not exist', "rollback": 'relation "m" does not exist'},
        errors=frozenset({"UndefinedColumn"}),
    ),
    Case(
        "a lock that the application heeds",
        schema=(f"CREATE TABLE dst AS SELECT id, 0 AS v FROM src WHERE id <= {ROWS}",),
        up=(
            "SELECT pg_advisory_xact_lock(7)",
            "INSERT INTO tot SELECT 'src', sum(v) FROM src",
            UP_HERE,
            UP_THERE,
            "INSERT INTO tot SELECT 'dst', sum(v) FROM dst",
        ),
        down=one_by_one(
            "SELECT pg_advisory_xact_lock(7)",
            "UPDATE tot SET s = (SELECT sum(v) FROM src) WHERE kind = 'src'",
            DOWN_HERE,
            DOWN_THERE,
            "UPDATE tot SET s = (SELECT sum(v) FROM dst) WHERE kind = 'dst'",
        ),
        deeds=(
            Deed(
                "moved",
                (
                    (
                        "SELECT pg_advisory_xact_lock(7)",
                        "UPDATE src SET v = v - 1 WHERE id = %(row)s",
                        "UPDATE dst SET v = v + 1 WHERE id = %(row)s",
                    ),
                ),
            ),
        ),
        kept={
            "upgrade": f"SELECT sum(s) = {SUM} FROM tot",
            "rollback": f"SELECT sum(s) = {SUM} FROM tot",
        },
    ),
    Case(
        "a view is made anew",
        schema=("CREATE VIEW seen AS SELECT id, v FROM src",),
        up=("DROP VIEW seen", UP_HERE, UP_THERE, "CREATE VIEW seen AS SELECT id, v, 1 AS w FROM src"),
        down=one_by_one("DROP VIEW seen", DOWN_HERE, DOWN_THERE, "CREATE VIEW seen AS SELECT id, v FROM src"),
        deeds=(Deed("added", (("UPDATE seen SET v = v + 1 WHERE id = %(row)s",),)),),
        kept={
            "upgrade": f"SELECT sum(v) = {SUM} + %(added)s FROM src",
            "rollback": f"SELECT sum(v) = {SUM} + %(added)s FROM src",
        },
        parted={"upgrade": "UndefinedTable", "rollback": "UndefinedTable"},
    ),
    Case(
        "a table takes the place of another",
        up=(
            "LOCK TABLE src",
            "CREATE TABLE other (LIKE src INCLUDING ALL)",
            "INSERT INTO other SELECT * FROM src",
            "DROP TABLE src",
            UP_HERE,
            UP_THERE,
            "ALTER TABLE other RENAME TO src",
        ),
        down=one_by_one(
            "LOCK TABLE src",
            "CREATE TABLE other (LIKE src INCLUDING ALL)",
            "INSERT INTO other SELECT * FROM src",
            "ALTER TABLE src RENAME TO former",
            DOWN_HERE,
            DOWN_THERE,
            "ALTER TABLE other RENAME TO src",
            "DROP TABLE former",
        ),
        deeds=(Deed("added", ((ADD_TO_SRC,),)),),
        kept={
            "upgrade": f"SELECT sum(v) = {SUM} + %(added)s FROM src",
            "rollback": f"SELECT sum(v) = {SUM} + %(added)s FROM src",
        },
        parted={"upgrade": "not kept|UndefinedTable", "rollback": "not kept|UndefinedTable"},
    ),
    Case(
        "a function that fills is replaced",
        schema=(
            REPLACED.format(""),
            "CREATE TRIGGER fill BEFORE INSERT OR UPDATE ON src FOR EACH ROW EXECUTE FUNCTION fill()",
        ),
        up=(
            "ALTER TABLE src ADD w bigint",
            "UPDATE src SET w = v",
            UP_HERE,
            UP_THERE,
            REPLACED.format("NEW.w := NEW.v; "),
        ),
        down=(*one_by_one("ALTER TABLE src DROP w", DOWN_HERE, DOWN_THERE), REPLACED.format("")),
        deeds=(Deed("added", ((ADD_TO_SRC,),)),),
        kept={
            "upgrade": f"SELECT sum(w) = {SUM} + %(added)s FROM src",
            "rollback": f"SELECT sum(v) = {SUM} + %(added)s FROM src",
        },
        parted={"upgrade": "not kept", "rollback": "UndefinedColumn"},
    ),
    Case(
        "privileges are given back",
        schema=("GRANT SELECT, UPDATE ON src TO pg_read_all_stats",),  # a role that every server has
        up=(
            "REVOKE ALL ON src FROM pg_read_all_stats",
            UP_HERE,
            UP_THERE,
            "GRANT SELECT, UPDATE ON src TO pg_read_all_stats",
        ),
        down=one_by_one(
            "REVOKE ALL ON src FROM pg_read_all_stats",
            DOWN_HERE,
            DOWN_THERE,
            "GRANT SELECT, UPDATE ON src TO pg_read_all_stats",
        ),
        deeds=(Deed("added", (("SET LOCAL ROLE pg_read_all_stats", ADD_TO_SRC),)),),
        kept={
            "upgrade": f"SELECT sum(v) = {SUM} + %(added)s FROM src",
            "rollback": f"SELECT sum(v) = {SUM} + %(added)s FROM src",
        },
        parted={"upgrade": "InsufficientPrivilege", "rollback": "InsufficientPrivilege"},
    ),
    Case(
        "a domain's constraint is made anew",
        schema=(
            "CREATE DOMAIN small AS bigint CONSTRAINT low CHECK (VALUE < 1000)",
            "CREATE TABLE smalls (id bigint, v small)",
        ),
        up=(
            "ALTER DOMAIN small DROP CONSTRAINT low",
            UP_HERE,
            UP_THERE,
            "ALTER DOMAIN small ADD CONSTRAINT low CHECK (VALUE < 100) NOT VALID",
        ),
        down=one_by_one(
            "ALTER DOMAIN small DROP CONSTRAINT low",
            DOWN_HERE,
            DOWN_THERE,
            "ALTER DOMAIN small ADD CONSTRAINT low CHECK (VALUE < 1000) NOT VALID",
        ),
        deeds=(
            Deed(
                "inserted",
                (
                    ("INSERT INTO smalls VALUES (%(number)s, 5000)",),
                    ("INSERT INTO smalls VALUES (%(number)s, 7)",),
                ),
            ),
        ),
        kept={
            "upgrade": "SELECT count(*) = %(inserted)s AND bool_and(v = 7) FROM smalls",
            "rollback": "SELECT count(*) = %(inserted)s AND bool_and(v = 7) FROM smalls",
        },
        errors=frozenset({"CheckViolation"}),
    ),
)
