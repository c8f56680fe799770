"""A bundle's folder: all of it is written or none, and what cannot be read is refused."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

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
