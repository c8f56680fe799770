"""The cache: whole entries or none, bounded, and no trouble to runs beside this one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from release.cache import cache_folder, digest_of, load, prune, save

KEY = digest_of(b"text")


def entries(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("??/*"))


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    assert load(tmp_path, KEY) is None
    save(tmp_path, KEY, b"result\nof two lines")
    assert load(tmp_path, KEY) == b"result\nof two lines"
    assert digest_of(b"a", b"b") != digest_of(b"ab") != digest_of(b"a", b"c")


@pytest.mark.parametrize("damage", [b"", b"{", b"0" * 64 + b"\nresult"])
def test_a_damaged_entry_is_none(tmp_path: Path, damage: bytes) -> None:
    save(tmp_path, KEY, b"result")
    path = tmp_path / KEY[:2] / KEY
    path.write_bytes(damage or path.read_bytes()[:-1])
    assert load(tmp_path, KEY) is None


def test_another_entrys_result_is_none(tmp_path: Path) -> None:
    save(tmp_path, KEY, b"result")
    other = digest_of(b"other")
    (tmp_path / other[:2]).mkdir(exist_ok=True)
    (tmp_path / other[:2] / other).write_bytes((tmp_path / KEY[:2] / KEY).read_bytes())
    assert load(tmp_path, other) is None


def test_a_cache_that_cannot_be_written_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    save(tmp_path / "file", KEY, b"result")
    assert load(tmp_path / "file", KEY) is None


def test_old_entries_go_and_used_ones_stay(tmp_path: Path) -> None:
    now = time.time()
    for name, days in (("used", 1), ("old", 31)):
        save(tmp_path, digest_of(name.encode()), b"x")
        os.utime(tmp_path / digest_of(name.encode())[:2] / digest_of(name.encode()), (now, now - days * 86_400))
    left = tmp_path / "aa" / ".left"
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(b"")
    os.utime(left, (now, now - 2 * 86_400))
    prune(tmp_path, now)
    assert entries(tmp_path) == [digest_of(b"used")]
    assert load(tmp_path, digest_of(b"used")) == b"x"
    assert time.time() - (tmp_path / digest_of(b"used")[:2] / digest_of(b"used")).stat().st_mtime < 60


def test_the_cache_is_bounded(tmp_path: Path) -> None:
    now = time.time()
    for number in range(10):
        key = digest_of(b"%d" % number)
        save(tmp_path, key, b"x" * 1000)
        os.utime(tmp_path / key[:2] / key, (now, now - number))
    prune(tmp_path, now, limit=3500)
    assert entries(tmp_path) == sorted(digest_of(b"%d" % number) for number in range(3))


def test_it_is_pruned_by_saving_once_a_day(tmp_path: Path) -> None:
    save(tmp_path, KEY, b"x")
    old = time.time() - 40 * 86_400
    os.utime(tmp_path / KEY[:2] / KEY, (old, old))
    save(tmp_path, digest_of(b"second"), b"x")
    assert KEY in entries(tmp_path)
    os.utime(tmp_path / "last-pruned", (old, old))
    save(tmp_path, digest_of(b"third"), b"x")
    assert KEY not in entries(tmp_path)


def test_runs_side_by_side_read_whole_entries_only(tmp_path: Path) -> None:
    code = (
        "import time\nfrom pathlib import Path\n"
        "from release.cache import load, prune, save\n"
        f"folder, key = Path({str(tmp_path)!r}), {KEY!r}\n"
        "for n in range(200):\n"
        "    save(folder, key, b'x' * 20_000)\n"
        "    prune(folder, time.time(), limit=0 if n % 3 == 0 else 10**9)\n"
        "    assert load(folder, key) in (None, b'x' * 20_000)\n"
    )
    runs = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(3)]
    assert [run.communicate()[1] for run in runs] == [b"", b"", b""]
    assert [path for path in tmp_path.glob("??/.*") if path.is_file()] == []


def test_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "alembic-release" / "lint"
    monkeypatch.setenv("RELEASE_NO_CACHE", "1")
    assert cache_folder() is None
