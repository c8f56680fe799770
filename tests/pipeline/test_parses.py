"""How often PostgreSQL's parser runs in a build: once for each statement of the plan, and for what is told here."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

import postgast
import pytest

from release.cli import run
from release.model import Release
from release.pipeline.plan import make_release, open_project
from tests.projects import Revision, write_project

ROOT = Path(__file__).parents[2]
PROJECTS = ROOT / "tests" / "projects"

# The function that asks for a parse, the innermost that stands here: what it is of.
KINDS = {
    "_types": "types of a body's variables",
    "_body": "text of a body",
    "with_text": "SET LOCAL of env.py as SET",
    "session_settings": "our own settings",
    "_read": "statements",
    "statements_in": "statements",
}
OURS = 29  # what a script sets for its session

Parses = list[tuple[str, str, int]]


def kind_of(frame: FrameType | None) -> str:
    asking = []
    while frame is not None:
        if frame.f_code.co_filename.startswith(str(ROOT / "release")):
            asking.append(frame.f_code.co_name)
        frame = frame.f_back
    return next((KINDS[name] for name in asking if name in KINDS), " < ".join(asking))


@pytest.fixture(name="parses")
def fixture_parses(monkeypatch: pytest.MonkeyPatch) -> Parses:
    """What is parsed: of which kind it is, the text, and how many statements it holds."""
    seen: Parses = []
    parse = postgast.parse

    def counted(text: str) -> Any:
        tree = parse(text)
        seen.append((kind_of(sys._getframe(1)), text, len(tree.stmts)))
        return tree

    monkeypatch.setattr(postgast, "parse", counted)
    return seen


def build(ini: Path, *options: str) -> None:
    assert run(["-c", str(ini), "build", "1.0", "--no-lint", "--title", "t", *options]) == 0


def planned(ini: Path) -> Release:
    project = open_project(ini)
    return make_release(project, "1.0", "t", "2026-01-01", (), tuple(project.history.directory.get_heads())).release


def statements_of(release: Release) -> int:
    plans = (release.upgrade, release.rollback)
    return sum(len((*plan.opening, *plan.statements, *plan.closing)) for plan in plans)


def counts(parses: Parses) -> Counter[str]:
    """How many statements of each kind are parsed."""
    found: Counter[str] = Counter()
    for kind, _, statements in parses:
        found[kind] += statements
    return found


def copied(name: str, folder: Path) -> Path:
    shutil.copytree(PROJECTS / name, folder / "p", ignore=shutil.ignore_patterns("__pycache__"))
    return next(folder.glob("p/**/alembic.ini"))


def test_arxos(tmp_path: Path, parses: Parses) -> None:
    build(ROOT / "alembic.ini", "--output", str(tmp_path / "out"))
    found = counts(parses)
    parses.clear()
    assert found == {"statements": 310, "our own settings": OURS}
    assert statements_of(planned(ROOT / "alembic.ini")) == 310


# project: what is parsed beside the statements of its plan and our own settings
BESIDE: dict[str, dict[str, int]] = {
    "data_changes": {"text of a body": 2, "types of a body's variables": 1},
    "enum_life": {},
    "flask_shop": {},
    "partitions": {},
    "postgis_branches": {"text of a body": 2, "types of a body's variables": 1},
}


@pytest.mark.filterwarnings("ignore:'get_engine' is deprecated")
@pytest.mark.parametrize("name", BESIDE)
def test_projects(name: str, tmp_path: Path, parses: Parses) -> None:
    ini = copied(name, tmp_path)
    build(ini)
    found = counts(parses)
    total = statements_of(planned(ini))
    assert found == {"statements": total, "our own settings": OURS, **BESIDE[name]}


EVERYTHING = """
connection = op.get_bind()
connection.execute(sa.text("SELECT 1"))
connection.execute(sa.text("  /* a comment */ select count(*) from t"))
connection.execute(sa.text("INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)"))
connection.execute(sa.text("SELECT nextval('public.numbers')"))
connection.exec_driver_sql("DELETE FROM t")
op.execute("SET search_path = a, b")
op.execute("SET work_mem = '1MB'")
op.execute("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1; SELECT 2'")
op.execute("DO $$ DECLARE n bigint; BEGIN n := 1; DELETE FROM t; END $$")
uuid.uuid5(uuid.NAMESPACE_DNS, "x")
"""
ENV = """
from alembic import context

context.configure(url="postgresql://", literal_binds=True, dialect_opts={"paramstyle": "named"})
with context.begin_transaction():
    context.execute("SET LOCAL search_path = a")
    context.run_migrations()
"""


def test_each_text_of_a_migration_is_parsed_once(tmp_path: Path, parses: Parses) -> None:
    """Though the migrations run twice, for the revision names what another run may write differently."""
    ini = write_project(tmp_path, Revision("a1", EVERYTHING, head="import uuid"), env=ENV)
    build(ini)
    of_kind = {kind: sorted(text for each, text, _ in parses if each == kind) for kind, _, _ in parses}
    statements = of_kind.pop("statements")
    assert len(of_kind.pop("our own settings")) == OURS
    assert of_kind == {
        "SET LOCAL of env.py as SET": ["SET search_path = a"] * 2,
        "text of a body": ["DELETE FROM t", "SELECT 1", "SELECT 1; SELECT 2"],
        "types of a body's variables": ["CREATE FUNCTION f(bigint)"],
    }
    several = {text: number for text, number in Counter(statements).items() if number > 1}
    reads = ("SELECT 1", "  /* a comment */ select count(*) from t")
    # env.py runs for both directions; what only reads is in no plan to be carried there
    assert several == {"SET LOCAL search_path = a": 2, **dict.fromkeys(reads, 2)}
    assert len(statements) == 12 + len(several)
    assert "RESET work_mem" in statements  # which ends a setting with its revision
