"""What preflight and guard ask before a release: what it makes itself is no reason, what it will fail on is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from release.plan.required_classes import DEFAULTS
from release.scratch.server import Server
from release.sql.read.types import SERIAL
from tests.databases import LOSING, NewDatabase, Psql, skip_spatial
from tests.projects import Revision, build_two

_SRID = "INSERT INTO spatial_ref_sys (auth_name, auth_srid, srid) VALUES ('ours', 1, 990001)"
_MOOD = ("CREATE TYPE mood AS ENUM ('ok', 'bad')", "CREATE TABLE t (id int, m mood)", "INSERT INTO t VALUES (1, 'ok')")
_NUMBERS = ("CREATE TABLE t (number text, m int)", "INSERT INTO t VALUES ('1', 2), ('3', 4)")
_EXPRESSION = ("CREATE TABLE t (n text)", "INSERT INTO t VALUES ('a'), ('b')")

# name: what was there, and a release that succeeds on it
FINE: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "an SRID of its own": (
        ("CREATE EXTENSION IF NOT EXISTS postgis",),
        (_SRID, "CREATE TABLE places (at geometry(Point, 990001))"),
    ),
    "an SRID from a query": (
        ("CREATE EXTENSION IF NOT EXISTS postgis",),
        (
            "INSERT INTO spatial_ref_sys SELECT 904326, auth_name, 2, srtext FROM spatial_ref_sys WHERE srid = 4326",
            "CREATE TABLE places (at geometry(Point, 904326))",
        ),
    ),
    "an SRID that a constant row selects": (
        ("CREATE EXTENSION IF NOT EXISTS postgis",),
        (
            "INSERT INTO spatial_ref_sys (srid, auth_name, auth_srid) SELECT 990002, 'ours', 2",
            "CREATE TABLE places (at geometry(Point, 990002))",
        ),
    ),
    "a label in a CHECK": (
        _MOOD,
        ("ALTER TYPE mood ADD VALUE 'fine'", "ALTER TABLE t ADD CONSTRAINT c CHECK (m IN ('ok', 'fine'))"),
    ),
    "a renamed label in a CHECK": (
        _MOOD,
        ("ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'", "ALTER TABLE t ADD CONSTRAINT c CHECK (m = 'fine')"),
    ),
    "a label in a partial index": (
        _MOOD,
        ("ALTER TYPE mood ADD VALUE 'fine'", "CREATE UNIQUE INDEX i ON t (id) WHERE m = 'fine'"),
    ),
    "a label in a rebuilt type": (
        _MOOD,
        (
            "ALTER TYPE mood ADD VALUE 'fine'",
            "CREATE TYPE temper AS ENUM ('fine', 'ok')",
            "ALTER TABLE t ALTER m TYPE temper USING m::text::temper",
            "ALTER TABLE t ADD CONSTRAINT c CHECK (m IN ('ok', 'fine'))",
        ),
    ),
    "a type that it makes and renames": (
        _MOOD,
        (
            "ALTER TYPE mood RENAME TO old_mood",
            "CREATE TYPE mood AS ENUM ('ok', 'good')",
            "ALTER TABLE t ALTER m TYPE mood USING m::text::mood",
            "ALTER TABLE t ADD CONSTRAINT c CHECK (m <> 'good')",
            "DROP TYPE old_mood",
        ),
    ),
    "a domain of its own": (
        ("CREATE TABLE t (n int)", "INSERT INTO t VALUES (1)"),
        ("CREATE DOMAIN small AS int CHECK (VALUE < 10)", "ALTER TABLE t ALTER n TYPE small"),
    ),
    "a function of its own": (
        ("CREATE TABLE t (n int)", "INSERT INTO t VALUES (1)"),
        (
            "CREATE FUNCTION is_small(int) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT $1 < 10'",
            "ALTER TABLE t ADD CONSTRAINT c CHECK (is_small(n))",
        ),
    ),
    "a table and its column renamed, then retyped": (
        _NUMBERS,
        (
            "ALTER TABLE t RENAME TO things",
            "ALTER TABLE things RENAME COLUMN number TO nr",
            "ALTER TABLE things ALTER nr TYPE int USING nr::int",
            "CREATE UNIQUE INDEX i ON things (nr)",
            "ALTER TABLE things ALTER nr SET NOT NULL",
        ),
    ),
    "a column added under the name of one that it renames": (
        _NUMBERS,
        ("ALTER TABLE t RENAME m TO n", "ALTER TABLE t ADD COLUMN m text", "ALTER TABLE t ADD CHECK (m IS NULL)"),
    ),
    "a column renamed, then its table": (
        _NUMBERS,
        (
            "ALTER TABLE t RENAME number TO nr",
            "ALTER TABLE t RENAME TO things",
            "ALTER TABLE things ALTER nr TYPE int USING things.nr::int",
        ),
    ),
    "columns that change names": (
        _NUMBERS,
        (
            "ALTER TABLE t RENAME number TO x",
            "ALTER TABLE t RENAME m TO number",
            "ALTER TABLE t RENAME x TO m",
            "ALTER TABLE t ALTER m TYPE int USING m::int",
            "CREATE UNIQUE INDEX i ON t (number)",
        ),
    ),
    "a column under the name of another that is dropped": (
        _NUMBERS,
        (
            "ALTER TABLE t DROP COLUMN m",
            "ALTER TABLE t RENAME number TO m",
            "ALTER TABLE t ALTER m TYPE int USING m::int",
        ),
    ),
    "renamed keys": (
        (
            "CREATE TABLE parents (id int PRIMARY KEY)",
            "CREATE TABLE t (parent int)",
            "INSERT INTO parents VALUES (1)",
            "INSERT INTO t VALUES (1)",
        ),
        (
            "ALTER TABLE parents RENAME id TO number",
            "ALTER TABLE t RENAME parent TO parent_number",
            "ALTER TABLE parents RENAME TO elders",
            "ALTER TABLE t ADD FOREIGN KEY (parent_number) REFERENCES elders (number)",
            "ALTER TABLE t ADD CONSTRAINT again FOREIGN KEY (parent_number) REFERENCES elders",
        ),
    ),
    "rows that it adds to the other table": (
        ("CREATE TABLE parents (id int PRIMARY KEY)", "CREATE TABLE t (parent int)", "INSERT INTO t VALUES (1)"),
        ("INSERT INTO parents VALUES (1)", "ALTER TABLE t ADD FOREIGN KEY (parent) REFERENCES parents (id)"),
    ),
    "rows that a block mends": (
        ("CREATE TABLE t (n int)", "INSERT INTO t VALUES (NULL)"),
        ("DO $$ BEGIN UPDATE t SET n = 1; END $$", "ALTER TABLE t ALTER n SET NOT NULL"),
    ),
    "rows that a block mends in SQL that it puts together": (
        ("CREATE TABLE t (n int)", "INSERT INTO t VALUES (NULL)"),
        ("DO $$ BEGIN EXECUTE 'UPDATE t SET n = 1'; END $$", "ALTER TABLE t ALTER n SET NOT NULL"),
    ),
    "rows that a function mends": (
        (
            "CREATE TABLE t (n int)",
            "INSERT INTO t VALUES (NULL)",
            "CREATE FUNCTION mend() RETURNS void LANGUAGE sql AS 'UPDATE t SET n = 1'",
        ),
        ("SELECT mend()", "ALTER TABLE t ALTER n SET NOT NULL"),
    ),
    "rows that a WITH mends": (
        ("CREATE TABLE t (n int)", "INSERT INTO t VALUES (NULL)"),
        (
            "WITH mended AS (UPDATE t SET n = 1 RETURNING n) SELECT count(*) FROM mended",
            "ALTER TABLE t ALTER n SET NOT NULL",
        ),
    ),
    "rows that it removes": (
        ("CREATE TABLE t (n int)", "INSERT INTO t VALUES (NULL)"),
        ("TRUNCATE t", "ALTER TABLE t ALTER n SET NOT NULL"),
    ),
    "values that a conversion mends": (
        ("CREATE TABLE t (n text)", "INSERT INTO t VALUES (NULL), ('1')"),
        (
            "ALTER TABLE t ALTER n TYPE int USING coalesce(n, '0')::int",
            "ALTER TABLE t ALTER n SET NOT NULL",
        ),
    ),
    "an index on expressions only": (_EXPRESSION, ("CREATE INDEX i ON t (lower(n), upper(n))",)),
    "some indexes": (_EXPRESSION, ("CREATE INDEX i ON t (lower(n))", "CREATE INDEX j ON t (n)")),
    "functions of types that it makes": (
        ("CREATE TYPE mood AS ENUM ('ok')", "CREATE FUNCTION f(mood) RETURNS int LANGUAGE sql AS 'SELECT 1'"),
        (
            "CREATE TYPE temper AS ENUM ('ok')",
            "CREATE FUNCTION f(temper) RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "DROP FUNCTION f(temper)",
            "DROP FUNCTION f(mood)",
            "CREATE FUNCTION f(mood) RETURNS int LANGUAGE sql AS 'SELECT 2'",
        ),
    ),
    "functions of types that are not there": (
        (),
        (
            "DROP FUNCTION IF EXISTS f(temper, int)",
            "CREATE TYPE temper AS ENUM ('ok')",
            "CREATE FUNCTION f(temper, int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        ),
    ),
    "functions of a renamed type": (
        ("CREATE TYPE mood AS ENUM ('ok')", "CREATE FUNCTION f(mood) RETURNS int LANGUAGE sql AS 'SELECT 1'"),
        (
            "ALTER TYPE mood RENAME TO temper",
            "DROP FUNCTION f(temper)",
            "CREATE FUNCTION f(temper) RETURNS int LANGUAGE sql AS 'SELECT 2'",
        ),
    ),
}


_TIMES = (
    "CREATE TABLE t (a int, b int, active bool)",
    "INSERT INTO t VALUES (1, 5, true), (3, 9, true), (4, 6, false)",
)

# name: what was there, a release that the server refuses, and the reason that preflight gives
REFUSED: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "EXCLUDE over an expression": (
        _TIMES,
        ("ALTER TABLE t ADD CONSTRAINT c EXCLUDE USING gist (int4range(a, b) WITH &&)",),
        "public.t (int4range(a, b)): 3 pairs of rows that exclude each other",
    ),
    "EXCLUDE with a condition": (
        _TIMES,
        ("ALTER TABLE t ADD CONSTRAINT c EXCLUDE USING gist (int4range(a, b) WITH &&) WHERE (active)",),
        "public.t (int4range(a, b)): 1 pairs of rows that exclude each other",
    ),
    "EXCLUDE over renamed columns": (
        _TIMES,
        (
            "ALTER TABLE t RENAME a TO x",
            "ALTER TABLE t ADD CONSTRAINT c EXCLUDE USING gist (int4range(x, b) WITH &&)",
        ),
        "public.t (int4range(x, b)): 3 pairs of rows that exclude each other",
    ),
    "values that a rebuilt type does not have": (
        (*_MOOD, "INSERT INTO t VALUES (2, 'bad')"),
        (
            "CREATE TYPE temper AS ENUM ('ok', 'fine')",
            "ALTER TABLE t ALTER m TYPE temper USING m::text::temper",
        ),
        "public.t (m): 1 values that the new type does not have",
    ),
    "renamed and retyped": (
        ("CREATE TABLE t (number text)", "INSERT INTO t VALUES ('one')"),
        (
            "ALTER TABLE t RENAME TO things",
            "ALTER TABLE things RENAME number TO nr",
            "ALTER TABLE things ALTER nr TYPE int USING nr::int",
        ),
        "public.t (nr): a value that the new type refuses: invalid input syntax for type integer",
    ),
    "a default of an old type": (
        ("CREATE TABLE t (n text DEFAULT '7')",),
        ("ALTER TABLE t ALTER n TYPE int USING n::int",),
        "public.t (n): 1 default that cannot be cast to the new type",
    ),
    "a default of an enum that is rebuilt": (
        ("CREATE TYPE mood AS ENUM ('ok')", "CREATE TABLE t (m mood DEFAULT 'ok')"),
        ("CREATE TYPE temper AS ENUM ('ok')", "ALTER TABLE t ALTER m TYPE temper USING m::text::temper"),
        "public.t (m): 1 default that cannot be cast to the new type",
    ),
    "a default that is set too late": (
        ("CREATE TABLE t (n text DEFAULT '7')",),
        ("ALTER TABLE t ALTER n TYPE int USING n::int, ALTER n SET DEFAULT 7",),
        "public.t (n): 1 default that cannot be cast to the new type",
    ),
}
_ROWS = (
    'CREATE TABLE t (id int NOT NULL, word varchar(3), n int CHECK (n < 10), state text, "A $b$" int NOT NULL)',
    "INSERT INTO t VALUES (1, 'a', 1, '5', 1), (2, 'b', 2, 'x', 2), (3, NULL, NULL, NULL, 3)",
)
REFUSED |= {
    "names that SQL quotes": (
        ('CREATE TABLE "a.b" ("k.l" int, "user" int)', 'INSERT INTO "a.b" VALUES (1, 1), (1, 1)'),
        ('ALTER TABLE "a.b" ADD CONSTRAINT "u.v" UNIQUE ("k.l", "user")',),
        'public."a.b" ("k.l", "user"): 1 values that are there more than once',
    ),
    "rows of a table in the second schema of a path": (
        ("CREATE SCHEMA aside", "CREATE TABLE t (n int)", "INSERT INTO t VALUES (NULL)"),
        ("SET LOCAL search_path = aside, public", "ALTER TABLE t ALTER n SET NOT NULL"),
        "public.t (n): 1 rows with NULL",
    ),
    "an UPDATE to NULL": (
        _ROWS,
        ('UPDATE t SET "A $b$" = nullif(id, 2)',),
        'public.t ("A $b$"): 1 rows that the release writes, and that a column or a CHECK refuses',
    ),
    "an UPDATE that a CHECK refuses": (
        _ROWS,
        ("UPDATE t SET n = n * 5 WHERE id > 1 AND word <> 'it''s %s'",),
        "public.t (n): 1 rows that the release writes",
    ),
    "an UPDATE that makes values collide": (
        (
            "CREATE TABLE t (id int PRIMARY KEY, word text, n int, UNIQUE (word, n))",
            "INSERT INTO t VALUES (1, 'A%', 1), (2, 'a%', 1), (3, 'b', 1), (4, NULL, 1), (5, NULL, 1)",
        ),
        ("UPDATE t SET word = lower(t.word) WHERE word LIKE '%\\%' OR word IS NULL OR word = 'a $b$ %s'",),
        "public.t (word): 1 values that the release writes, and that would then be there more than once",
    ),
    "an UPDATE to a value that another row has": (
        ('CREATE TABLE "a.b" (id int, "k%l" int UNIQUE)', 'INSERT INTO "a.b" VALUES (1, 1), (2, 7)'),
        ('UPDATE "a.b" SET "k%l" = 7 WHERE id < 2',),
        'public."a.b" ("k%l"): 1 values that the release writes',
    ),
    "an UPDATE to what is too long": (_ROWS, ("UPDATE t SET word = word || 'bcd'",), "public.t (word): 2 rows that"),
    "an UPDATE with a value of another type": (
        _ROWS,
        ("UPDATE t SET n = t.state::int",),
        "public.t (n): rows that the release writes, and that a column or a CHECK refuses: invalid input syntax",
    ),
}
_WRITTEN = "rows that the release writes, and that a column or a CHECK refuses"
_KINDS = (
    "CREATE TABLE kinds (code char(3) PRIMARY KEY, up char(3) REFERENCES kinds, lo int, hi int DEFAULT 5)",
    "ALTER TABLE kinds ADD CHECK (lo < hi)",
    'CREATE TABLE parts (id serial PRIMARY KEY, "A {b}%s" text NOT NULL, kind char(3) REFERENCES kinds)',
    "ALTER TABLE parts ADD n numeric(4, 2)",
    "ALTER SEQUENCE parts_id_seq RESTART 100",
    'CREATE UNIQUE INDEX ON parts (lower("A {b}%s")) WHERE kind IS NOT NULL',
    "INSERT INTO kinds VALUES ('abc', NULL, 1), ('b', 'abc', 2)",
    "INSERT INTO parts VALUES (1, 'One', 'b', 1), (2, 'Two', NULL, 2)",
)
REFUSED |= {
    "an INSERT without a value that is needed": (
        _KINDS,
        ("INSERT INTO parts (kind, n) VALUES ('b', 1), (NULL, 2)",),
        f"public.parts (kind, n): 2 {_WRITTEN}",
    ),
    "an INSERT of NULL from a query": (
        _KINDS,
        ("INSERT INTO parts (\"A {b}%s\") SELECT nullif(code, 'b') FROM kinds",),
        f'public.parts ("A {{b}}%s"): 1 {_WRITTEN}',
    ),
    "an INSERT that a CHECK refuses, with a default": (
        _KINDS,
        ("INSERT INTO kinds (code, lo) VALUES ('c', 4), ('d', 5)",),
        f"public.kinds (code, lo): 1 {_WRITTEN}",
    ),
    "an INSERT of what is too long": (
        _KINDS,
        ("INSERT INTO kinds VALUES ('c   '), ('cdef')",),
        f"public.kinds: 1 {_WRITTEN}",
    ),
    "an INSERT of another type": (
        _KINDS,
        ("INSERT INTO kinds (lo, code) SELECT \"A {b}%s\"::int, 'x' FROM parts WHERE id = 1",),
        f"public.kinds (lo, code): {_WRITTEN}: invalid input syntax",
    ),
    "an INSERT of a number that is too large": (
        _KINDS,
        ("INSERT INTO parts VALUES (9, 'x', NULL, 123.4)",),
        f"public.parts: {_WRITTEN}: numeric field overflow",
    ),
    "an INSERT of a key that is there": (
        _KINDS,
        ("INSERT INTO kinds VALUES ('b')",),
        "public.kinds: 1 keys that the release writes, and that are there, or written more than once",
    ),
    "an INSERT of the same key twice": (
        _KINDS,
        ("INSERT INTO kinds (code) SELECT 'x' FROM parts",),
        "public.kinds (code): 1 keys that the release writes, and that are there, or written more than once",
    ),
    "an INSERT of an expression that is there": (
        _KINDS,
        ("INSERT INTO parts (\"A {b}%s\", kind) VALUES ('oNE', 'b'), ('x', 'b')",),
        'public.parts ("A {b}%s", kind): 1 keys that the release writes',
    ),
    "an INSERT whose parent is missing": (
        _KINDS,
        ("INSERT INTO parts (kind, \"A {b}%s\") VALUES ('q', '$b$ %s {x}'), (NULL, 'y'), ('b', 'z')",),
        'public.parts (kind, "A {b}%s"): 1 rows that the release writes, and that refer to one that is missing',
    ),
    "an INSERT whose parent in its own table is missing": (
        _KINDS,
        ("INSERT INTO kinds VALUES ('c', 'd'), ('d', 'e')",),
        "public.kinds: 1 rows that the release writes, and that refer to one that is missing",
    ),
    "an INSERT of NULL that yields to others": (
        _KINDS,
        ("INSERT INTO parts (id) VALUES (1) ON CONFLICT DO NOTHING",),
        f"public.parts (id): 1 {_WRITTEN}",
    ),
    "an INSERT after another": (
        _KINDS,
        ("INSERT INTO parts VALUES (8, 'x')", "INSERT INTO parts VALUES (9, NULL)"),
        f"public.parts: 1 {_WRITTEN}",
    ),
}
_ASIDE = (
    "CREATE SCHEMA aside",
    "CREATE TABLE parents (id int PRIMARY KEY)",
    "INSERT INTO parents VALUES (1), (3)",
    "CREATE TABLE t (n int)",
    "INSERT INTO t VALUES (1), (2)",
    "CREATE INDEX old ON t (n)",
    "CREATE TABLE gone (n int)",
    "CREATE TYPE mood AS ENUM ('ok')",
    "CREATE SEQUENCE s",
)
FINE |= {
    "an UPDATE of rows that fit": (
        _ROWS,
        (
            "UPDATE t SET n = n * 5 WHERE id < 2",
            "UPDATE t SET word = 'abc   ', state = NULL, n = NULL",
            "ALTER TABLE t DROP CONSTRAINT t_n_check",
            "UPDATE t SET n = 99",
            "UPDATE t AS u SET n = u.id",
            "UPDATE t SET (id, n) = (1, 2), state = DEFAULT",
        ),
    ),
    "an UPDATE of keys that stay different": (
        ("CREATE TABLE t (id int, n int, UNIQUE (id, n))", "INSERT INTO t VALUES (1, 1), (2, 1), (3, NULL), (3, NULL)"),
        (
            "UPDATE t SET n = 5 WHERE id < 3",
            "UPDATE t SET id = 7 WHERE id = 3",
            "UPDATE t SET id = id * 2 WHERE id = 2",
        ),
    ),
    "an UPDATE that a trigger mends": (
        (
            *_ROWS,
            "CREATE FUNCTION mend() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.n := 1; RETURN NEW; END'",
            "CREATE TRIGGER mend BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION mend()",
        ),
        ("UPDATE t SET n = 99",),
    ),
    "an UPDATE of padded text": (
        ("CREATE TABLE t (code char(3) CHECK (code IN ('abc', 'x')))", "INSERT INTO t VALUES ('x')"),
        ("UPDATE t SET code = 'abc'",),
    ),
    "an INSERT of rows that fit": (
        (
            *_KINDS,
            "CREATE TYPE mood AS ENUM ('ok')",
            "CREATE TABLE many (a mood, b int[], c jsonb, d date, e bytea, f interval, g boolean, h numeric, i uuid)",
        ),
        (
            "INSERT INTO kinds VALUES ('c  ', 'd'), ('d', 'abc')",
            "INSERT INTO parts VALUES (3, 'one', NULL, 12.34), (4, 'three', 'b', '1'), (5, 'four', 'c', NULL)",
            "INSERT INTO parts (kind, \"A {b}%s\") SELECT code, 'of ' || code FROM kinds WHERE lo > 1",
            "INSERT INTO many VALUES ('ok', '{1}', '{\"a\": 1}', '2020-01-01', '\\x00', '1 day', 'yes', '1.5')",
            "INSERT INTO many (h, g, i) VALUES (1, true, NULL), (1.5, false, gen_random_uuid()), ('2.5', 't', NULL)",
            "INSERT INTO many (h) VALUES (DEFAULT)",
            "INSERT INTO many DEFAULT VALUES",
        ),
    ),
    "an INSERT that yields to what is there": (
        _KINDS,
        (
            "INSERT INTO kinds VALUES ('b', 'nix'), ('c', NULL), ('c', NULL) ON CONFLICT DO NOTHING",
            "INSERT INTO kinds VALUES ('b') ON CONFLICT (code) DO UPDATE SET lo = 3",
        ),
    ),
    "an INSERT of what the release has removed": (
        (
            *_KINDS,
            "CREATE TABLE subs (kind char(3) PRIMARY KEY REFERENCES kinds ON DELETE CASCADE)",
            "INSERT INTO subs VALUES ('abc')",
        ),
        (
            "DELETE FROM parts",
            "INSERT INTO parts VALUES (1, 'One', 'b', 1)",
            "TRUNCATE kinds CASCADE",
            "INSERT INTO kinds VALUES ('abc')",
            "INSERT INTO subs VALUES ('abc')",
            "INSERT INTO parts VALUES (1, 'One', 'abc', 1)",
        ),
    ),
    "an INSERT of what a cascade has removed": (
        (
            "CREATE TABLE kinds (id int PRIMARY KEY)",
            "CREATE TABLE subs (kind int PRIMARY KEY REFERENCES kinds ON DELETE CASCADE)",
            "INSERT INTO kinds VALUES (1)",
            "INSERT INTO subs VALUES (1)",
        ),
        ("DELETE FROM kinds", "INSERT INTO kinds VALUES (1)", "INSERT INTO subs VALUES (1)"),
    ),
    "an INSERT whose parents come first": (
        _KINDS,
        ("INSERT INTO kinds VALUES ('n')", "INSERT INTO parts (kind, \"A {b}%s\") VALUES ('n', 'x')"),
    ),
    "an INSERT whose parents come later": (
        (
            "CREATE TABLE t (id int PRIMARY KEY, up int REFERENCES t DEFERRABLE INITIALLY DEFERRED)",
            "INSERT INTO t VALUES (1)",
        ),
        (
            "INSERT INTO t VALUES (2, 3)",
            "INSERT INTO t VALUES (3, 1)",
        ),
    ),
    "an INSERT that a trigger mends": (
        (
            *_ROWS,
            "CREATE FUNCTION mend() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.\"A $b$\" := 1; RETURN NEW; END'",
            "CREATE TRIGGER mend BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION mend()",
        ),
        ("INSERT INTO t (id) VALUES (4)",),
    ),
    "an INSERT into a view, and by a rule": (
        (
            *_ROWS,
            "CREATE VIEW v AS SELECT * FROM t",
            "CREATE TABLE u (n int NOT NULL)",
            "CREATE RULE r AS ON INSERT TO u DO INSTEAD NOTHING",
        ),
        ('INSERT INTO v (id, "A $b$") VALUES (4, 1)', "INSERT INTO u VALUES (NULL)"),
    ),
    "an INSERT into what the release has changed": (
        (*_KINDS, "CREATE TABLE old (code text)", "INSERT INTO old VALUES (NULL)"),
        (
            'ALTER TABLE parts ALTER "A {b}%s" DROP NOT NULL',
            "INSERT INTO parts (id) VALUES (7)",
            "DELETE FROM old",
            "INSERT INTO kinds (code) SELECT code FROM old",
            "ALTER TABLE old RENAME TO older",
            "INSERT INTO kinds (code) SELECT code FROM older",
        ),
    ),
    "an INSERT from what the release has changed, by other names": (
        (
            "CREATE TABLE p (id int, n int) PARTITION BY LIST (id)",
            "CREATE TABLE p1 PARTITION OF p DEFAULT",
            "CREATE VIEW v AS SELECT n FROM p",
            "CREATE UNIQUE INDEX i ON p (id)",
            "CREATE TABLE t (n int NOT NULL)",
            "INSERT INTO p VALUES (1, NULL)",
        ),
        (
            "UPDATE p1 SET n = 2",
            "INSERT INTO t SELECT n FROM p",
            "INSERT INTO t SELECT n FROM v",
            "CREATE TABLE made (n int)",
            "INSERT INTO t SELECT (SELECT 1 FROM information_schema.tables WHERE table_name = 'made')",
            "DELETE FROM p1",
            "INSERT INTO p VALUES (1, 1)",
        ),
    ),
    "an INSERT that a partition's trigger mends": (
        (
            "CREATE TABLE p (id int, n int NOT NULL) PARTITION BY LIST (id)",
            "CREATE TABLE p1 PARTITION OF p DEFAULT",
            "CREATE FUNCTION mend() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.n := 1; RETURN NEW; END'",
            "CREATE TRIGGER mend BEFORE INSERT ON p1 FOR EACH ROW EXECUTE FUNCTION mend()",
        ),
        ("INSERT INTO p VALUES (1)",),
    ),
    "an INSERT into partitions": (
        (
            "CREATE TABLE p (id int PRIMARY KEY, n int) PARTITION BY RANGE (id)",
            "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10)",
            "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20)",
            "INSERT INTO p VALUES (1), (11)",
            "CREATE TABLE t (p int REFERENCES p)",
            "CREATE TABLE s (LIKE t) PARTITION BY LIST (p)",
            "CREATE TABLE s1 PARTITION OF s DEFAULT",
            "ALTER TABLE s ADD FOREIGN KEY (p) REFERENCES p",
        ),
        (
            "INSERT INTO t VALUES (1), (11)",
            "INSERT INTO s VALUES (11)",
            "INSERT INTO s1 VALUES (1)",
            "INSERT INTO p VALUES (2), (12)",
        ),
    ),
    "a table in the second schema of a path": (
        _ASIDE,
        (
            "SET LOCAL search_path = aside, public",
            "ALTER TABLE t ADD COLUMN more int",
            "ALTER TABLE t ALTER n SET NOT NULL",
            "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0)",
            "UPDATE t SET n = 3 WHERE n = 2",
            "CREATE INDEX i ON t (n)",
            "ALTER TABLE t ADD FOREIGN KEY (n) REFERENCES parents",
            "ALTER TABLE parents RENAME TO elders",
            "ALTER TABLE elders ADD COLUMN m mood DEFAULT 'ok'",
            "ALTER TABLE public.elders ADD COLUMN k int",
            "COMMENT ON COLUMN elders.k IS 'x'",
            "CREATE TABLE parents (id int)",
            "ALTER TABLE parents ADD COLUMN n int",
            "CREATE TABLE aside.u (id int)",
            "ALTER TABLE u ADD COLUMN n int",
            "DROP TABLE gone",
            "DROP INDEX old",
            "ALTER TYPE mood RENAME TO temper",
            "ALTER SEQUENCE s RENAME TO q",
        ),
    ),
    "EXCLUDE that nothing is against": (
        _TIMES,
        ("ALTER TABLE t ADD CONSTRAINT c EXCLUDE USING gist (int4range(a, b) WITH &&) WHERE (NOT active)",),
    ),
    "defaults that are cast": (
        (
            "CREATE TYPE mood AS ENUM ('ok')",
            "CREATE SEQUENCE s",
            "CREATE TABLE t (a int DEFAULT nextval('s'), b mood DEFAULT 'ok', c text DEFAULT now(), d int DEFAULT 7)",
            "CREATE TABLE u (e varchar(9) DEFAULT 'x', f int[] DEFAULT '{}', g numeric DEFAULT 1.5, h int)",
        ),
        (
            "ALTER TABLE t ALTER a TYPE bigint, ALTER b TYPE text, ALTER d TYPE numeric(5, 2)",
            "ALTER TABLE t ALTER c TYPE timestamptz USING c::timestamptz",
            "ALTER TABLE u ALTER e TYPE char(4), ALTER f TYPE bigint[], ALTER g TYPE int, ALTER h TYPE text",
        ),
    ),
    "defaults that go before": (
        ("CREATE TABLE t (n text DEFAULT '7', m text DEFAULT '7')",),
        (
            "ALTER TABLE t ALTER n DROP DEFAULT",
            "ALTER TABLE t ALTER n TYPE int USING n::int, ALTER m DROP DEFAULT, ALTER m TYPE int USING m::int",
            "ALTER TABLE t ALTER n SET DEFAULT 7",
        ),
    ),
}


def build(tmp_path: Path, start: tuple[str, ...], upgrade: tuple[str, ...]) -> Path:
    return build_two(tmp_path, Revision("a1", _executed(start)), Revision("b2", _executed(upgrade), down="a1"))


def _executed(statements: tuple[str, ...]) -> str:
    parts = (
        f"with op.get_context().autocommit_block(): op.execute({each!r})"
        if "CONCURRENTLY" in each
        else f"op.execute({each!r})"
        for each in statements
    )
    return "\n".join(parts) or "pass"


@pytest.mark.parametrize("name", FINE)
def test_what_a_release_makes_is_no_reason_against_it(
    name: str, new_database: NewDatabase, psql: Psql, tmp_path: Path
) -> None:
    start, upgrade = FINE[name]
    skip_spatial(*start)
    scripts = build(tmp_path, start, upgrade)
    database = new_database()
    assert psql(database, script=scripts / "1.0/upgrade.sql").returncode == 0
    done = psql(database, *LOSING, script=scripts / "1.1/preflight.sql")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "could not be asked" not in done.stdout
    for script in ("upgrade", "verify"):
        done = psql(database, *LOSING, script=scripts / f"1.1/{script}.sql")
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", REFUSED)
def test_what_it_will_fail_on_is_one(name: str, new_database: NewDatabase, psql: Psql, tmp_path: Path) -> None:
    start, upgrade, reason = REFUSED[name]
    scripts = build(tmp_path, start, upgrade)
    database = new_database()
    assert psql(database, script=scripts / "1.0/upgrade.sql").returncode == 0
    done = psql(database, script=scripts / "1.1/preflight.sql")
    assert done.returncode == 3, done.stdout + done.stderr
    assert f" NO-GO | {reason}" in done.stdout
    assert "NO-GO (1 reasons)" in done.stdout
    assert "could not be asked" not in done.stdout
    assert psql(database, script=scripts / "1.1/upgrade.sql").returncode == 3


def test_a_table_in_the_second_schema_of_the_configured_path(
    new_database: NewDatabase, psql: Psql, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.release]\nsearch_path = ['aside', 'public']\n", encoding="utf-8")
    start, (_, *upgrade) = FINE["a table in the second schema of a path"]
    start = (*(each.replace("TABLE ", "TABLE public.") for each in start[1:8]), *start[8:])
    start = tuple(each.replace("INTO ", "INTO public.").replace("ON t", "ON public.t") for each in start)
    scripts = build(tmp_path, start, tuple(upgrade))
    database = new_database()
    assert psql(database, "-c", "CREATE SCHEMA aside").returncode == 0
    for script in ("1.0/upgrade", "1.1/preflight", "1.1/upgrade", "1.1/verify"):
        done = psql(database, script=scripts / f"{script}.sql")
        assert done.returncode == 0, done.stdout + done.stderr


_ROOMS = ("CREATE TABLE rooms (id int, name text, during tsrange)",)
_FUNCTION = "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
_PATH = "on the search path of this script"

# name: what was there, a release that fails in its middle, and the reason
LACKING: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "a function of an extension": (
        _ROOMS,
        ("ALTER TABLE rooms ADD at timestamptz", "SELECT create_hypertable('rooms', 'at')"),
        f"no function create_hypertable {_PATH}",
    ),
    "a function in a schema": (_ROOMS, ("UPDATE rooms SET name = other.slug(name)",), "no function other.slug "),
    "a function in another schema": (
        (*_ROOMS, "CREATE SCHEMA aside", "CREATE FUNCTION aside.slug(text) RETURNS text LANGUAGE sql AS 'SELECT $1'"),
        ("UPDATE rooms SET name = slug(name)",),
        f"no function slug {_PATH}",
    ),
    "a function in a default": (
        _ROOMS,
        ("ALTER TABLE rooms ADD key uuid DEFAULT uuid_generate_v4()",),
        f"no function uuid_generate_v4 {_PATH}",
    ),
    "a trigger's function": (
        _ROOMS,
        ("CREATE TRIGGER t BEFORE INSERT ON rooms FOR EACH ROW EXECUTE FUNCTION stamp()",),
        f"no function stamp {_PATH}",
    ),
    "what a function of SQL calls": (
        _ROOMS,
        ("CREATE FUNCTION f(text) RETURNS text LANGUAGE sql AS 'SELECT slug($1)'",),
        f"no function slug {_PATH}",
    ),
    "a type": (_ROOMS, ("ALTER TABLE rooms ADD labels hstore[]",), f"no type hstore {_PATH}"),
    "the type of an argument": (
        (),
        ("CREATE FUNCTION f(citext) RETURNS int LANGUAGE sql AS 'SELECT 1'",),
        f"no type citext {_PATH}",
    ),
    "a type that gets a label": ((), ("ALTER TYPE mood ADD VALUE 'fine'",), f"no type mood {_PATH}"),
    "an operator class": (
        _ROOMS,
        ("CREATE INDEX ON rooms USING gin (name gin_trgm_ops)",),
        f"no operator class gin_trgm_ops {_PATH}",
    ),
    "an operator class of another method": (
        _ROOMS,
        ("CREATE INDEX ON rooms USING gist (name text_pattern_ops)",),
        "no operator class text_pattern_ops",
    ),
    "an operator class of EXCLUDE": (
        _ROOMS,
        ("ALTER TABLE rooms ADD EXCLUDE USING gist (id gist_int4_ops WITH =, during WITH &&)",),
        "no operator class gist_int4_ops",
    ),
    "an access method": (_ROOMS, ("CREATE INDEX ON rooms USING bloom (id)",), f"no access method bloom {_PATH}"),
    "a collation": (_ROOMS, ('ALTER TABLE rooms ADD word text COLLATE "no_NO_no"',), 'no collation "no_NO_no" '),
    "a collation of an index": (
        _ROOMS,
        ('CREATE INDEX ON rooms (name COLLATE "no_NO_no")',),
        'no collation "no_NO_no" ',
    ),
    "an extension": (
        (),
        ("CREATE EXTENSION timescale_of_no_one",),
        "the extension timescale_of_no_one is not installed",
    ),
    "the type of a variable": (
        (),
        ("CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'DECLARE x hstore; BEGIN RETURN not_there(1); END'",),
        f"no type hstore {_PATH}",
    ),
    "an extension to update": ((), ("ALTER EXTENSION hstore UPDATE",), "the extension hstore is missing"),
}
LACKING |= {
    "a class for EXCLUDE": (
        _ROOMS,
        ("ALTER TABLE rooms ADD EXCLUDE USING gist (id WITH =, during WITH &&)",),
        "no default operator class of the access method gist for the type integer (public.rooms.id)",
    ),
    "a class for an index": (
        _ROOMS,
        ("ALTER TABLE rooms RENAME name TO title", "CREATE INDEX ON rooms USING gin (title)"),
        "no default operator class of the access method gin for the type text (public.rooms.name)",
    ),
    "a class for a key": (
        ("CREATE DOMAIN note AS json", 'CREATE DOMAIN "Note" AS note', 'CREATE TABLE t ("A.b" "Note")'),
        ('ALTER TABLE t ADD UNIQUE ("A.b")',),
        'no default operator class of the access method btree for the type json (public.t."A.b")',
    ),
    "a class for a type that is written": (
        (),
        ("CREATE TABLE t (j json PRIMARY KEY)",),
        "no default operator class of the access method btree for the type json, and",
    ),
    "a class for a new type": (
        _ROOMS,
        ("ALTER TABLE rooms ALTER name TYPE xml USING name::xml", "CREATE INDEX ON rooms (name)"),
        "no default operator class of the access method btree for the type xml, and",
    ),
}
# name: what was there, and a release that lacks nothing
THERE: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "what it makes itself": (
        _ROOMS,
        (
            "CREATE FUNCTION slug(text) RETURNS text LANGUAGE sql AS 'SELECT lower($1)'",
            "UPDATE rooms SET name = slug(name)",
            _FUNCTION,
            "CREATE TRIGGER t BEFORE INSERT ON rooms FOR EACH ROW EXECUTE FUNCTION stamp()",
            "CREATE TYPE mood AS ENUM ('ok')",
            "CREATE DOMAIN small AS int",
            "CREATE TABLE t (m mood, s small, r rooms)",
            "CREATE FUNCTION f(t) RETURNS SETOF t LANGUAGE sql AS 'SELECT * FROM t'",
            "ALTER FUNCTION slug(text) RENAME TO slugged",
            "UPDATE rooms SET name = slugged(name)",
            "CREATE SCHEMA other",
            "ALTER FUNCTION slugged(text) SET SCHEMA other",
            "UPDATE rooms SET name = other.slugged(name)",
        ),
    ),
    "what an extension of its own brings": (
        _ROOMS,
        (
            "CREATE EXTENSION pg_trgm",
            "CREATE INDEX ON rooms USING gin (name gin_trgm_ops)",
            "CREATE EXTENSION IF NOT EXISTS hstore",
            "ALTER TABLE rooms ADD labels hstore DEFAULT hstore('a', 'b')",
        ),
    ),
    "what an extension has brought": (
        (*_ROOMS, "CREATE EXTENSION hstore", "CREATE EXTENSION pg_trgm", "CREATE EXTENSION btree_gist"),
        (
            "ALTER TABLE rooms ADD labels hstore DEFAULT hstore('a', 'b')",
            "CREATE INDEX ON rooms USING gin (name gin_trgm_ops)",
            "ALTER TABLE rooms ADD EXCLUDE USING gist (id gist_int4_ops WITH =, during WITH &&)",
            "SELECT similarity(name, 'x') FROM rooms",
            "CREATE EXTENSION IF NOT EXISTS hstore",
            "ALTER EXTENSION hstore UPDATE",
        ),
    ),
    "operator classes that are there": (
        (
            "CREATE TYPE mood AS ENUM ('ok')",
            "CREATE DOMAIN small AS int",
            "CREATE TABLE t (a mood, b small, c text[], d varchar(9), e int4range, f name, g cidr, h char(3))",
        ),
        (
            "CREATE INDEX ON t (a, b, c, d, e, f, g, h)",
            "CREATE INDEX ON t USING gin (c)",
            "CREATE INDEX ON t USING gist (e)",
            "CREATE INDEX ON t USING brin (b, d, g)",
            "CREATE TYPE temper AS ENUM ('ok')",
            "CREATE TABLE u (a temper PRIMARY KEY, b t UNIQUE, c small, EXCLUDE USING hash (c WITH =))",
            "CREATE EXTENSION btree_gist",
            "ALTER TABLE t ADD EXCLUDE USING gist (b WITH =)",
        ),
    ),
    "what a block makes": (
        _ROOMS,
        (
            "DO $$ BEGIN EXECUTE 'CREATE FUNCTION slug(text) RETURNS text LANGUAGE sql AS ''SELECT $1'''; END $$",
            "UPDATE rooms SET name = slug(name)",
        ),
    ),
    "another path": (
        (*_ROOMS, "CREATE SCHEMA aside", "CREATE FUNCTION aside.slug(text) RETURNS text LANGUAGE sql AS 'SELECT $1'"),
        ("SET LOCAL search_path = aside, public", "UPDATE public.rooms SET name = slug(name)"),
    ),
    "an aggregate, an operator and a collation of its own": (
        _ROOMS,
        (
            "CREATE AGGREGATE total (int) (sfunc = int4pl, stype = int, initcond = '0')",
            "SELECT total(id) FROM rooms",
            "CREATE COLLATION ours (provider = libc, locale = 'C')",
            "ALTER TABLE rooms ADD word text COLLATE ours",
        ),
    ),
    "what is PostgreSQL's own": (
        (*_ROOMS, "CREATE TYPE mood AS ENUM ('ok')"),
        (
            "SELECT coalesce(max(id), greatest(1, 2)), nullif(1, 2), extract(year FROM now()), current_user FROM rooms",
            "SELECT position('a' IN name), trim(name), overlay(name PLACING 'x' FROM 1), name::varchar(3) FROM rooms",
            "SELECT row_number() OVER (), array_agg(id), grouping(id), xmlelement(NAME a) FROM rooms GROUP BY id",
            "SELECT float8(1), date('2001-01-01'), text(1), mood('ok'), int4(2), bpchar('x'), gen_random_uuid()",
            "SELECT '2001-01-01' AT TIME ZONE 'UTC', json_build_object('a', 1), ARRAY[1] || 2",
            "WITH slug AS (SELECT 1) SELECT * FROM slug, generate_series(1, 2), unnest(ARRAY[1]) AS slugged",
            "SELECT name(rooms), rooms.name FROM rooms",
            "ALTER TABLE rooms SET (autovacuum_enabled = off, fillfactor = 70)",
            "CREATE INDEX ON rooms USING gist (during range_ops) WITH (buffering = off)",
            'CREATE INDEX ON rooms (name COLLATE "C" text_pattern_ops)',
            "CREATE TABLE copies (LIKE rooms, many rooms[], key serial, w varchar(9)[], m mood, at timestamp(3))",
            "CREATE FUNCTION f(a anyelement, OUT b anyarray) LANGUAGE sql AS 'SELECT ARRAY[$1]'",
            "CREATE FUNCTION g(a rooms, b rooms.id%TYPE) RETURNS TABLE (c int, d rooms) LANGUAGE sql AS 'SELECT 1, $1'",
            "DO $$ DECLARE x rooms; y rooms.name%TYPE; z rooms%ROWTYPE; BEGIN PERFORM 1; END $$",
            "DROP FUNCTION IF EXISTS never(never_there)",
            "COMMENT ON TYPE mood IS 'm'",
        ),
    ),
}


@pytest.mark.parametrize("name", LACKING)
def test_what_the_database_lacks(name: str, new_database: NewDatabase, psql: Psql, tmp_path: Path) -> None:
    start, upgrade, reason = LACKING[name]
    scripts = build(tmp_path, start, upgrade)
    database = new_database()
    assert psql(database, script=scripts / "1.0/upgrade.sql").returncode == 0
    done = psql(database, script=scripts / "1.1/preflight.sql")
    assert done.returncode == 3, done.stdout + done.stderr
    assert f" NO-GO | {reason}" in done.stdout
    assert "NO-GO (1 reasons)" in done.stdout
    done = psql(database, script=scripts / "1.1/upgrade.sql")
    assert done.returncode == 3
    assert f"refused, nothing changed:\n  - {reason}" in done.stderr
    # and rightly
    for statement in upgrade[:-1]:
        assert psql(database, "-c", statement).returncode == 0
    assert psql(database, "-c", upgrade[-1]).returncode == 1


@pytest.mark.parametrize("name", THERE)
def test_what_it_does_not_lack(name: str, new_database: NewDatabase, psql: Psql, tmp_path: Path) -> None:
    start, upgrade = THERE[name]
    scripts = build(tmp_path, start, upgrade)
    database = new_database()
    assert psql(database, script=scripts / "1.0/upgrade.sql").returncode == 0
    for script in ("preflight", "upgrade"):
        done = psql(database, script=scripts / f"1.1/{script}.sql")
        assert done.returncode == 0, done.stdout + done.stderr


# name: what was there, a release with its way back, and what takes from the database what that needs
BACK: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], str, str]] = {
    "a function": (
        (*_ROOMS, "CREATE FUNCTION slug(text) RETURNS text LANGUAGE sql AS 'SELECT lower($1)'"),
        ("UPDATE rooms SET name = upper(name)",),
        ("UPDATE rooms SET name = slug(name)",),
        "DROP FUNCTION slug(text)",
        f"no function slug {_PATH}",
    ),
    "a type": (
        ("CREATE TYPE mood AS ENUM ('ok')", "CREATE TABLE t (id int, m mood)"),
        ("ALTER TABLE t DROP COLUMN m",),
        ("ALTER TABLE t ADD COLUMN m mood",),
        "DROP TYPE mood",
        f"no type mood {_PATH}",
    ),
    "an operator class": (
        (*_ROOMS, "CREATE EXTENSION btree_gist", "CREATE INDEX i ON rooms USING gist (id)"),
        ("DROP INDEX i",),
        ("CREATE INDEX i ON rooms USING gist (id)",),
        "DROP EXTENSION btree_gist",
        "no default operator class of the access method gist for the type integer (public.rooms.id)",
    ),
    "a type, after an upgrade of two segments": (
        ("CREATE TYPE mood AS ENUM ('ok')", "CREATE TABLE t (id int, m mood)"),
        ("ALTER TABLE t DROP COLUMN m", "CREATE INDEX CONCURRENTLY i ON t (id)"),
        ("DROP INDEX i", "ALTER TABLE t ADD COLUMN m mood"),
        "DROP TYPE mood",
        f"no type mood {_PATH}",
    ),
}


@pytest.mark.parametrize("name", BACK)
def test_what_its_way_back_lacks(name: str, new_database: NewDatabase, psql: Psql, tmp_path: Path) -> None:
    start, upgrade, downgrade, gone, reason = BACK[name]
    first, forth, back = (_executed(each) for each in (start, upgrade, downgrade))
    scripts = build_two(tmp_path, Revision("a1", first), Revision("b2", forth, back, down="a1"))
    database = new_database()
    for script in ("1.0/upgrade.sql", "1.1/upgrade.sql", "1.1/rollback.sql", "1.1/upgrade.sql"):
        done = psql(database, script=scripts / script)
        assert done.returncode == 0, done.stdout + done.stderr
    assert psql(database, "-c", gone).returncode == 0
    done = psql(database, script=scripts / "1.1/rollback.sql")
    assert done.returncode == 3
    assert f"refused, nothing changed:\n  - {reason}" in done.stderr
    assert "and the rollback" in done.stderr


def test_types_that_have_an_operator_class(server: Server) -> None:
    with server.connect() as connection:
        for method, kinds in DEFAULTS.items():
            for kind in kinds - SERIAL:
                connection.execute(f"CREATE TEMPORARY TABLE t (c {kind})".encode())
                connection.execute(f"CREATE INDEX ON t USING {method} (c)".encode())
                connection.execute("DROP TABLE t")
