"""RUNBOOK.md: Markdown that nobody's names break out of, with what a DBA needs."""

from __future__ import annotations

import json
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from release.cli import run
from release.render.runbook import code, item, prose, shell, string
from release.scratch.server import Server
from release.sql.read.quote import one_line
from tests.databases import find_program
from tests.projects import Revision, build_two, write_project

HOSTILE = (
    "*bold* _under_ __init__ **x**",
    "`tick` ``two`` ` `` ```",
    "```sh whole",
    "``` ",
    "~~~ ~~gone~~",
    "<script>alert(1)</script> <!-- x --> <b",
    "&lt; &#60; &copy;",
    "[link](http://evil.example) ![image](x.png) [a]: http://b.example",
    "https://evil.example www.evil.example me@evil.example ftp://x",
    "# heading",
    "1. first",
    "- item + item * item",
    "=== --- ***",
    "| a | b | --- |",
    "back\\slash \\* \\`",
    "$x^2$ :tada: @user #12",
    "line\n\n# heading\n```sh whole\nrm -rf ~\n```\n",
    "\u202egnirts\u202c \x1b[2J \x00\u2028",
    "    four spaces\ttab",
    "(f(x)), (public.a_b); [x]:",
    "{{ 7 * 7 }} {% raw %}",
    "SQL\nSQL\n\\! touch owned",
    "$(touch owned) `touch owned` ';touch owned;' $HOME",
)
_INLINE = {"text", "code_inline", "softbreak"}
_OURS = _INLINE | {"link_open", "link_close", "strong_open", "strong_close"}


def parsed(text: str) -> list[Token]:
    """Read Markdown as GitHub does, with tables, strikethrough and links without brackets."""
    return MarkdownIt("gfm-like").parse(text)


def said(tokens: list[Token]) -> str:
    """Give what a reader sees of the text within blocks."""
    blocks = [token.children for token in tokens if token.children]
    return " ".join(
        " ".join("".join(" " if c.type == "softbreak" else c.content for c in each) for each in blocks).split()
    )


@given(st.text(st.sampled_from("ab .,:;()1-+=*_`~#|<>[]!&\\/@$^\"'\n\t\0é\u202e")) | st.text())
@example("a ```` b")
@example("``` ` ``")
def test_any_text_is_one_item_that_says_it(text: str) -> None:
    assume(one_line(text))
    tokens = parsed(f"before\n\n{item(text, 2)}\n")
    kinds = [token.type for token in tokens if token.level == 0 or token.type == "inline"]
    first, *_, last = kinds
    assert (first, last) == ("paragraph_open", "bullet_list_close"), kinds
    assert [token.type for token in tokens].count("list_item_open") == 1
    assert [token.type for token in tokens].count("bullet_list_open") == 1
    assert {child.type for token in tokens for child in token.children or ()} <= _INLINE
    assert said(tokens) == f"before {one_line(text)}"


@given(st.text())
@example("`")
@example("``a`")
def test_any_text_is_one_code_span(text: str) -> None:
    [_, inline, _] = parsed(f"x{code(text)}y")
    assert [child.type for child in inline.children or ()] == ["text", "code_inline", "text"]
    assert (inline.children or [])[1].content.strip() == one_line(text)


def test_what_is_plain_stays_plain() -> None:
    assert prose("in segment 1: the index ix is left, 3.0 or later (7 rows)") == (
        "in segment 1: the index ix is left, 3.0 or later (7 rows)"
    )
    assert prose("a.f(x) of (public.a_b), see upgrade.sql.") == "`a.f(x)` of (`public.a_b`), see `upgrade.sql`."


def test_strings_are_ascii_on_one_line() -> None:
    assert string("public.rooms") == "'public.rooms'"
    assert string("it's\n\\ é") == "E'it''s\\U0000000A\\\\ \\U000000E9'"


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_words_of_the_shell(text: str) -> None:
    text = text.replace("\0", "")
    done = subprocess.run(["sh", "-c", f"printf %s {shell(text)}"], capture_output=True, check=True)
    assert done.stdout.decode() == text


def runbook(root: Path, name: str) -> str:
    """Build a project that has a text wherever it can have one, and read its runbook."""
    table = name.replace("\0", "").encode()[:60].decode(errors="ignore")
    quoted = json.dumps(one_line(table))  # as TOML writes a string, too
    first = Revision(
        "a1", f"op.create_table({table!r}, sa.Column({table!r}, sa.Integer()))", f"op.drop_table({table!r})"
    )
    second = Revision(
        "b2",
        f"""
        op.add_column({table!r}, sa.Column("n", sa.Integer()))
        with op.get_context().autocommit_block():
            op.create_index({table + "_ix"!r}, {table!r}, ["n"], postgresql_concurrently=True)
        """,
        f"""
        with op.get_context().autocommit_block():
            op.drop_index({table + "_ix"!r}, postgresql_concurrently=True)
        op.drop_column({table!r}, "n")
        """,
        name.replace("\0", ""),
        "a1",
        head=f"# release: loses t.n {one_line(name)}",
    )
    ini = write_project(
        root,
        first,
        second,
        pyproject=f"[tool.release]\nname = {quoted}\nrole = {quoted}\nsearch_path = [{quoted}]\n",
    )
    assert run(["-c", str(ini), "build", "1.0", "--to", "a1", "--no-lint"]) == 0
    assert run(["-c", str(ini), "build", "1.1", "--no-lint", f"--title={name.replace(chr(0), '')}"]) == 0
    return (root / "scripts/1.1/RUNBOOK.md").read_text(encoding="utf-8")


def skeleton(text: str) -> list[tuple[str, str, int, str]]:
    """Give the blocks of a document, without what stands in them."""
    return [(token.type, token.tag, token.level, token.info) for token in parsed(text)]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_change_nothing_of_the_document(tmp_path: Path, text: str) -> None:
    for each in ("plain", "hostile"):
        (tmp_path / each).mkdir()
    calm, hostile = runbook(tmp_path / "plain", "calm"), runbook(tmp_path / "hostile", text)
    assert skeleton(hostile) == skeleton(calm)
    tokens = parsed(hostile)
    children = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in children} <= _OURS
    assert all(str(child.attrs["href"]).startswith("#") for child in children if child.type == "link_open")
    assert all(line.isprintable() for line in hostile.split("\n"))
    assert one_line(text) in said(tokens)


def test_the_commands_are_read_by_the_shell(tmp_path: Path) -> None:
    for number, text in enumerate(HOSTILE):
        (tmp_path / str(number)).mkdir()
        for token in parsed(runbook(tmp_path / str(number), text)):
            if token.type == "fence" and token.info.startswith("sh"):
                done = subprocess.run(["sh", "-n"], input=token.content, capture_output=True, text=True)
                assert done.returncode == 0, (token.content, done.stderr)


ONE = Revision("a1", 'op.execute("CREATE TABLE t (id int primary key)")', 'op.execute("DROP TABLE t")', "make t")
TWO = Revision("b2", 'op.execute("ALTER TABLE t ADD u int")', 'op.execute("ALTER TABLE t DROP u")', "more", "a1")


@pytest.mark.parametrize("how", ["--no-plain", "--plain"])
def test_what_it_says(tmp_path: Path, how: str) -> None:
    ini = write_project(tmp_path, ONE, TWO)
    assert run(["-c", str(ini), "build", "1.0", "--to", "a1", "--no-lint", how]) == 0
    assert run(["-c", str(ini), "build", "1.1", "--no-lint", how]) == 0
    text = (tmp_path / "scripts/1.1/RUNBOOK.md").read_text(encoding="utf-8")
    assert text.isascii()
    commands = ["preflight.sql", "sha256sum", "upgrade.sql", "verify.sql", "rollback.sql", "direction=rollback"]
    for each in (*commands, "ACCESS EXCLUSIVE", "pg_create_restore_point", "ANALYZE", "('public.t')", "pg_dump -Fd"):
        assert each in text, each
    assert ("ON_ERROR_STOP=1 -d DATABASE -f upgrade.sql" in text) is (how == "--plain")
    assert "TRUNCATE" not in text.replace("a TRUNCATE ... CASCADE, which PostgreSQL itself may propose", "")
    assert "--disable-triggers" not in text
    first = (tmp_path / "scripts/1.0/RUNBOOK.md").read_text(encoding="utf-8")
    assert ("touches no table that was there before it" in first) is ("```sh rows" not in first)


def test_the_links_lead_to_headings(tmp_path: Path) -> None:
    folder = build_two(tmp_path, ONE, TWO)
    tokens = parsed((folder / "1.1/RUNBOOK.md").read_text(encoding="utf-8"))
    headings = [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]
    there = {"#" + "".join(c for c in each.lower().replace(" ", "-") if c.isalnum() or c == "-") for each in headings}
    links = {
        str(child.attrs["href"]) for token in tokens for child in token.children or () if child.type == "link_open"
    }
    assert links
    assert links <= there


@pytest.mark.parametrize("text", ["public.rooms", 'a."b\n\\"', "it's", "public.é", "$$ 'x' \\U0041"])
def test_psql_reads_its_strings(server: Server, text: str) -> None:
    for setting in ("on", "off"):
        done = subprocess.run(
            [find_program(server, "psql"), "-X", "-q", "-At", "-d", server.conninfo(server.maintenance)],
            input=f"SET standard_conforming_strings = {setting};\nSELECT {string(text)};\n",
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        assert done.stdout == f"{text}\n"
