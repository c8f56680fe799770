"""What has been worked out before, kept in the user's cache directory under a digest of all that it depends on.

An entry carries a checksum: one that was cut short or damaged is as good as none. Entries appear whole, by renaming, so
runs side by side do not disturb each other. What nobody has used for a month goes, and the oldest beyond 256 MiB.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Iterator

_MONTH = 30 * 86_400
_DAY = 86_400
_LIMIT = 256 * 2**20
_MARK = "last-pruned"


def cache_folder() -> Path | None:
    """Where results are kept (it may be removed at any time); None where RELEASE_NO_CACHE is set."""
    if os.environ.get("RELEASE_NO_CACHE"):
        return None
    return platformdirs.user_cache_path("alembic-release", appauthor=False) / "lint"


def digest_of(*parts: bytes) -> str:
    """A name for a result that depends on these."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def load(folder: Path, key: str) -> bytes | None:
    """A kept result; None when there is none, or none that is whole."""
    path = _path(folder, key)
    try:
        sum_, _, result = path.read_bytes().partition(b"\n")
        if hashlib.sha256(key.encode() + result).hexdigest().encode() != sum_:
            return None
        if time.time() - path.stat().st_mtime > _DAY:
            os.utime(path)  # used: it shall stay
    except OSError:
        return None
    return result


def save(folder: Path, key: str, result: bytes) -> None:
    """Keep a result; a cache that cannot be written is no reason to fail."""
    path = _path(folder, key)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".")
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(hashlib.sha256(key.encode() + result).hexdigest().encode() + b"\n" + result)
            temporary.replace(path)
        except OSError:
            temporary.unlink()
        _prune_daily(folder)
    except OSError:
        return


def prune(folder: Path, now: float, limit: int = _LIMIT) -> None:
    """Remove what nobody has used for a month, the longest unused beyond `limit` bytes, and what a killed run left."""
    entries = sorted(_entries(folder), reverse=True)
    total = 0
    for used, size, path in entries:
        total += size
        unfinished = path.name.startswith(".")
        if now - used > (_DAY if unfinished else _MONTH) or total > limit:
            with suppress(OSError):  # another run was quicker
                path.unlink()


def _prune_daily(folder: Path) -> None:
    mark, now = folder / _MARK, time.time()
    try:
        due = now - mark.stat().st_mtime > _DAY
    except OSError:
        due = True
    if due:
        mark.touch()
        prune(folder, now)


def _entries(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """When each entry was last used, its size and path."""
    for path in folder.glob("??/*"):
        try:
            found = path.stat()
        except OSError:
            continue  # removed in the meantime
        yield found.st_mtime, found.st_size, path


def _path(folder: Path, key: str) -> Path:
    return folder / key[:2] / key
