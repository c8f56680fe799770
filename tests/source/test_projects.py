"""Realistic histories: online upgrade on one database, our scripts by psql on another, equal schemas and rows.

Each folder of tests/projects/ is an Alembic project as its authors wrote it; the last one is made here.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from release.cli import run
from tests.projects import Revision, write_project
from tests.source.conftest import Equal

PROJECTS = Path(__file__).parents[1] / "projects"
NAMES = sorted(path.name for path in PROJECTS.iterdir() if (path / "migrations").is_dir())

# Those that ask a database questions: which revisions depend on rows, which are known where a release starts from base.
RECORDED = {"session_data": "--scratch --allow-data-dependent a2 --allow-data-dependent a3 --allow-data-dependent a4"}


@pytest.fixture
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of a project, since it gets a folder of scripts; give its alembic.ini."""
    if request.param == "postgis_branches":
        request.getfixturevalue("postgis")
    shutil.copytree(PROJECTS / request.param, tmp_path / "p", ignore=shutil.ignore_patterns("__pycache__"))
    copy = tmp_path / "p"
    return next(ini for ini in (copy / "alembic.ini", copy / "migrations" / "alembic.ini") if ini.is_file())


# Flask-Migrate's stock env.py tries what Flask-SQLAlchemy 2 had first
@pytest.mark.filterwarnings("ignore:'get_engine' is deprecated")
@pytest.mark.parametrize("project", NAMES, indirect=True)
def test_the_scripts_do_what_alembic_does_online(
    project: Path, request: pytest.FixtureRequest, equal: Equal, template: str | None, scratch: None
) -> None:
    options = RECORDED.get(request.node.callspec.params["project"], "")
    equal(project, template=template, options=options)


# Flask-Migrate's stock env.py tries what Flask-SQLAlchemy 2 had first
@pytest.mark.filterwarnings("ignore:'get_engine' is deprecated")
@pytest.mark.parametrize("project", [name for name in NAMES if name not in RECORDED], indirect=True)
def test_check_has_nothing_to_complain_of(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-c", str(project), "check"]) == 0
    count = len(list(project.parent.glob("**/versions/*.py")))
    assert capsys.readouterr().out == f"{count} revisions: {count} fine, 0 to look at, 0 to mend\n"


@pytest.mark.parametrize("project", ["session_data"], indirect=True)
def test_check_tries_on_a_scratch_database_what_asks_one(
    project: Path, scratch: None, capsys: pytest.CaptureFixture[str]
) -> None:
    def check(*options: str) -> dict[str, list[str]]:
        assert run(["-c", str(project), "check", "--format", "json", *options]) == 1
        return {
            each["revision"]: [each[way]["outcome"] for way in ("upgrade", "downgrade")]
            for each in json.loads(capsys.readouterr().out)
        }

    asks = "needs a database"
    assert check() == {
        "a1": ["offline"] * 2,
        "a2": [asks] * 2,
        "a3": [asks] * 2,
        "a4": [asks, "offline"],
        "a5": [asks] * 2,
    }
    assert check("--scratch") == {
        "a1": ["offline"] * 2,
        "a2": ["data-dependent", "recordable"],
        "a3": ["data-dependent"] * 2,
        "a4": ["data-dependent", "offline"],
        "a5": ["recordable"] * 2,
    }
    assert run(["-c", str(project), "check", "--from", "a4", "--scratch"]) == 0
    assert "-> build it with --scratch; or let the server work it out" in capsys.readouterr().out


def test_three_hundred_revisions_with_merges(tmp_path: Path, equal: Equal) -> None:
    """Every twenty revisions the history forks in three, with a dependency across, and merges again."""
    revisions: list[Revision] = []
    tip = None
    for number in range(60):

        def make(name: str, down: str | tuple[str, ...] | None, depends_on: str | None = None) -> str:
            up = f"""
            op.create_table('{name}', sa.Column('id', sa.Integer), sa.Column('note', sa.Text, index=True))
            op.execute("INSERT INTO {name} VALUES (1, 'a:b')")
            """
            revisions.append(Revision(name, up, f"op.drop_table('{name}')", "", down, "", depends_on))
            return name

        base = make(f"r{number:02}a", tip)
        left, right = make(f"r{number:02}b", base), make(f"r{number:02}c", base)
        third = make(f"r{number:02}d", base, depends_on=left)
        tip = make(f"r{number:02}m", (right, third))
    assert len(revisions) == 300
    equal(write_project(tmp_path, *revisions))
