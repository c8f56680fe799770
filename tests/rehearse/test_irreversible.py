"""Releases with a revision that nothing undoes: the restore is proven instead, and the rest of the way back as ever."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from release.bundle import find_bundle, list_bundles
from release.cli import run
from release.config import load_settings
from release.rehearse import Rehearsal, RehearsalRequest, rehearse
from release.scratch.server import Server
from tests.databases import has_own_dump
from tests.projects import Revision, write_project

START = Revision("a1", 'op.execute("CREATE TABLE t (id int PRIMARY KEY, a int)")', 'op.execute("DROP TABLE t")')
LOST = Revision(
    "b2",
    '# release: irreversible: the old codes are not kept\nop.execute("ALTER TABLE t DROP COLUMN a")',
    'raise NotImplementedError("no")',
    "lose a",
    "a1",
)
INDEX = "with op.get_context().autocommit_block():\n    op.execute('CREATE INDEX CONCURRENTLY by_c ON t (c)')"
ADD = Revision(
    "c3",
    f"op.execute('ALTER TABLE t ADD c timestamptz DEFAULT now()')\n{INDEX}",
    "op.execute('DROP INDEX by_c')\nop.execute('ALTER TABLE t DROP c')",
    "add c",
    "b2",
)


def hold(server: Server, folder: Path, *revisions: Revision, faults: bool = False) -> Rehearsal:
    ini = write_project(folder, START, *revisions)
    assert run(["-c", str(ini), "build", "1.0.0", "--to", "a1", "--no-lint"]) == 0
    assert run(["-c", str(ini), "build", "2.0.0", "--no-lint"]) == 0
    bundles = list_bundles(folder / "scripts")
    wish = RehearsalRequest(20, None, faults=faults)
    return rehearse(ini, load_settings(folder), find_bundle(bundles, "2.0.0"), bundles, server, wish)


def told(rehearsal: Rehearsal) -> dict[str, tuple[str, str]]:
    return {step.name: (str(step.status), step.summary) for step in rehearsal.steps}


def test_the_round_trip_is_that_of_what_can_be_undone(server: Server, tmp_path: Path) -> None:
    if not has_own_dump(server):
        pytest.skip("pg_dump is not that of the server")
    rehearsal = hold(server, tmp_path, LOST, ADD, faults=True)
    found = told(rehearsal)
    assert rehearsal.passed, [each for each in rehearsal.steps if each.problems]
    assert found["round trip"] == ("passed", "as it was at b2, where the way back ends")
    assert found["restore"] == ("passed", "the restored backup is the starting state, and takes the upgrade")
    assert found["verify after rollback"][0] == "passed"
    assert found["faults in rollback"][0] == "passed"


def test_a_round_trip_that_is_none(server: Server, tmp_path: Path) -> None:
    """A downgrade behind the irreversible revision is held to its word as any other."""
    rehearsal = hold(server, tmp_path, LOST, replace(ADD, downgrade="op.execute('DROP INDEX by_c')"))
    (step,) = (each for each in rehearsal.steps if each.name == "round trip")
    assert step.summary == "not as it was at b2, where the way back ends"
    assert any("column public.t c" in each for each in step.problems)


def test_a_rollback_that_undoes_nothing_refuses(server: Server, tmp_path: Path) -> None:
    if not has_own_dump(server):
        pytest.skip("pg_dump is not that of the server")
    rehearsal = hold(server, tmp_path, LOST, faults=True)
    found = told(rehearsal)
    assert rehearsal.passed, [each for each in rehearsal.steps if each.problems]
    assert found["rollback"][1].startswith("refuses, and changes nothing: revision b2 is irreversible")
    assert {found[each][0] for each in ("round trip", "verify after rollback", "upgrade again")} == {"skipped"}
    assert found["restore"][0] == "passed"
    assert found["faults in rollback"][0] == "passed"


def test_a_restore_that_cannot_be_tried_fails_it(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("release.rehearse.backup._PROGRAMS", ("no-such-program",))
    rehearsal = hold(server, tmp_path, LOST)
    assert told(rehearsal)["restore"] == ("failed", "not proven")
    assert not rehearsal.passed
