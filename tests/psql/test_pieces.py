"""Where a script is cut, without a server; that psql cuts there too is shown by test_parity.py and test_fuzz.py."""

from __future__ import annotations

from io import BytesIO

import pytest

from release.psql.pieces import Kind, ScriptPiece, cut

STATEMENTS = {
    "two on a line": ("SELECT 1; SELECT 2;", ["SELECT 1;", "SELECT 2;"]),
    "no semicolon at the end": ("SELECT 1;\nSELECT 2\n", ["SELECT 1;", "SELECT 2\n"]),
    "leading comment": ("-- a\n\n  SELECT 1 -- b;\n;", ["SELECT 1 -- b;\n;"]),
    "block comment": ("/* a; /* b; */ ; */ SELECT 1;", ["/* a; /* b; */ ; */ SELECT 1;"]),
    "doubled quotes": ("SELECT 'a'';' \"b\"\";\";", ["SELECT 'a'';' \"b\"\";\";"]),
    "escape string": (r"SELECT E'a\';', 'b\'; SELECT 2;", [r"SELECT E'a\';', 'b\';", "SELECT 2;"]),
    "identifier before a quote": (r"SELECT date'\'; SELECT 2;", [r"SELECT date'\';", "SELECT 2;"]),
    "dollar quotes": ("SELECT $$;$$, $a$;$$;$b$;$a$; SELECT 2;", ["SELECT $$;$$, $a$;$$;$b$;$a$;", "SELECT 2;"]),
    "dollar in identifier": ("SELECT a$b$; SELECT c$b$;", ["SELECT a$b$;", "SELECT c$b$;"]),
    "parentheses": (
        "CREATE RULE r AS ON INSERT TO t DO (A; B); C;",
        ["CREATE RULE r AS ON INSERT TO t DO (A; B);", "C;"],
    ),
    "begin atomic": (
        "CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE WHEN a THEN b END; SELECT 2; END; BEGIN; END;",
        ["CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE WHEN a THEN b END; SELECT 2; END;", "BEGIN;", "END;"],
    ),
    "combined": (r"SELECT 1\; SELECT 2;", [r"SELECT 1\; SELECT 2;"]),
    "byte-order mark": ("\ufeffSELECT 1;", ["SELECT 1;"]),
    "carriage returns": ("SELECT 1;\r\nSELECT\r\n2;\r\n", ["SELECT 1;", "SELECT\r\n2;"]),
    "open at the end": ("SELECT 'a;\nb", ["SELECT 'a;\nb"]),
    "variables stay": ("SELECT :a, :'b', ':c';", ["SELECT :a, :'b', ':c';"]),
    "strings made non-standard": (
        "SET standard_conforming_strings = off;\nSELECT '\\';'; B;",
        ["SET standard_conforming_strings = off;", "SELECT '\\';';", "B;"],
    ),
    "echo within": ("SELECT 1,\n\\echo a\n2;", ["SELECT 1,\n\n2;"]),
}


@pytest.mark.parametrize(("script", "expected"), STATEMENTS.values(), ids=STATEMENTS)
def test_statements(script: str, expected: list[str]) -> None:
    assert [piece.text for piece in cut(script) if piece.kind is Kind.STATEMENT] == expected


def test_commands_and_data() -> None:
    script = (
        "COPY t FROM stdin; SELECT 2;\n1\n;\n\\.\n"
        "  \\echo a 'b '' c' \\\\ SELECT 'é' \\gset p_\n"
        "\\if :x \\echo `date`\n\\endif\n"
    )
    assert list(cut(script)) == [
        ScriptPiece(Kind.STATEMENT, "COPY t FROM stdin;", 1, 1, terminated=True),
        ScriptPiece(Kind.DATA, "1\n;\n\\.\n", 2, 1, terminated=True),
        ScriptPiece(Kind.STATEMENT, "SELECT 2;", 1, 20, terminated=True),
        ScriptPiece(Kind.COMMAND, "\\echo a 'b '' c'", 5, 3, terminated=True, name="echo", arguments=("a", "b ' c")),
        ScriptPiece(Kind.STATEMENT, "SELECT 'é' ", 5, 23, terminated=True),
        ScriptPiece(Kind.COMMAND, "\\gset p_", 5, 34, terminated=True, name="gset", arguments=("p_",)),
        ScriptPiece(Kind.CONDITIONAL, "\\if :x", 6, 1, terminated=True, name="if", arguments=(":x",)),
        ScriptPiece(Kind.COMMAND, "\\echo `date`", 6, 8, terminated=True, name="echo", arguments=("date",), shell=True),
        ScriptPiece(Kind.CONDITIONAL, "\\endif", 7, 1, terminated=True, name="endif"),
    ]


@pytest.mark.parametrize("script", [example[0] for example in STATEMENTS.values()], ids=STATEMENTS)
def test_lines_one_by_one_are_cut_like_the_whole(script: str) -> None:
    assert list(cut(BytesIO(script.encode()))) == list(cut(script))
