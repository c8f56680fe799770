"""Running a rule's example: a miniature Alembic project, or an SQL file by itself."""

from __future__ import annotations

from pathlib import Path

from release.lint.engine import run_rules
from release.lint.rule import Case, Example
from release.lint.run import release_case
from release.lint.sql_subject import file_case
from release.model import Finding
from release.pipeline.plan import make_release, open_project, texts_of
from release.render import render_scripts
from tests.projects import Revision, write_project


def case_of(example: Example, folder: Path) -> Case:
    if example.script:
        return file_case("example.sql", example.script)
    before = Revision("a1", example.before or "pass", message="begin with rooms")
    ini = write_project(
        folder, before, Revision("b2", example.upgrade, example.downgrade, example.message, "a1", example.head)
    )
    ini.write_text(ini.read_text(encoding="utf-8") + example.ini + "\n", encoding="utf-8")
    project = open_project(ini)
    release = make_release(project, "1.0.0", "Example", "2026-06-01", ("a1",), ("b2",))
    scripts = render_scripts(release, project.settings)
    return release_case(release, scripts, texts_of(project, release), project.settings)


def findings_of(example: Example, folder: Path) -> tuple[Finding, ...]:
    return run_rules(case_of(example, folder))


def marked_lines(folder: Path, example: Example) -> set[tuple[str, int]]:
    """File and line of every `# here` or `-- here`."""
    if example.script:
        lines = example.script.splitlines()
        return {("example.sql", number) for number, line in enumerate(lines, 1) if line.endswith("-- here")}
    return {
        (path.relative_to(folder).as_posix(), number)
        for path in [*folder.rglob("*.py"), folder / "alembic.ini"]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if line.endswith("# here")
    }
