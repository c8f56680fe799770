"""`# release: together`: which statements its author wants in one transaction."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from release.errors import MigrationError
from release.pipeline.plan import open_project, plan_range
from release.source import lines_together
from tests.projects import Revision, write_project

CASES = (
    ("nothing", "def upgrade():\n    one()\n", ()),
    (
        "a function",
        "def upgrade():\n    # release: together\n    one()\n    two()\n\ndef downgrade():\n    one()\n",
        ((2, 4),),
    ),
    ("from here on", "def upgrade():\n    one()\n    # release: together\n    two(\n        3)\n", ((3, 5),)),
    ("a with", "def upgrade():\n    with block():\n        # release: together\n        one()\n    two()\n", ((3, 4),)),
    (
        "an else",
        "def f():\n    if a:\n        one()\n    else:\n        # release: together\n        two()\n",
        ((5, 6),),
    ),
    ("around a loop", "def f():\n    # release: together\n    for a in b:\n        one()\n        two()\n", ((2, 5),)),
    ("the file", "# release: together\ndef upgrade():\n    one()\n\ndef downgrade():\n    two()\n", ((1, 6),)),
    (
        "two",
        "def f():\n    # release: together\n    one()\n\ndef g():\n    # release: together\n    two()\n",
        ((2, 3), (6, 7)),
    ),
    ("a string", "def f():\n    one('''\n    # release: together\n    ''')\n", ()),
)


@pytest.mark.parametrize(("text", "lines"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_lines(text: str, lines: tuple[tuple[int, int], ...]) -> None:
    assert lines_together(text, "a1", "a1.py") == lines


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    one()\n    # release: together\n",
        "def f():\n    one()\n        # release: together\n    two()\n",
        "def f():\n    one()\n    # release: together\n\ndef g():\n    two()\n",
        "if a:\n    one()\n    # release: together\n    # no more\nelse:\n    two()\n",
    ],
)
def test_nothing_follows(text: str) -> None:
    with pytest.raises(MigrationError, match=r"revision a1, a1\.py:3: .# release: together. is not understood"):
        lines_together(text, "a1", "a1.py")


def test_no_commit_stands_between_them(tmp_path: Path) -> None:
    first = Revision("a1", 'op.execute("CREATE TABLE t (a int)"); op.execute("CREATE TABLE u (a int)")', "pass")
    body = """
        op.execute("ALTER TABLE t ADD b int")
        # release: together
        op.execute("CREATE INDEX ON t (a)")
        op.execute("CREATE INDEX ON u (a)")
    """
    second = Revision("a2", dedent(body), "pass", down="a1")
    plan = plan_range(open_project(write_project(tmp_path, first, second)), "a1").upgrade
    assert [len(each.statements) for each in plan.segments] == [1, 2]
    (told,) = plan.segments[1].told
    assert told.startswith("public.t stays locked during CREATE INDEX")
    assert "its author wants no commit there (# release: together, line " in told
