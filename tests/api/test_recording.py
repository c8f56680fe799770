"""What cannot be rendered offline, through the API: the project of this test reads a row and writes it back."""

from __future__ import annotations

from pathlib import Path

import pytest

from release import (
    BuildOutcome,
    BuildRequest,
    CheckOutcome,
    ReleaseError,
    build_bundle,
    check_range,
    open_project,
    plan_range,
    read_bundle,
    record_on,
)
from release.scratch.server import Server
from tests.projects import Revision, write_project

READS = """
version = op.get_bind().execute(sa.text("SELECT current_setting('server_version_num')")).scalar()
op.execute(f"CREATE TABLE rooms (id integer DEFAULT {int(version) * 0})")
"""


def test_a_recording(server: Server, tmp_path: Path) -> None:
    project = open_project(write_project(tmp_path, Revision("a1", READS, "op.execute('DROP TABLE rooms')")))
    with pytest.raises(ReleaseError, match="database"):
        plan_range(project)
    assert [each.upgrade.outcome for each in check_range(project)] == [CheckOutcome.NEEDS_DATABASE]
    with record_on(server.conninfo()) as record:
        (checked,) = check_range(project, record=record)
        assert checked.upgrade.outcome in {CheckOutcome.RECORDABLE, CheckOutcome.DATA_DEPENDENT}
        built = build_bundle(project, BuildRequest("1.0.0", record=record, allowed=("a1",)))
    assert built.outcome is BuildOutcome.WRITTEN
    assert read_bundle(built.folder).manifest.recording
