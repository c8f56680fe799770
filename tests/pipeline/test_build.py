"""`release build`: ranges, when a bundle may change, the same bytes anywhere, and nothing half-written."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from release.bundle import written
from release.cli import run
from tests.projects import Revision, write_project

ONE = Revision("a1", 'op.execute("CREATE TABLE t (id int)")', 'op.execute("DROP TABLE t")', "make t")
TWO = Revision("b2", 'op.execute("CREATE TABLE u (id int)")', 'op.execute("DROP TABLE u")', "make u", "a1")
THREE = Revision("c3", 'op.execute("CREATE TABLE v (id int)")', 'op.execute("DROP TABLE v")', "make v", "b2")

FILES = (
    *("RUNBOOK.md", "SHA256SUMS", "manifest.json", "monitor.sql", "preflight.sql"),
    *("rollback.sql", "upgrade.sql", "verify.sql"),
)


def release(ini: Path, *arguments: str, status: int = 0) -> None:
    assert run(["-c", str(ini), *arguments]) == status


def manifest(root: Path, version: str) -> dict[str, object]:
    found = json.loads((root / "scripts" / version / "manifest.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def edit(root: Path, revision: str, old: str, new: str) -> None:
    path = root / "migrations" / "versions" / f"{revision}_x.py"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_release_starts_where_the_one_before_it_ended(tmp_path: Path) -> None:
    ini = write_project(tmp_path, ONE, TWO, THREE)
    release(ini, "build", "1.9.0", "--to", "a1", "--no-lint")
    release(ini, "build", "1.10.0", "--to", "b2", "--no-lint")
    release(ini, "build", "1.11.0", "--no-lint")
    ranges = [manifest(tmp_path, version)["range"] for version in ("1.9.0", "1.10.0", "1.11.0")]
    assert [(each["from"], each["to"]) for each in ranges] == [([], ["a1"]), (["a1"], ["b2"]), (["b2"], ["c3"])]  # type: ignore[index]


def test_list_sorts_as_versions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = write_project(tmp_path, ONE, TWO, THREE)
    release(ini, "list")
    assert "no bundles yet" in capsys.readouterr().out
    release(ini, "build", "1.9.0", "--to", "a1", "--no-lint", "--date", "2026-01-02", "--title", "First")
    release(ini, "build", "1.10.0", "--to", "b2", "--no-lint")
    capsys.readouterr()
    release(ini, "list")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["release", "1.9.0", "1.10.0"]
    assert "2026-01-02" in lines[1]
    assert "base -> a1" in lines[1]
    assert lines[1].endswith("First")


def test_an_existing_bundle_is_left_alone_until_its_plan_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ini = write_project(tmp_path, ONE, TWO)
    release(ini, "build", "1.0.0", "--to", "a1", "--no-lint", "--date", "2026-01-02")
    release(ini, "build", "1.1.0", "--no-lint", "--date", "2026-01-03", "--title", "Kept")
    before = tree(tmp_path / "scripts")
    edit(tmp_path, "b2", "CREATE TABLE u (id int)", "CREATE  TABLE u  (id /* layout */ int)")
    release(ini, "build", "1.1.0")
    assert "unchanged" in capsys.readouterr().out
    assert tree(tmp_path / "scripts") == before

    edit(tmp_path, "b2", "int)", "bigint)")
    release(ini, "build", "1.1.0", "--no-lint")
    assert "rewritten" in capsys.readouterr().out
    after = manifest(tmp_path, "1.1.0")
    assert after["release"] == {"version": "1.1.0", "title": "Kept", "date": "2026-01-03"}
    assert "bigint" in (tmp_path / "scripts/1.1.0/upgrade.sql").read_text(encoding="utf-8")


def test_only_the_newest_bundle_may_change(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = write_project(tmp_path, ONE, TWO)
    release(ini, "build", "1.0.0", "--to", "a1", "--no-lint")
    release(ini, "build", "1.1.0", "--no-lint")
    before = tree(tmp_path / "scripts")
    edit(tmp_path, "a1", "DROP TABLE t", "DROP TABLE t CASCADE")
    for more in ((), ("--regenerate",)):
        release(ini, "build", "1.0.0", "--no-lint", *more, status=1)
        message = capsys.readouterr().err
        assert "revision a1 no longer gives what 1.0.0/ holds; only the newest release (1.1.0) may change" in message
    release(ini, "build", "1.0.5", "--no-lint", status=1)
    assert "release 1.0.5 would come before 1.1.0" in capsys.readouterr().err
    assert tree(tmp_path / "scripts") == before


@pytest.mark.processes
def test_the_same_bytes_in_any_folder_zone_locale_and_hash_order(tmp_path: Path) -> None:
    revisions = (
        Revision(
            "a1",
            """
            op.create_table("t", *[sa.Column(f"c{n}", sa.Integer(), index=True) for n in range(12)])
            """,
            'op.drop_table("t")',
        ),
    )
    trees = []
    for number, (zone, language) in enumerate(
        [("UTC", "C"), ("Pacific/Kiritimati", "C.UTF-8"), ("America/Caracas", "POSIX")]
    ):
        root = tmp_path / f"place {number}" / ("x" * number)
        root.mkdir(parents=True)
        ini = write_project(root, *revisions)
        env = os.environ | {
            "TZ": zone,
            "LC_ALL": language,
            "PYTHONHASHSEED": str(number),
            "SOURCE_DATE_EPOCH": "1767225600",
        }
        command = [sys.executable, "-m", "release", "-c", str(ini), "build", "1.0", "--no-lint"]
        subprocess.run(command, env=env, check=True, capture_output=True)
        trees.append(tree(root / "scripts"))
    assert trees[0] == trees[1] == trees[2]
    assert set(trees[0]) == {f"1.0/{name}" for name in FILES}


def test_edited_files_are_not_passed_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = write_project(tmp_path, ONE)
    release(ini, "build", "1.0.0", "--no-lint")
    before = tree(tmp_path / "scripts")
    script = tmp_path / "scripts/1.0.0/upgrade.sql"
    script.write_text(script.read_text(encoding="utf-8") + "DROP TABLE t;\n", encoding="utf-8")
    (script.parent / "notes.txt").write_text("reviewed by the DBA", encoding="utf-8")
    release(ini, "build", "1.0.0", "--no-lint", status=1)
    assert "edited since it was built: upgrade.sql" in capsys.readouterr().err
    release(ini, "build", "1.0.0", "--no-lint", "--regenerate")
    assert (script.parent / "notes.txt").read_text(encoding="utf-8") == "reviewed by the DBA"
    (script.parent / "notes.txt").unlink()
    assert tree(tmp_path / "scripts") == before


def test_a_bundle_without_a_runbook_as_earlier_versions_built_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ini = write_project(tmp_path, ONE)
    release(ini, "build", "1.0.0", "--no-lint")
    now, folder = tree(tmp_path / "scripts"), tmp_path / "scripts/1.0.0"
    (folder / "RUNBOOK.md").unlink()
    values = manifest(tmp_path, "1.0.0")
    values["files"].pop("RUNBOOK.md")  # type: ignore[attr-defined]
    (folder / "manifest.json").write_text(written(values), encoding="utf-8")
    names = [name for name in FILES if name not in {"SHA256SUMS", "RUNBOOK.md"}]
    sums = (f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names)
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    before = tree(tmp_path / "scripts")
    release(ini, "list")
    release(ini, "build", "1.0.0")
    assert "unchanged" in capsys.readouterr().out
    run(["-c", str(ini), "lint", "1.0.0"])
    assert "is not what its migrations give" not in "".join(capsys.readouterr())
    assert tree(tmp_path / "scripts") == before
    release(ini, "build", "1.0.0", "--no-lint", "--regenerate")
    assert tree(tmp_path / "scripts") == now


def test_a_runbook_is_held_to_what_the_migrations_give(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = write_project(tmp_path, ONE)
    release(ini, "build", "1.0.0", "--no-lint")
    runbook = tmp_path / "scripts/1.0.0/RUNBOOK.md"
    runbook.write_text(runbook.read_text(encoding="utf-8").replace("pg_dump -Fd", "true"), encoding="utf-8")
    release(ini, "build", "1.0.0", "--no-lint", status=1)
    assert "edited since it was built: RUNBOOK.md" in capsys.readouterr().err
    run(["-c", str(ini), "lint", "1.0.0"])
    assert "RUNBOOK.md is not what its migrations give" in "".join(capsys.readouterr())


@pytest.mark.parametrize("text", ["{}", "not json"])
@pytest.mark.parametrize("more", [(), ("--regenerate",)])
def test_an_edited_manifest_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, more: tuple[str, ...]
) -> None:
    ini = write_project(tmp_path, ONE)
    release(ini, "build", "1.0.0", "--no-lint")
    path = tmp_path / "scripts/1.0.0/manifest.json"
    path.write_text(text, encoding="utf-8")
    release(ini, "build", "1.0.0", "--no-lint", *more, status=1)
    message = capsys.readouterr().err
    assert "manifest.json was edited" in message
    assert "restore it from version control" in message


def test_an_unreadable_manifest_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = write_project(tmp_path, ONE)
    release(ini, "build", "1.0.0", "--no-lint")
    folder = tmp_path / "scripts/1.0.0"
    (folder / "manifest.json").write_text("{}", encoding="utf-8")
    digest = hashlib.sha256(b"{}").hexdigest()
    (folder / "SHA256SUMS").write_text(f"{digest}  manifest.json\n", encoding="utf-8")
    release(ini, "list", status=1)
    assert "manifest.json cannot be read" in capsys.readouterr().err
    (folder / "SHA256SUMS").unlink()
    release(ini, "list", status=1)
    assert "is not a bundle" in capsys.readouterr().err


def test_nothing_is_left_when_the_folder_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = write_project(tmp_path, ONE)
    (tmp_path / "file").write_text("", encoding="utf-8")
    release(ini, "build", "1.0.0", "--no-lint", "--output", str(tmp_path / "file"), status=1)
    message = capsys.readouterr().err
    assert "cannot write" in message
    assert "--output" in message
    assert (tmp_path / "file").read_text(encoding="utf-8") == ""


def test_nothing_is_written_when_lint_finds_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = write_project(tmp_path, Revision("a1", 'op.execute("CREATE INDEX CONCURRENTLY i ON t (SELEC)")'))
    release(ini, "build", "1.0.0", status=1)
    captured = capsys.readouterr()
    assert "error RL" in captured.err
    assert "not written" in captured.out
    assert not (tmp_path / "scripts").exists()


def test_a_failed_swap_leaves_the_bundle_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ini = write_project(tmp_path, ONE)
    release(ini, "build", "1.0.0", "--no-lint")
    before = tree(tmp_path / "scripts")
    edit(tmp_path, "a1", "int)", "bigint)")
    rename = Path.rename

    def fail(source: Path, target: Path) -> Path:
        if source.name == "new":
            raise OSError(28, "No space left on device")
        return rename(source, target)

    monkeypatch.setattr(Path, "rename", fail)
    release(ini, "build", "1.0.0", "--no-lint", status=1)
    assert "No space left on device" in capsys.readouterr().err
    assert tree(tmp_path / "scripts") == before
    assert [path.name for path in (tmp_path / "scripts").iterdir()] == ["1.0.0"]


def test_the_committed_bundles_are_what_the_templates_give(tmp_path: Path) -> None:
    here = Path(__file__).parents[2]
    for name in ("alembic", "alembic.ini", "pyproject.toml", "scripts"):
        source = here / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    before = tree(tmp_path / "scripts")
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        release(tmp_path / "alembic.ini", "build", version, "--regenerate")
    assert tree(tmp_path / "scripts") == before
    assert {name.split("/")[0] for name in before} == {"1.0.0", "1.1.0", "1.2.0"}
