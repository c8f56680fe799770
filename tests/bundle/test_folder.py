"""A bundle's folder: all of it is written or none, and what cannot be read is refused."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from release.bundle import list_bundles, read_bundle, write_bundle
from release.errors import BundleError

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_a_bundle_stays_when_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    folder = tmp_path / "1.0.0"
    write_bundle(folder, {"upgrade.sql": b"SELECT 1;\n"})
    rename = Path.rename

    def break_off(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise error
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", break_off)
    with pytest.raises(BundleError if error is OSError else error):
        write_bundle(folder, {"upgrade.sql": b"SELECT 2;\n"})
    assert (folder / "upgrade.sql").read_bytes() == b"SELECT 1;\n"
    assert [each.name for each in tmp_path.iterdir()] == ["1.0.0"]


def test_what_cannot_be_cleaned_up_keeps_no_bundle_from_being_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "1.0.0"
    write_bundle(folder, {"upgrade.sql": b"SELECT 1;\n"})
    unlink = os.unlink

    def refuse(path: str, *arguments: Any, **keywords: Any) -> None:
        if path == "upgrade.sql" or str(path).endswith("/old/upgrade.sql"):
            raise PermissionError(errno.EPERM, "Operation not permitted", path)
        unlink(path, *arguments, **keywords)

    monkeypatch.setattr(os, "unlink", refuse)
    write_bundle(folder, {"upgrade.sql": b"SELECT 2;\n"})
    assert (folder / "upgrade.sql").read_bytes() == b"SELECT 2;\n"
    left = [each for each in tmp_path.iterdir() if each != folder]
    assert [each.name for each in left[0].iterdir()] == ["old"]  # the test is of something


def test_links_of_a_reviewer_are_kept_as_they_are(tmp_path: Path) -> None:
    folder = tmp_path / "1.0.0"
    write_bundle(folder, {"upgrade.sql": b"SELECT 1;\n"})
    links = {"gone.md": "nowhere.md", "good.md": "../notes.md", "folder": "..", "inside.md": "upgrade.sql"}
    (tmp_path / "notes.md").write_text("mine", encoding="utf-8")
    for name, target in links.items():
        (folder / name).symlink_to(target)
    write_bundle(folder, {"upgrade.sql": b"SELECT 2;\n"})
    assert {name: str((folder / name).readlink()) for name in links} == links
    assert (folder / "good.md").read_text(encoding="utf-8") == "mine"
    assert (folder / "inside.md").read_bytes() == b"SELECT 2;\n"


def test_a_file_of_the_bundle_that_became_a_link(tmp_path: Path) -> None:
    folder = tmp_path / "1.0.0"
    write_bundle(folder, {"upgrade.sql": b"SELECT 1;\n"})
    (folder / "upgrade.sql").rename(tmp_path / "elsewhere.sql")
    (folder / "upgrade.sql").symlink_to("../elsewhere.sql")
    write_bundle(folder, {"upgrade.sql": b"SELECT 2;\n"})
    assert not (folder / "upgrade.sql").is_symlink()
    assert (tmp_path / "elsewhere.sql").read_bytes() == b"SELECT 1;\n"


def test_a_file_of_a_reviewer_that_cannot_be_copied_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "1.0.0"
    write_bundle(folder, {"upgrade.sql": b"SELECT 1;\n"})
    os.mkfifo(folder / "pipe")
    with pytest.raises(BundleError, match=r"cannot write .*1\.0\.0: `.*pipe` is a named pipe\n"):
        write_bundle(folder, {"upgrade.sql": b"SELECT 2;\n"})
    assert (folder / "upgrade.sql").read_bytes() == b"SELECT 1;\n"


def test_a_bundle_in_the_folder_of_another_version(tmp_path: Path) -> None:
    shutil.copytree(SCRIPTS / "1.1.0", tmp_path / "1.1.0")
    assert [str(each.version) for each in list_bundles(tmp_path)] == ["1.1.0"]
    shutil.copytree(SCRIPTS / "1.1.0", tmp_path / "1.2.0")
    with pytest.raises(BundleError, match=r"1\.2\.0 holds release 1\.1\.0"):
        list_bundles(tmp_path)


@pytest.mark.parametrize(
    "manifest", [[], {"format": 1}, {"format": 1, "release": {}, "range": {}, "prerequisites": []}]
)
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, manifest: object) -> None:
    data = json.dumps(manifest).encode()
    write_bundle(tmp_path / "1.0.0", {"manifest.json": data})
    assert hashlib.sha256(data).hexdigest() in (tmp_path / "1.0.0" / "SHA256SUMS").read_text(encoding="utf-8")
    with pytest.raises(BundleError, match="cannot be read"):
        read_bundle(tmp_path / "1.0.0")
