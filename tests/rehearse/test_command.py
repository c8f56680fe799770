"""`release rehearse`: what it prints, its exit status, and the evidence it leaves in the bundle."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from psycopg.conninfo import make_conninfo

from release.bundle import list_bundles, set_evidence
from release.cli import run
from release.scratch.server import Server
from tests.databases import NewDatabase, Psql
from tests.projects import Revision, write_project

HERE = Path(__file__).parents[2]
ONE = Revision("a1", 'op.execute("CREATE TABLE t (id int)")', 'op.execute("DROP TABLE t")', "make t")
TWO = Revision("b2", 'op.execute("ALTER TABLE t ADD n int")', 'op.execute("ALTER TABLE t DROP n")', "add n", "a1")
BAD = Revision("b2", 'op.execute("CREATE INDEX i ON t (id)")', "pass", "add i", "a1")


def build(root: Path, last: Revision) -> Path:
    ini = write_project(root, ONE, last)
    assert run(["-c", str(ini), "build", "1.0.0", "--to", "a1", "--no-lint"]) == 0
    assert run(["-c", str(ini), "build", "2.0.0", "--no-lint"]) == 0
    return ini


def rehearse(ini: Path, *arguments: str) -> int:
    return run(["-c", str(ini), "rehearse", *arguments])


def evidence(root: Path, version: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((root / "scripts" / version / "rehearsal.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture
def scratch(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Let the command use the tests' server."""
    monkeypatch.setenv("RELEASE_SCRATCH_SERVER", server.conninfo(server.maintenance))
    yield server
    with server.connect(server.maintenance) as connection:
        left = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE '%rehearsal%'").fetchall()
    assert left == []


@pytest.mark.usefixtures("scratch")
def test_a_bundle_that_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = build(tmp_path, TWO)
    capsys.readouterr()
    assert rehearse(ini, "2.0.0", "--rows", "5") == 0
    said = capsys.readouterr().out
    assert "rehearsed on PostgreSQL" in said
    assert "start: release 1.0.0 applied; 5 rows in 1 tables" in said
    assert said.endswith("\nPASSED\n")
    found = evidence(tmp_path, "2.0.0")
    schema = json.loads((HERE / "docs" / "rehearsal.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(found, schema)
    [statement] = found["trace"]["upgrade"]
    assert statement["locks"] == {"t": "ACCESS EXCLUSIVE"} == statement["predicted"]
    assert statement["alone"] is False
    assert statement["source"] == "migrations/versions/b2_x.py:10"
    assert [each["lock"] for each in found["held"]["upgrade"] if each["relation"] == "t"] == ["ACCESS EXCLUSIVE"]
    folder = tmp_path / "scripts" / "2.0.0"
    sums = dict(line.split("  ")[::-1] for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines())
    assert {"rehearsal.json", "drift.sql", "upgrade.sql"} <= sums.keys()
    assert all(hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest for name, digest in sums.items())
    assert run(["-c", str(ini), "list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert listed[1].split()[-1] == "no"
    assert f"passed (PostgreSQL {found['server']}, 5 rows)" in listed[2]


@pytest.mark.usefixtures("scratch")
def test_a_bundle_that_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = build(tmp_path, BAD)
    capsys.readouterr()
    assert rehearse(ini, "2.0.0", "--format", "json") == 1
    found = json.loads(capsys.readouterr().out)
    assert found == evidence(tmp_path, "2.0.0")
    assert [step["name"] for step in found["steps"] if step["status"] == "failed"] == [
        "round trip",
        "verify after rollback",
        "upgrade again",
    ]
    assert run(["-c", str(ini), "list"]) == 0
    assert "failed: round trip, verify after rollback, upgrade again" in capsys.readouterr().out


@pytest.mark.usefixtures("scratch")
def test_an_upgrade_that_stops_half_way_is_no_state_to_compare_with(tmp_path: Path) -> None:
    body = """
    with op.get_context().autocommit_block():
        op.execute("CREATE INDEX CONCURRENTLY i ON t (id)")
    op.execute("DO $$BEGIN RAISE 'no'; END$$")
    """
    ini = build(tmp_path, replace(TWO, upgrade=body, downgrade='op.execute("DROP INDEX i")'))
    assert rehearse(ini, "2.0.0") == 1
    assert evidence(tmp_path, "2.0.0")["catalog"]["touched"] == ["public.t"]
    assert not (tmp_path / "scripts" / "2.0.0" / "drift.sql").exists()


@pytest.mark.usefixtures("scratch")
def test_evidence_lives_as_long_as_its_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = build(tmp_path, TWO)
    assert rehearse(ini, "2.0.0") == 0
    folder = tmp_path / "scripts" / "2.0.0"
    before = (folder / "rehearsal.json").read_bytes()
    assert run(["-c", str(ini), "build", "2.0.0", "--no-lint"]) == 0
    assert "unchanged" in capsys.readouterr().out
    assert run(["-c", str(ini), "build", "2.0.0", "--no-lint", "--regenerate"]) == 0
    assert (folder / "rehearsal.json").read_bytes() == before
    assert list_bundles(tmp_path / "scripts")[1].edited == ()

    version = tmp_path / "migrations" / "versions" / "b2_x.py"
    version.write_text(version.read_text(encoding="utf-8").replace("ADD n int", "ADD n bigint"), encoding="utf-8")
    assert run(["-c", str(ini), "build", "2.0.0", "--no-lint"]) == 0
    assert sorted(path.name for path in folder.iterdir()) == [
        "RUNBOOK.md",
        "SHA256SUMS",
        "manifest.json",
        "monitor.sql",
        "preflight.sql",
        "rollback.sql",
        "upgrade.sql",
        "verify.sql",
    ]
    assert list_bundles(tmp_path / "scripts")[1].edited == ()


@pytest.mark.usefixtures("scratch")
def test_evidence_of_another_plan_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = build(tmp_path, TWO)
    assert rehearse(ini, "2.0.0") == 0
    assert rehearse(ini, "1.0.0") == 0
    one, two = (tmp_path / "scripts" / version for version in ("1.0.0", "2.0.0"))
    shutil.copy(one / "rehearsal.json", two)
    run(["-c", str(ini), "list"])
    assert "evidence refused" in capsys.readouterr().out
    digest = hashlib.sha256((two / "rehearsal.json").read_bytes()).hexdigest()
    lines = (two / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    lines = [f"{digest}  rehearsal.json" if line.endswith("rehearsal.json") else line for line in lines]
    (two / "SHA256SUMS").write_text("\n".join(lines) + "\n", encoding="utf-8")
    run(["-c", str(ini), "list"])
    assert "evidence refused" in capsys.readouterr().out


@pytest.mark.parametrize(
    "lacking",
    [
        *({name: None} for name in ("plan", "server", "steps", "rows")),
        {"steps": [{}]},
        {"steps": [{"name": "upgrade"}]},
        {"steps": "upgrade"},
        {"rows": [1]},
        {"rows": {"public.t": "many"}},
    ],
    ids=str,
)  # fmt: skip
def test_evidence_that_lacks_something_is_refused(
    lacking: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under the right checksum, as another version may have written it."""
    ini = build(tmp_path, TWO)
    bundle = list_bundles(tmp_path / "scripts")[0]
    whole = {"plan": bundle.manifest.plan, "server": "15.1", "steps": [], "rows": {"public.t": 3}}
    set_evidence(bundle, {"rehearsal.json": json.dumps(whole).encode()})
    assert run(["-c", str(ini), "list"]) == 0
    assert "passed (PostgreSQL 15.1, 3 rows)" in capsys.readouterr().out
    found = {name: value for name, value in {**whole, **lacking}.items() if value is not None}
    set_evidence(bundle, {"rehearsal.json": json.dumps(found).encode()})
    assert run(["-c", str(ini), "list"]) == 0
    assert "evidence refused" in capsys.readouterr().out


def test_drift_names_what_differs(scratch: Server, tmp_path: Path, new_database: NewDatabase, psql: Psql) -> None:
    ini = build(tmp_path, TWO)
    assert rehearse(ini, "2.0.0") == 0
    drift = tmp_path / "scripts" / "2.0.0" / "drift.sql"
    database = new_database()
    for version in ("1.0.0", "2.0.0"):
        if version == "2.0.0":
            done = psql(database, "-qAt", "-v", "state=before", script=drift)
            assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert psql(database, script=tmp_path / "scripts" / version / "upgrade.sql").returncode == 0
    done = psql(database, "-qAt", script=drift)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (
        psql(database, "-c", "ALTER TABLE t ALTER n SET DEFAULT 7", "-c", "CREATE INDEX more ON t (n)").returncode == 0
    )
    done = psql(database, "-qAt", script=drift, env={"PGOPTIONS": "-c default_transaction_read_only=on"})
    assert done.stdout.splitlines() == [
        "- column\tpublic.t\tn\tinteger",
        "+ column\tpublic.t\tn\tinteger DEFAULT 7",
        "+ index\tpublic.t\tmore\tCREATE INDEX more ON public.t USING btree (n)",
    ]


def test_no_server_to_rehearse_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ini = build(tmp_path, TWO)
    monkeypatch.delenv("RELEASE_SCRATCH_SERVER", raising=False)
    monkeypatch.setenv("PG_BINDIR", os.fspath(tmp_path))
    assert rehearse(ini, "2.0.0") == 2
    said = capsys.readouterr().err
    assert "no PostgreSQL server binaries" in said
    assert "install" in said


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        (signal.SIGINT, "upgrade: statement"),
        (signal.SIGTERM, "cut after statement"),
        pytest.param(signal.SIGINT, "cut after statement", marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, "upgrade: statement", marks=pytest.mark.slow),
    ],
)
def test_an_interrupted_rehearsal_leaves_nothing(
    tmp_path: Path, scratch: Server, number: signal.Signals, moment: str
) -> None:
    """Also where a script is running, whose statement alone Ctrl-C would cancel."""
    slow = replace(TWO, upgrade=TWO.upgrade + "\nop.execute('SELECT pg_sleep(0.3)')")
    ini = build(tmp_path, slow)
    folder = tmp_path / "scripts" / "2.0.0"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    # the signal is sent by what would show the progress
    program = f"""
import os, sys, threading
from release.cli import rehearse, run
class ProgressLine(rehearse.ProgressLine):
    @property
    def say(self):
        later = threading.Timer(0.1, os.kill, (os.getpid(), {int(number)}))
        return lambda text: {moment!r} in text and not later.ident and later.start()
rehearse.ProgressLine = ProgressLine
sys.exit(run(["-c", {str(ini)!r}, "rehearse", "2.0.0", "--rows", "5", "--faults"]))
"""
    environment = os.environ | {"PYTHONPATH": os.fspath(HERE)}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 128 + number, done.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    with scratch.connect(scratch.maintenance) as connection:
        assert connection.execute("SELECT datname FROM pg_database WHERE datname LIKE '%rehearsal%'").fetchall() == []


def test_a_role_that_may_not_make_databases(tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    ini = build(tmp_path, TWO)
    with server.connect(server.maintenance) as connection:
        connection.execute("CREATE ROLE release_plain LOGIN PASSWORD 'x'")
        try:
            conninfo = make_conninfo(server.conninfo(server.maintenance), user="release_plain", password="x")
            assert rehearse(ini, "2.0.0", "--server", conninfo) == 3
        finally:
            connection.execute("DROP ROLE release_plain")
    said = capsys.readouterr().err
    assert "permission denied to create database" in said
    assert "let the role make databases: ALTER ROLE release_plain CREATEDB" in said


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_bundle_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = build(tmp_path, TWO)
    (tmp_path / "scripts").chmod(0o555)
    try:
        assert rehearse(ini, "2.0.0") == 1
    finally:
        (tmp_path / "scripts").chmod(0o755)
    assert "cannot write" in capsys.readouterr().err


@pytest.mark.usefixtures("scratch")
def test_what_cannot_be_rehearsed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = build(tmp_path, TWO)
    assert rehearse(ini, "3.0.0") == 1
    assert "no bundle of release 3.0.0; there are 1.0.0, 2.0.0" in capsys.readouterr().err
    for name in ("upgrade.sql", "RUNBOOK.md"):
        file = tmp_path / "scripts" / "2.0.0" / name
        file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        assert rehearse(ini, "2.0.0") == 1
        assert f"edited since it was built: {name}" in capsys.readouterr().err
        file.write_text(file.read_text(encoding="utf-8")[:-1], encoding="utf-8")
    earlier = tmp_path / "scripts" / "1.0.0" / "upgrade.sql"
    earlier.write_text(earlier.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert rehearse(ini, "2.0.0") == 1
    assert "which release 2.0.0 builds on, was edited since it was built: upgrade.sql" in capsys.readouterr().err
