"""The same script through psql and through us: database, exit status, results, echoes, notices and errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.apply.conftest import Runners, read_options
from tests.apply.fuzzing import recording_server

CASES = Path(__file__).with_name("cases")


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.glob("*.sql")))
def test_case(runners: Runners, name: str) -> None:
    runners.compare(CASES, name, read_options(CASES / name))


@pytest.mark.postgresql
@pytest.mark.parametrize("step", [pytest.param(11, id="some"), pytest.param(1, id="all", marks=pytest.mark.slow)])
def test_cut_anywhere(tmp_path: Path, step: int) -> None:
    """A script that ends after any byte of it is run like psql runs it, and the server is sent the same."""
    script = (CASES / "everything.sql").read_bytes()
    with recording_server(tmp_path) as recorder:
        for length in range(0, len(script), step):
            both = recorder.run_both(script[:length])
            # the survey cannot read a command whose name was cut
            assert both is None or both[0] == both[1], script[:length]
