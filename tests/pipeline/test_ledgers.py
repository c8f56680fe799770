"""How often a release is followed through a database: once in each direction, whoever asks afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from release.lint.run import Choice
from release.model import Segment
from release.pipeline.build import BuildOutcome, BuildRequest, build
from release.pipeline.plan import open_project
from release.plan.ledger import Ledger

ARXOS = Path(__file__).parents[2] / "alembic.ini"


def test_a_build_with_lint_makes_one_ledger_for_each_direction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bool] = []
    begin = Ledger.__init__

    def counted(ledger: Ledger, segments: Iterable[Segment], schema: str, after: Ledger | None = None) -> None:
        made.append(after is not None)
        begin(ledger, segments, schema, after)

    monkeypatch.setattr(Ledger, "__init__", counted)
    project = open_project(ARXOS, tmp_path)
    built = build(project, BuildRequest("1.0.0", title="t", lint=Choice(select=("RL",))), "2026-01-01")
    assert built.outcome is BuildOutcome.WRITTEN
    assert built.report is not None
    assert made == [False, True]
