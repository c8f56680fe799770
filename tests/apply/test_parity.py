"""The same script through psql and through us: database, exit status, results, echoes, notices and errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.apply.conftest import Runners, read_options

CASES = Path(__file__).with_name("cases")


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.glob("*.sql")))
def test_case(runners: Runners, name: str) -> None:
    runners.compare(CASES, name, read_options(CASES / name))
