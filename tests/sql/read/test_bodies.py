"""Bodies of functions, procedures and DO blocks: what is read of them, and what is said of the rest."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from release.model import Name
from release.model.syntax import Body, CreateRoutine, DoBlock, RelationUse
from release.sql.read.quote import literal
from release.sql.read.statements import statement_in

ROUTINE = "CREATE FUNCTION f({}) RETURNS {} LANGUAGE plpgsql AS {}"


@dataclass(frozen=True)
class Case:
    """A body, and what it says.

    Attributes:
        pieces: texts of its statements, in order.
        head: the parameters and the result of its function.
        opaque: a part of the reason; "" where there must be none.
    """

    body: str
    pieces: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    head: tuple[str, str] = ("", "void")
    dynamic: bool = False
    commits: bool = False
    opaque: str = ""


def body_in(statement: str) -> Body:
    match statement_in(statement):
        case CreateRoutine(body=body) | DoBlock(body=body):
            return body
        case other:
            raise AssertionError(other)


def uses_of(body: Body) -> tuple[str, ...]:
    """Give what is done to relations, e.g. "inserts into log"."""
    found = [use for piece in body.pieces for use in piece.syntax.contents.uses if isinstance(use, RelationUse)]
    return tuple(f"{use.use.value} {use.relation}" for use in found)


def calls_of(body: Body) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(call.name) for piece in body.pieces for call in piece.syntax.contents.calls))


TABLE = ("", "TABLE (id integer, label text)")
CASES = {
    "nothing": Case("BEGIN END"),
    "a block in a block, labels": Case(
        "<<whole>> DECLARE a integer := 1; BEGIN <<inner>> DECLARE a text; BEGIN whole.a := g(1); END inner; END whole",
        ("SELECT 1", "SELECT g(1)"),
        calls=("g",),
        types=("int4", "text"),
    ),
    "statements": Case(
        "BEGIN INSERT INTO log VALUES (g(1)); UPDATE s.rooms SET id = 1; DELETE FROM rooms; TRUNCATE rooms; END",
        ("INSERT INTO log VALUES (g(1))", "UPDATE s.rooms SET id = 1", "DELETE FROM rooms", "TRUNCATE rooms"),
        ("inserts into log", "updates s.rooms", "deletes from rooms"),
        ("g",),
    ),
    "PERFORM and CALL": Case(
        "BEGIN PERFORM g(id) FROM rooms; CALL s.p(h(1)); END",
        ("SELECT g(id) FROM rooms", "CALL s.p(h(1))"),
        ("reads rooms",),
        ("g", "s.p", "h"),
    ),
    "INTO": Case(
        "DECLARE n integer; BEGIN SELECT count(*) INTO STRICT n FROM rooms;"
        " INSERT INTO log VALUES (1) RETURNING id INTO n;"
        " END",
        ("SELECT count(*)               FROM rooms", "INSERT INTO log VALUES (1) RETURNING id"),
        ("reads rooms", "inserts into log"),
        ("count",),
        ("int4",),
    ),
    "INTO several, one of a type that only the database knows": Case(
        "DECLARE place geometry(Point, 4326); state s.state; n integer;"
        " BEGIN SELECT g, st, 1 INTO place, state, n FROM rooms;"
        " END",
        ("SELECT g, st, 1                      FROM rooms",),
        ("reads rooms",),
        types=("geometry", "s.state", "int4"),
    ),
    "branches": Case(
        "BEGIN IF a(1) THEN PERFORM b(1); ELSIF c(1) THEN PERFORM d(1); ELSE PERFORM e(1); END IF;"
        " CASE g(1) WHEN h(1) THEN PERFORM i(1); ELSE PERFORM j(1); END CASE; END",
        (
            *("SELECT a(1)", "SELECT b(1)", "SELECT c(1)", "SELECT d(1)", "SELECT e(1)", "SELECT g(1)"),
            *('SELECT "__Case__Variable_1__" IN (h(1))', "SELECT i(1)", "SELECT j(1)"),
        ),
        calls=("a", "b", "c", "d", "e", "g", "h", "i", "j"),
    ),
    "loops": Case(
        "DECLARE x text; BEGIN LOOP EXIT WHEN a(1); CONTINUE WHEN b(1); END LOOP; WHILE c(1) LOOP END LOOP;"
        " FOR i IN REVERSE d(1) .. e(1) BY g(1) LOOP END LOOP; FOREACH x SLICE 1 IN ARRAY h(1) LOOP END LOOP; END",
        tuple(f"SELECT {each}(1)" for each in "abcdegh"),
        calls=tuple("abcdegh"),
        types=("text",),
    ),
    "loops over queries": Case(
        "DECLARE r record; q rooms%ROWTYPE; a integer; b text; BEGIN FOR r IN SELECT id FROM rooms LOOP"
        " INSERT INTO log VALUES (r.id); END LOOP; FOR q IN TABLE rooms LOOP q.id := 1; END LOOP;"
        " FOR a, b IN SELECT 1, 'x' LOOP END LOOP; END",
        ("SELECT id FROM rooms", "INSERT INTO log VALUES (r.id)", "TABLE rooms", "SELECT 1", "SELECT 1, 'x'"),
        ("reads rooms", "inserts into log", "reads rooms"),
        types=("record", "rooms", "int4", "text"),
    ),
    "EXECUTE": Case(
        "DECLARE n integer; BEGIN EXECUTE 'SELECT ' || a(1) INTO n USING b(1); END",
        ("SELECT 'SELECT ' || a(1)", "SELECT b(1)"),
        calls=("a", "b"),
        types=("int4",),
        dynamic=True,
    ),
    "a loop over EXECUTE": Case(
        "DECLARE r record; BEGIN FOR r IN EXECUTE a(1) USING b(1) LOOP END LOOP; END",
        ("SELECT a(1)", "SELECT b(1)"),
        calls=("a", "b"),
        types=("record",),
        dynamic=True,
    ),
    "RETURN QUERY EXECUTE": Case(
        "BEGIN RETURN QUERY EXECUTE a(1); END",
        ("SELECT a(1)",),
        calls=("a",),
        head=("", "SETOF rooms"),
        dynamic=True,
    ),
    "OPEN FOR EXECUTE": Case(
        "DECLARE c refcursor; BEGIN OPEN c FOR EXECUTE a(1); END",
        ("SELECT a(1)",),
        calls=("a",),
        types=("refcursor",),
        dynamic=True,
    ),
    "the word EXECUTE in a text": Case("BEGIN PERFORM 'EXECUTE a(1); COMMIT'; END", ("SELECT 'EXECUTE a(1); COMMIT'",)),
    "cursors": Case(
        "DECLARE c CURSOR (k rooms.id%TYPE, l numeric(8, 2)) FOR SELECT id FROM rooms WHERE id = k;"
        " d refcursor; n integer;"
        " BEGIN OPEN c(a(1), 2); FETCH ABSOLUTE b(1) FROM c INTO n; MOVE c; UPDATE rooms SET id = 1 WHERE CURRENT OF c;"
        " CLOSE c; OPEN d FOR SELECT 1 FROM log; FOR r IN c(k := 1, l := 2) LOOP PERFORM r.id; END LOOP; END",
        (
            "SELECT id FROM rooms WHERE id = k",
            "SELECT a(1), 2",
            "SELECT b(1)",
            "UPDATE rooms SET id = 1 WHERE CURRENT OF c",
            "SELECT 1 FROM log",
            "SELECT 1 AS k, 2 AS l",
            "SELECT r.id",
        ),
        ("reads rooms", "updates rooms", "reads log"),
        ("a", "b"),
        ("rooms.id", "numeric", "refcursor", "int4"),
    ),
    "RAISE, ASSERT, exceptions, diagnostics": Case(
        "DECLARE n integer; t text; BEGIN RAISE NOTICE 'a % %', a(1), 2 USING HINT = b(1); RAISE division_by_zero;"
        " ASSERT c(1), d(1); EXCEPTION WHEN unique_violation OR SQLSTATE '22012' THEN"
        " GET STACKED DIAGNOSTICS t = MESSAGE_TEXT; GET DIAGNOSTICS n = ROW_COUNT; PERFORM e(SQLERRM); RAISE; END",
        ("SELECT a(1)", "SELECT 2", "SELECT b(1)", "SELECT c(1)", "SELECT d(1)", "SELECT e(SQLERRM)"),
        calls=("a", "b", "c", "d", "e"),
        types=("int4", "text"),
    ),
    "diagnostics into a type that only the database knows": Case(
        "DECLARE n s.amount; BEGIN GET DIAGNOSTICS n = ROW_COUNT; END", types=("s.amount",)
    ),
    "defaults": Case(
        "DECLARE a CONSTANT s.state := a(1); b integer NOT NULL DEFAULT b(1); r rooms = c(1);"
        " t text COLLATE \"C\" := 'x;y';"
        " z x.y%TYPE; BEGIN r.id := 1; END",
        ("SELECT a(1)", "SELECT b(1)", "SELECT c(1)", "SELECT 'x;y'", "SELECT 1"),
        calls=("a", "b", "c"),
        types=("s.state", "int4", "rooms", "text", "x.y"),
    ),
    "arrays, and assignments to parts": Case(
        "DECLARE a s.state[]; b integer[3]; r rooms; BEGIN a[g(1)] := h(1); b := ARRAY[i(1)]; r.id = 2;"
        " r.x[1].y := 3; END",
        ("SELECT h(1)", "SELECT a[g(1)]", "SELECT ARRAY[i(1)]", "SELECT 2", "SELECT 3", "SELECT r.x[1].y"),
        calls=("h", "g", "i"),
        types=("s.state", "int4", "rooms"),
    ),
    "ALIAS and numbered parameters": Case(
        "DECLARE a ALIAS FOR $1; BEGIN RETURN $2 || a || g($1); END",
        ("SELECT $2 || a || g($1)",),
        calls=("g",),
        head=("integer, text", "text"),
    ),
    "a column's type": Case("BEGIN RETURN a; END", head=("a rooms.id%TYPE, b s.rooms.id%TYPE", "rooms.id%TYPE")),
    "types in schemas, arrays of unknown ones, VARIADIC": Case(
        "BEGIN a.id := g(b[1]); RETURN c[1]; END",
        ("SELECT g(b[1])", "SELECT c[1]"),
        calls=("g",),
        head=('a "My Schema"."My.Type", b s.state[], VARIADIC c text[]', "s.state[]"),
    ),
    "quoted names": Case(
        'DECLARE "My Var" text; "select" rooms%ROWTYPE; BEGIN "My Var" := g(1); "select".id := "A ""b"""; END',
        ("SELECT g(1)", 'SELECT "A ""b"""'),
        calls=("g",),
        types=("text", "rooms"),
        head=('"A ""b""" text', "void"),
    ),
    "the name of the function before a parameter's": Case(
        "BEGIN f.a := g(1); END", ("SELECT g(1)",), calls=("g",), head=("a s.x", "void")
    ),
    "RETURNS TABLE": Case(
        "BEGIN id := g(1); RETURN NEXT; RETURN QUERY SELECT 1, 'a' FROM rooms; RETURN; END",
        ("SELECT g(1)", "SELECT 1, 'a' FROM rooms"),
        ("reads rooms",),
        ("g",),
        head=TABLE,
    ),
    "SETOF": Case(
        "DECLARE r rooms; BEGIN r.id := 1; RETURN NEXT r; RETURN NEXT g(1); RETURN QUERY TABLE rooms; RETURN; END",
        ("SELECT 1", "SELECT g(1)", "TABLE rooms"),
        ("reads rooms",),
        ("g",),
        ("rooms",),
        ("", "SETOF rooms"),
    ),
    "OUT parameters": Case(
        "BEGIN SELECT 1, g(1), 2 INTO a, b, c; RETURN; END",
        ("SELECT 1, g(1), 2",),
        calls=("g",),
        head=("OUT a s.state, INOUT b geometry, OUT c integer", "record"),
    ),
    "SETOF with OUT parameters": Case(
        "BEGIN a := g(1); RETURN NEXT; END", ("SELECT g(1)",), calls=("g",), head=("OUT a text", "SETOF text")
    ),
    "polymorphic types": Case(
        "BEGIN RETURN ARRAY[a, g(b[1])]; END",
        ("SELECT ARRAY[a, g(b[1])]",),
        calls=("g",),
        head=("a anyelement, b anyarray", "anyarray"),
    ),
    "a trigger": Case(
        "#variable_conflict use_column\nDECLARE n integer := 1;"
        " BEGIN IF TG_OP = 'DELETE' OR TG_NARGS > 0 THEN NEW.id := g(TG_ARGV[0]);"
        " INSERT INTO log SELECT OLD.*; END IF; NEW := OLD; RETURN COALESCE(NEW, OLD); END;",
        (
            "SELECT 1",
            "SELECT TG_OP = 'DELETE' OR TG_NARGS > 0",
            "SELECT g(TG_ARGV[0])",
            "INSERT INTO log SELECT OLD.*",
            "SELECT OLD",
            "SELECT COALESCE(NEW, OLD)",
        ),
        ("inserts into log",),
        ("g",),
        ("int4",),
        ("", "trigger"),
    ),
    "an event trigger": Case(
        "BEGIN PERFORM g(TG_TAG, tg_event); RETURN; END;",
        ("SELECT g(TG_TAG, tg_event)",),
        calls=("g",),
        head=("", "event_trigger"),
    ),
    "transactions": Case("BEGIN COMMIT; ROLLBACK AND CHAIN; END", commits=True),
    "quotes, dollar tags, comments, psql's commands": Case(
        "BEGIN PERFORM 'a''b', $q$ ; $x$ ' $q$, E'\\'', U&'\\00e9' /* ; ' */;"
        " -- ' ;\n PERFORM g('\\! rm', $$x$$, ':v'); END",
        ("SELECT 'a''b', $q$ ; $x$ ' $q$, E'\\'', U&'\\00e9'", "SELECT g('\\! rm', $$x$$, ':v')"),
        calls=("g",),
    ),
    "the words of blocks where they are none": Case(
        "DECLARE a text := 'BEGIN; DECLARE b c := g(1);'; /* DECLARE x y := g(2);"
        " */ BEGIN PERFORM $$DECLARE z zz;$$; END",
        ("SELECT 'BEGIN; DECLARE b c := g(1);'", "SELECT $$DECLARE z zz;$$"),
        types=("text",),
    ),
    "letters of other alphabets": Case(
        "DECLARE größe text := 'é'; BEGIN größe := g('ü'); END",
        ("SELECT 'é'", "SELECT g('ü')"),
        calls=("g",),
        types=("text",),
    ),
    "DECLARE several times": Case(
        "DECLARE a s.x; DECLARE b s.y; BEGIN IF true THEN DECLARE c s.z := g(1); BEGIN END; END IF; END",
        ("SELECT g(1)", "SELECT true"),
        calls=("g",),
        types=("s.x", "s.y", "s.z"),
    ),
    "no PL/pgSQL": Case("this is none", opaque="syntax error"),
    "an end too early": Case("BEGIN", opaque="syntax error at end of input"),
    "nothing at all": Case("", opaque="syntax error at end of input"),
    "a quote that does not end": Case("BEGIN PERFORM 'a; END", opaque="unterminated"),
    "a statement that PostgreSQL does not know": Case("BEGIN frobnicate; END", opaque="frobnicate"),
    "a variable that nobody declares": Case("BEGIN SELECT 1 INTO a; END", opaque='"a" is not a known variable'),
    "an expression that is none": Case("BEGIN RETURN 1 +; END", head=("", "integer"), opaque="syntax error"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_plpgsql(case: Case) -> None:
    body = body_in(ROUTINE.format(*case.head, literal(case.body)))
    assert body.opaque == "" if not case.opaque else case.opaque in body.opaque
    assert (tuple(piece.text for piece in body.pieces), uses_of(body), calls_of(body)) == (
        case.pieces,
        case.uses,
        case.calls,
    )
    assert tuple(str(each.name) for each in body.types) == case.types
    assert (body.dynamic, body.commits, body.checked) == (case.dynamic, case.commits, False)


@pytest.mark.parametrize(
    ("statement", "pieces", "calls", "checked", "opaque"),
    [
        (
            "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ DELETE FROM rooms; -- ';\n SELECT s.g(1), ';' $$",
            ("DELETE FROM rooms", "SELECT s.g(1), ';'"),
            ("s.g",),
            True,
            "",
        ),
        ("CREATE FUNCTION f(integer) RETURNS integer AS 'SELECT $1 + g(2)'", ("SELECT $1 + g(2)",), ("g",), True, ""),
        ("CREATE FUNCTION f() RETURNS void LANGUAGE sql AS ''", (), (), True, ""),
        ("CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'SELECT FROM FROM'", (), (), True, "syntax error"),
        ("DO LANGUAGE plpgsql $a$ BEGIN PERFORM $b$ $$ ' $b$; END $a$", ("SELECT $b$ $$ ' $b$",), (), False, ""),
        ("DO 'BEGIN PERFORM g(''a\\b'', ''it''''s''); END'", ("SELECT g('a\\b', 'it''s')",), ("g",), False, ""),
        ("DO E'BEGIN PERFORM g(\\'a\\'); END'", ("SELECT g('a')",), ("g",), False, ""),
        (
            "CREATE FUNCTION s.\"F o\"(a s.x) RETURNS void LANGUAGE 'PLPGSQL' AS $$ BEGIN \"F o\".a := 1; END $$",
            ("SELECT 1",), (), False, ""
        ),
        (
            "CREATE PROCEDURE p(a integer, OUT b text) LANGUAGE plpgsql AS $$ BEGIN b := g(a); END $$",
            ("SELECT g(a)",), ("g",), False, ""
        ),
        ("DO LANGUAGE plperl 'g(1); COMMIT'", (), (), False, "it is written in plperl"),
        ("CREATE FUNCTION f() RETURNS integer LANGUAGE c AS 'file', 'symbol'", (), (), False, "it is written in c"),
    ],
)  # fmt: skip
def test_other_bodies(
    statement: str, pieces: tuple[str, ...], calls: tuple[str, ...], checked: bool, opaque: str
) -> None:
    body = body_in(statement)
    assert (tuple(piece.text for piece in body.pieces), calls_of(body), body.checked) == (pieces, calls, checked)
    assert body.opaque == "" if not opaque else opaque in body.opaque
    assert not body.dynamic


def test_a_procedure_ends_transactions() -> None:
    body = body_in("CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN DELETE FROM rooms; COMMIT; END $$")
    assert (body.commits, uses_of(body)) == (True, ("deletes from rooms",))


@pytest.mark.parametrize(
    "text", ["RETURN s.g(1)", "BEGIN ATOMIC DELETE FROM rooms; SELECT s.g(1); END"], ids=["RETURN", "BEGIN ATOMIC"]
)
def test_a_body_in_sql_is_part_of_its_statement(text: str) -> None:
    syntax = statement_in(f"CREATE FUNCTION f() RETURNS integer LANGUAGE sql {text}")
    assert isinstance(syntax, CreateRoutine)
    assert syntax.body == Body("sql", checked=True)
    assert Name("g", "s") in {call.name for call in syntax.contents.calls}


def test_deep_nesting_is_said() -> None:
    deep = "BEGIN IF true THEN " * 400 + "END IF; END; " * 400
    assert body_in(f"DO $$ {deep} $$").opaque == "it is nested too deeply"
