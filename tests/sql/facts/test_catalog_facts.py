"""What statements promise, each by itself; tests/arxos/test_verify.py shows that a database says the same."""

from __future__ import annotations

import pytest

from release.sql.facts.catalog_facts import Promise, promises_of
from release.sql.read.statements import statement_in
from tests.sql.objects import told

# statement: the facts of every object, by what they are about; what is not known is left out
FACTS: dict[str, dict[str, dict[str, str]]] = {
    (
        "CREATE TABLE a.t (id int PRIMARY KEY, n varchar(9) NOT NULL DEFAULT 'x', g geometry(Point, 4326),"
        " s serial, CONSTRAINT c CHECK (id > 0))"
    ): {
        "table a.t": {},
        "column id of a.t": {"type": "integer", "null": "NOT NULL", "default": "no default"},
        "column n of a.t": {"type": "character varying(9)", "null": "NOT NULL", "default": "DEFAULT 'x'"},
        "column g of a.t": {
            "type": "geometry(Point,4326)",
            "entry": "geometry_columns: POINT, SRID 4326, 2 dimensions",
            "null": "NULL",
            "default": "no default",
        },
        "column s of a.t": {"type": "integer", "null": "NOT NULL", "default": "a default"},
        "constraint c of a.t": {"definition": "CHECK", "valid": "valid"},
    },
    "ALTER TABLE t ADD COLUMN a int, ALTER b SET NOT NULL, ALTER c DROP DEFAULT, ALTER d TYPE text": {
        "column a of t": {"type": "integer", "null": "NULL", "default": "no default"},
        "column b of t": {"null": "NOT NULL"},
        "column c of t": {"default": "no default"},
        "column d of t": {"type": "text"},
    },
    "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES u NOT VALID": {
        "constraint f of t": {"definition": "FOREIGN KEY", "valid": "NOT VALID"}
    },
    "ALTER TABLE t VALIDATE CONSTRAINT f": {"constraint f of t": {"valid": "valid"}},
    "CREATE UNIQUE INDEX i ON a.t (lower(n)) WHERE n <> ''": {
        "index a.i of a.t": {"shape": "UNIQUE btree (expression) WHERE"}
    },
    "COMMENT ON COLUMN t.a IS 'it''s'": {"column a of t": {"comment": "COMMENT it's"}},
    "COMMENT ON TABLE t IS NULL": {"table t": {"comment": "no comment"}},
    "ALTER TABLE t FORCE ROW LEVEL SECURITY": {"table t": {"forced": "row security for the owner too"}},
    "CREATE TRIGGER w BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()": {
        "trigger w of t": {
            "when": "BEFORE INSERT OR UPDATE FOR EACH ROW",
            "calls": "EXECUTE f",
            "enabled": "enabled",
        }
    },
    "CREATE MATERIALIZED VIEW m AS SELECT 1 AS a WITH NO DATA": {"materialized view m": {"filled": "not populated"}},
    "CREATE DOMAIN d AS text NOT NULL": {"domain d": {"type": "text", "null": "NOT NULL"}},
    "SELECT AddGeometryColumn('public', 't', 'g', 4326, 'POINT', 2)": {
        "column g of public.t": {"entry": "geometry_columns: POINT, SRID 4326, 2 dimensions", "null": "NULL"}
    },
    "CREATE VIEW v AS SELECT 1 AS a": {},
    "UPDATE t SET a = 1": {},
    "DROP TABLE t": {},
}


@pytest.mark.parametrize("statement", FACTS)
def test_facts(statement: str) -> None:
    found = promises_of(statement_in(statement), "public")
    known = {told(each.thing): {about: fact for about, fact in each.facts if fact} for each in found}
    assert known == FACTS[statement]
    assert len(known) == len(found)


# statement: for each of its promises, what is no fact that can be read beside the others
ASIDE: dict[str, tuple[dict[str, object], ...]] = {
    "CREATE TEMP TABLE t ()": ({"new": True, "temporary": True},),
    "CREATE TYPE mood AS ENUM ('sad', 'ok')": ({"new": True, "labels": ("sad", "ok")},),
    "ALTER TYPE mood ADD VALUE 'fair' BEFORE 'ok'": ({"label": "fair", "beside": ("before", "ok")},),
    "ALTER TYPE mood RENAME VALUE 'ok' TO 'good'": ({"label": "good", "renamed": "ok"},),
    "ALTER TABLE t SET SCHEMA s": ({"moved": "s"},),
    "CREATE FUNCTION f(a int, OUT b text) LANGUAGE sql AS 'SELECT 1'": ({"new": True, "arguments": ("integer",)},),
    "CREATE INDEX i ON t (a, lower(b))": ({"new": True, "columns": ("a", "b")},),
}


@pytest.mark.parametrize("statement", ASIDE)
def test_what_stands_beside_the_facts(statement: str) -> None:
    names = [name for name in Promise.__slots__ if name not in {"thing", "facts", "default"}]
    found = tuple(
        {name: getattr(each, name) for name in names if getattr(each, name)}
        for each in promises_of(statement_in(statement), "public")
    )
    assert found == ASIDE[statement]


def test_an_index_that_becomes_a_constraint_is_one_no_more() -> None:
    index, constraint, table = promises_of(
        statement_in("ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY USING INDEX i"), "public"
    )
    assert (told(index.thing), index.taken) == ("index i of t", True)
    assert (told(constraint.thing), constraint.new) == ("constraint k of t", True)
    assert str(table.every_column) == "t"


def test_a_body_is_told_by_its_text() -> None:
    one, same, other = (
        dict(promises_of(statement_in(f"CREATE FUNCTION f() RETURNS int LANGUAGE {rest}"), "public")[0].facts)["body"]
        for rest in ("sql AS 'SELECT 1'", "sql AS $$SELECT 1$$", "sql AS 'SELECT 2'")
    )
    assert one == same != other
