"""Our own text is fit to be read, and whatever names and messages it holds, nobody's build fails for it."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from release.cli import run
from release.lint.origin import parts_by_line
from release.lint.parser import Verdicts
from release.lint.sqlfluff.findings import Fluff
from release.lint.sqlfluff.rules import PARSE_CODES
from release.pipeline.plan import make_release, open_project
from release.plan.pages import make_pages
from release.render import render_scripts
from tests.projects import Revision, write_project

ARXOS = Path(__file__).parents[2] / "alembic.ini"
LONG = "n" * 63
NAMES = ("user", "select", "MixedCase", "do.t", 'quo"te', "it's", "Straße 東京", LONG)
MESSAGE = "a message that goes on and on, " * 12 + "with `SELECT`, 'quotes' and \"more\""


@pytest.mark.processes
@pytest.mark.parametrize("plain", [False, True], ids=["psql", "plain"])
def test_sqlfluff_finds_nothing_in_the_text_of_our_templates(*, plain: bool) -> None:
    project = open_project(ARXOS)
    project = replace(project, settings=replace(project.settings, plain=plain, history=not plain))
    end = project.history.resolve("005" if plain else "heads")  # what follows is more than one transaction
    planned = make_release(project, "1.0.0", "All of it", "2026-01-01", (), end)
    rendered = render_scripts(make_pages(planned, project.settings))
    assert all(any(part.fixed for part in each.parts) for each in rendered)
    scripts = [replace(each, parts=tuple(replace(part, fixed=False) for part in each.parts)) for each in rendered]
    assert [*Verdicts(scripts).findings()] == []  # the fixed text, too, which no run of lint is given
    with closing(Fluff(None, None)) as fluff:
        found = list(fluff.findings(scripts, lambda *_: "", authored=True))
    parts = {script.name: parts_by_line(script) for script in scripts}
    own = [each for each in found if each.code not in PARSE_CODES and not parts[each.file][each.line - 1].source]
    lines = {script.name: script.text.split("\n") for script in scripts}
    # sqlfluff does not know the columns that a function of ours gives
    own = [each for each in own if each.code != "AM04" or "* FROM pg_temp." not in lines[each.file][each.line - 1]]
    assert own == []


@pytest.mark.parametrize("name", NAMES)
def test_no_name_or_message_fails_a_build(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not even with --fail-on warning, as far as our own text goes."""
    index = f"{name[:55]}_ix"
    up = f"""
    op.create_table({name!r}, sa.Column("id", sa.BigInteger(), primary_key=True), sa.Column({name!r}, sa.BigInteger()))
    op.bulk_insert(sa.table({name!r}, sa.column("id"), sa.column({name!r})), [{{"id": 1, {name!r}: 2}}])
    op.create_index({index!r}, {name!r}, [{name!r}])
    """
    down = f"op.drop_index({index!r}, table_name={name!r})\nop.drop_table({name!r})"
    change = (
        f"op.alter_column({name!r}, {name!r}, comment={MESSAGE!r})\nop.add_column({name!r}, sa.Column('a', sa.Text()))"
    )
    back = f"op.drop_column({name!r}, 'a')\nop.alter_column({name!r}, {name!r}, comment=None)"
    first, second = Revision("a1", up, down, MESSAGE), Revision("b2", change, back, MESSAGE, "a1")
    ini = write_project(tmp_path, first, second)
    assert run(["-c", str(ini), "build", "1.0", "--to", "a1", "--title", MESSAGE]) == 0
    assert run(["-c", str(ini), "build", "1.1"]) == 0
    for version in ("1.0", "1.1"):
        capsys.readouterr()
        run(["-c", str(ini), "lint", version, "--fail-on", "warning", "--format", "json"])
        findings = json.loads(capsys.readouterr().out)["findings"]
        assert [each for each in findings if not each["migration"]] == []


@pytest.mark.parametrize("text", ["a\r\nb", "a\rb", "a\n\r\nb", "\r\n"])
def test_the_end_of_a_line_in_a_literal_is_read_back_as_it_is(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = Revision("a1", "op.create_table('t', sa.Column('x', sa.Text()))", "op.drop_table('t')")
    comment = f"COMMENT ON TABLE t IS '{text}'"
    row = f"op.bulk_insert(sa.table('t', sa.column('x')), [{{'x': {text!r}}}])\nop.execute({comment!r})"
    ini = write_project(tmp_path, first, Revision("b2", row, "op.execute('DELETE FROM t')", down="a1"))
    assert run(["-c", str(ini), "build", "1.0"]) == 0
    assert text.encode() in (tmp_path / "scripts/1.0/upgrade.sql").read_bytes()
    capsys.readouterr()
    assert run(["-c", str(ini), "lint", "1.0"]) == 0
    assert "RL002" not in capsys.readouterr().out
    assert run(["-c", str(ini), "build", "1.0"]) == 0
    assert "unchanged" in capsys.readouterr().out
