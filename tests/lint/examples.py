"""Running a rule's example: a miniature Alembic project, or an SQL file by itself."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from release.lint.engine import run_rules
from release.lint.rule import Case, Example, Rule
from release.lint.run import release_case
from release.lint.sql_subject import file_case
from release.model import Finding, Severity
from release.pipeline.plan import make_release, open_project, texts_of
from release.plan.pages import make_pages
from release.render import render_scripts
from tests.projects import Revision, write_project

_LAST = "b2"


def case_of(example: Example, folder: Path) -> Case:
    if example.script:
        return file_case("example.sql", example.script)
    before = Revision("a1", example.before or "pass", message="begin with rooms")
    ini = write_project(
        folder, before, Revision(_LAST, example.upgrade, example.downgrade, example.message, "a1", example.head)
    )
    ini.write_text(ini.read_text(encoding="utf-8") + example.ini + "\n", encoding="utf-8")
    project = open_project(ini)
    planned = make_release(project, "1.0.0", "Example", "2026-06-01", ("a1",), (_LAST,))
    scripts = render_scripts(make_pages(planned, project.settings))
    return release_case(planned, scripts, texts_of(project, planned.release), project.settings)


def findings_of(example: Example, folder: Path, rules: Iterable[Rule] | None = None) -> tuple[Finding, ...]:
    """What the rules, all of ours when none are given, find in an example. A rule that fails, fails the test."""
    found = run_rules(case_of(example, folder), rules)
    assert not [each for each in found if each.code == "RL001"], "a rule failed"
    return found


def check_bad(rule: Rule, folder: Path, rules: Iterable[Rule] | None = None) -> None:
    """Fail unless a rule's bad example marks a line, and the rule finds what is marked and nothing else."""
    own = [each for each in findings_of(rule.bad, folder, rules) if each.code == rule.code]
    found = {(each.source.file, each.source.line) if each.source else (each.file, each.line) for each in own}
    marked = marked_lines(folder, rule.bad)
    assert marked, "the bad example marks no line"
    assert found == marked, f"found: {sorted(found)}, marked: {sorted(marked)}"
    assert {(each.severity, each.why, each.fix) for each in own} == {(rule.severity, rule.why, rule.fix)}


def check_good(rule: Rule, folder: Path, rules: Iterable[Rule] | None = None) -> None:
    """Fail unless a rule's good example has something to judge, and no finding of that rule and no error of any."""
    assert rule.good != Example(message=rule.good.message), "the good example is empty"
    found = [
        each
        for each in findings_of(rule.good, folder, rules)
        if each.code == rule.code or each.severity is Severity.ERROR
    ]
    assert not found, f"found: {[str(each) for each in found]}"
    assert not marked_lines(folder, rule.good), "the good example marks a line"


def marked_lines(folder: Path, example: Example) -> set[tuple[str, int]]:
    """File and line of every `# here` or `-- here`, and of what `Example.here` says."""
    if example.script:
        lines = example.script.splitlines()
        return {("example.sql", number) for number, line in enumerate(lines, 1) if line.endswith("-- here")}
    marked = {
        (path.relative_to(folder).as_posix(), number)
        for path in [*folder.rglob("*.py"), folder / "alembic.ini"]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if line.endswith("# here")
    }
    if not example.here:
        return marked
    (file,) = folder.rglob(f"{_LAST}_*.py")
    start = repr(example.message) if example.here == "message" else f"def {example.here}("
    lines = file.read_text(encoding="utf-8").splitlines()
    return marked | {
        (file.relative_to(folder).as_posix(), number) for number, line in enumerate(lines, 1) if line.startswith(start)
    }
