"""Random scripts through psql and through us: the server is sent the same, and the same is printed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from time import monotonic

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from release.psql.pieces import Kind, cut
from tests.psql.fuzzing import SCRIPTS, STATEMENTS, Recorder, recording_server

pytestmark = pytest.mark.postgresql

_HEALTH = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]


@pytest.fixture(scope="module")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorder]:
    with recording_server(tmp_path_factory.mktemp("fuzz")) as running:
        yield running


def test_random_scripts(recorder: Recorder) -> None:
    compared = 0

    @settings(max_examples=400, derandomize=True, deadline=None, database=None, suppress_health_check=_HEALTH)
    @given(SCRIPTS)
    def compare(script: bytes) -> None:
        nonlocal compared
        both = recorder.run_both(script)
        if both and (both[0] == both[1] or not recorder.is_touched(script, both[0])):
            compared += 1
            assert both[0] == both[1]

    compare()
    assert compared > 200  # most are not refused


def test_scripts_are_cut_without_running_where_they_are_cut_in_a_run(recorder: Recorder) -> None:
    @settings(max_examples=400, derandomize=True, deadline=None, database=None, suppress_health_check=_HEALTH)
    @given(STATEMENTS)
    def compare(script: bytes) -> None:
        pieces = list(cut(script))
        assert all(piece.kind is Kind.STATEMENT for piece in pieces)
        # empty lines within a statement are not sent
        texts = [re.sub(r"\n+", "\n", piece.text) for piece in pieces]
        sent = [re.sub(r"\n+", "\n", statement) for statement in recorder.run_ours(script).statements]
        assert [text.rstrip("\n") for text in texts] == [statement.rstrip("\n") for statement in sent]

    compare()


@pytest.mark.slow
def test_random_scripts_for_minutes(recorder: Recorder) -> None:
    """Run for RELEASE_FUZZ_SECONDS (600), with new scripts each time, from RELEASE_FUZZ_SEED on."""
    until = monotonic() + float(os.environ.get("RELEASE_FUZZ_SECONDS", "600"))
    number = int(os.environ.get("RELEASE_FUZZ_SEED", str(int.from_bytes(os.urandom(4)))))
    compared = refused = 0

    @settings(
        max_examples=1000,
        deadline=None,
        database=None,
        suppress_health_check=_HEALTH,
        phases=(Phase.generate, Phase.shrink),
    )
    @given(SCRIPTS)
    def compare(script: bytes) -> None:
        nonlocal compared, refused
        both = recorder.run_both(script)
        compared += both is not None
        refused += both is None
        if both and not recorder.is_touched(script, both[0]):
            assert both[0] == both[1]

    try:
        while monotonic() < until:
            number += 1
            seed(number)(compare)()
    finally:
        print(f"\nfuzz: {compared} scripts compared, {refused} refused, last seed {number}")  # noqa: T201 - its result
    assert compared
