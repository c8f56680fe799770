"""Lint passes nothing over: sqlfluff's limits are off, and positions are those of the script."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from release.errors import ConfigError
from release.lint.parser import Verdicts
from release.lint.sqlfluff.findings import Fluff
from release.lint.sqlfluff.workers import Workers
from release.model import Finding, Script, ScriptPart, Severity, Source, without_fixed

SOURCE = Source("r1", "versions/r1.py", 7)
CLEAN = "SELECT 1 AS one;\n\n"
DIRTY = "select 1 AS one;\n"


def lint_scripts(scripts: list[Script], config: Path | None = None, *, authored: bool = False) -> tuple[Finding, ...]:
    verdicts = Verdicts(scripts)
    with closing(Fluff(config, None)) as fluff:
        found = [*verdicts.findings(), *fluff.findings(scripts, verdicts.on, authored=authored)]
    return tuple(sorted(found, key=lambda each: (each.file, each.line, each.column, each.code)))


def script(*parts: ScriptPart) -> Script:
    return Script("upgrade.sql", parts)


@pytest.mark.processes
def test_a_file_over_the_limit_is_linted_whole() -> None:
    """sqlfluff by itself skips a file over 20,000 bytes and exits with 0."""
    parts = [ScriptPart(CLEAN) for _ in range(2000)]
    found = lint_scripts([script(*parts, ScriptPart(DIRTY))], authored=True)
    assert len(CLEAN) * 2000 > 20_000
    assert [(each.code, each.line, each.column) for each in found] == [("CP01", 4001, 1)]


def insert_of(rows: int) -> str:
    lines = ",\n".join(f"({number}, 'row {number}')" for number in range(rows))
    return f"INSERT INTO t (a, b) VALUES\n{lines};\n"


def test_no_limit_of_a_configuration_passes_for_a_clean_lint(tmp_path: Path) -> None:
    config = tmp_path / "sqlfluff.cfg"
    config.write_text(
        "[sqlfluff]\nrules = CP01\nmax_parse_nodes = 50\nlarge_file_skip_byte_limit = 50\n"
        "large_file_skip_char_limit = 50\n",
        encoding="utf-8",
    )
    text = insert_of(100)
    found = lint_scripts([script(ScriptPart(text, SOURCE), ScriptPart(DIRTY, SOURCE))], config)
    assert [(each.code, each.line) for each in found] == [("CP01", text.count("\n") + 1)]


@pytest.mark.slow
def test_one_statement_with_more_nodes_than_sqlfluff_allows() -> None:
    """sqlfluff by itself gives up at 100,000 parse nodes."""
    text = insert_of(12_000)
    found = lint_scripts([script(ScriptPart(text, SOURCE), ScriptPart(DIRTY))], authored=True)
    assert [(each.code, each.line) for each in found] == [("CP01", text.count("\n") + 1)]


def test_what_postgresql_cannot_parse_is_an_error_with_its_line() -> None:
    found = lint_scripts([script(ScriptPart(CLEAN), ScriptPart("SELEC 2;\n", SOURCE))])
    errors = [each for each in found if each.code == "PG001"]
    assert [(each.line, each.severity, each.source) for each in errors] == [(3, Severity.ERROR, SOURCE)]
    assert "syntax error" in errors[0].message


def test_a_last_statement_without_an_end_is_an_error() -> None:
    found = lint_scripts([script(ScriptPart(CLEAN), ScriptPart("SELECT 2"))])
    assert ("PG001", "PostgreSQL cannot parse this statement: the statement has no end") in [
        (each.code, each.message) for each in found
    ]


def test_opinions_on_what_an_author_wrote_are_warnings_told_once(tmp_path: Path) -> None:
    text = "select   1   AS One;\nselect   2   AS Two;\n"
    found = lint_scripts([script(ScriptPart(text, SOURCE))])
    assert {each.severity for each in found} == {Severity.WARNING}
    assert [(each.code, each.line, each.source) for each in found] == [("LT01", 1, SOURCE)]
    assert found[0].message.endswith("(4 times on this line of the migration)")
    config = tmp_path / "sqlfluff.cfg"
    config.write_text(
        "[sqlfluff]\nrules = CP01\n[sqlfluff:rules:capitalisation.keywords]\ncapitalisation_policy = upper\n"
    )
    assert [each.code for each in lint_scripts([script(ScriptPart(text, SOURCE))], config)] == ["CP01"]


def test_our_own_text_is_no_authors_fault(tmp_path: Path) -> None:
    """Whatever sqlfluff, in whichever configuration, has to say of it: only what nobody can run counts."""
    config = tmp_path / "sqlfluff.cfg"
    config.write_text("[sqlfluff]\nmax_line_length = 10\n", encoding="utf-8")
    valid = "CREATE OPERATOR CLASS c FOR TYPE int USING btree AS OPERATOR 1 <;\n"
    parts = [ScriptPart(DIRTY), ScriptPart(CLEAN, SOURCE), ScriptPart('ANALYZE "user";\n'), ScriptPart(valid)]
    assert lint_scripts([script(*parts)]) == ()
    assert {each.source for each in lint_scripts([script(*parts)], config)} <= {SOURCE}
    found = lint_scripts([script(*parts, ScriptPart("SELEC 2;\n"))])
    assert ("PG001", Severity.ERROR) in {(each.code, each.severity) for each in found}


def test_what_is_fixed_is_judged_no_more_and_moves_no_line() -> None:
    fixed = ScriptPart("-- >>> machinery m 1\nSELEC 1;\n-- <<< machinery m 1", fixed=True)
    parts = [ScriptPart(CLEAN), fixed, ScriptPart("\n"), ScriptPart("SELEC 2;\n", SOURCE)]
    found = lint_scripts([script(*parts)])
    assert {(each.line, each.source) for each in found} == {(6, SOURCE)}
    assert script(*parts).own_text == script(*parts).read_text == without_fixed(script(*parts).text)


def test_marks_that_an_author_writes_keep_nothing_from_being_judged() -> None:
    text = "-- >>> machinery m 1\nSELEC 2;\n-- <<< machinery m 1\n"
    assert ("PG001", 4) in [
        (each.code, each.line) for each in lint_scripts([script(ScriptPart(CLEAN), ScriptPart(text, SOURCE))])
    ]


@pytest.mark.parametrize("authored", [True, False])
def test_what_sqlfluff_gives_up_on_counts_where_an_author_wrote_it(
    monkeypatch: pytest.MonkeyPatch, *, authored: bool
) -> None:
    parts = [ScriptPart(CLEAN), ScriptPart("-- ours\n"), ScriptPart("SELECT 2 AS two;\n", SOURCE if authored else None)]
    monkeypatch.setattr(Workers, "result", lambda _, text: "enough" if "two" in text else [])
    found = lint_scripts([script(*parts, ScriptPart(CLEAN))])
    assert [each.code for each in found] == (["SF001"] if authored else [])


def test_nothing_is_said_of_how_sqlalchemy_writes() -> None:
    assert lint_scripts([script(ScriptPart("select   1   AS One;\n", SOURCE, generated=True))]) == ()


def test_what_only_sqlfluff_cannot_parse_is_a_warning() -> None:
    valid = "CREATE OPERATOR CLASS c FOR TYPE int USING btree AS OPERATOR 1 <;\n"
    found = lint_scripts([script(ScriptPart(CLEAN), ScriptPart(valid, SOURCE))])
    assert [(each.code, each.severity, each.line, each.source) for each in found] == [
        ("PRS", Severity.WARNING, 3, SOURCE)
    ]


def test_a_configuration_of_the_projects_own(tmp_path: Path) -> None:
    config = tmp_path / "sqlfluff.cfg"
    config.write_text("[sqlfluff]\nrules = LT05\nmax_line_length = 10\n", encoding="utf-8")
    found = lint_scripts([script(ScriptPart(DIRTY, SOURCE))], config)
    assert [each.code for each in found] == ["LT05"]
    config.write_text("rules = LT05\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="sqlfluff does not take it"):
        lint_scripts([script(ScriptPart(DIRTY))], config)
