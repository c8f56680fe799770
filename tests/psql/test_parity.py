"""The same script through psql and through us: database, exit status, results, echoes, notices and errors."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.psql.conftest import Runners, read_options
from tests.psql.fuzzing import recording_server
from tests.psql.versions import OLDER, compare_texts, differences_of, file_name

CASES = Path(__file__).with_name("cases")


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.glob("*.sql")))
def test_case(runners: Runners, request: pytest.FixtureRequest, name: str) -> None:
    """Equal, but for exactly what is listed of this psql, and that is to be seen."""
    psql, ours = runners.run_both(CASES, name, read_options(CASES / name))
    case = name.removesuffix(".sql")
    listed = differences_of(runners.version, case)
    if not listed:
        assert ours == psql
        return
    found = compare_texts(
        (part, str(getattr(psql, part)), str(getattr(ours, part))) for part in ("status", "out", "err", "database")
    )
    found = _forget_server(runners, found)
    file = OLDER / file_name(case, listed)
    if request.config.getoption("--update-golden"):
        file.write_bytes(found.encode())
    for each in listed:
        assert re.search(each.mark, found, re.MULTILINE), f"psql {runners.version} no longer differs: {each.what}"
    assert found == file.read_bytes().decode()


def _forget_server(runners: Runners, found: str) -> str:
    """Take out what depends on the server, not on psql."""
    host = dict(runners.server.parameters).get("host")
    found = found.replace(host, "HOST") if host else found
    return found.replace("Hot Standby|unknown", "Hot Standby|off")  # servers tell it since 14


@pytest.mark.postgresql
@pytest.mark.parametrize("step", [pytest.param(11, id="some"), pytest.param(1, id="all", marks=pytest.mark.slow)])
def test_cut_anywhere(tmp_path: Path, step: int) -> None:
    """A script that ends after any byte of it is run like psql runs it, and the server is sent the same."""
    script = (CASES / "everything.sql").read_bytes()
    compared = length = 0
    with recording_server(tmp_path) as recorder:
        for length in range(0, len(script), step):
            both = recorder.run_both(script[:length])
            # the survey cannot read a command whose name was cut
            assert both is None or both[0] == both[1] or recorder.is_touched(script[:length], both[0]), script[:length]
            compared += both is not None and both[0] == both[1]
        assert compared > length // step // 3
