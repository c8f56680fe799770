"""What has been worked out before, kept in the user's cache directory under a digest of all that it depends on.

An entry carries a checksum: one that was cut short or damaged is as good as none. Entries appear whole, by renaming, so
runs side by side do not disturb each other. What nobody has used for a month goes, and the oldest beyond 256 MiB.
This module is imported before anything else: it uses little of the standard library.
"""

from __future__ import annotations

import hashlib
import os
import time

import platformdirs

TYPE_CHECKING = False  # `typing` takes longer to import than the rest of this file
if TYPE_CHECKING:
    from collections.abc import Iterator

_MONTH = 30 * 86_400
_DAY = 86_400
_LIMIT = 256 * 2**20
_MARK = "last-pruned"


def cache_folder() -> str | None:
    """Where results are kept (it may be removed at any time); None where RELEASE_NO_CACHE is set."""
    if os.environ.get("RELEASE_NO_CACHE"):
        return None
    return os.path.join(platformdirs.user_cache_dir("alembic-release", appauthor=False), "lint")


def digest_of(*parts: bytes) -> str:
    """A name for a result that depends on these."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def load(folder: str, key: str) -> bytes | None:
    """A kept result; None when there is none, or none that is whole."""
    path = _path(folder, key)
    try:
        with open(path, "rb") as file:
            sum_, _, result = file.read().partition(b"\n")
        if hashlib.sha256(key.encode() + result).hexdigest().encode() != sum_:
            return None
        if time.time() - os.stat(path).st_mtime > _DAY:
            os.utime(path)  # used: it shall stay
    except OSError:
        return None
    return result


def save(folder: str, key: str, result: bytes) -> None:
    """Keep a result; a cache that cannot be written is no reason to fail."""
    import tempfile

    path = _path(folder, key)
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(hashlib.sha256(key.encode() + result).hexdigest().encode() + b"\n" + result)
            os.replace(temporary, path)
        except OSError:
            os.unlink(temporary)
        _prune_daily(folder)
    except OSError:
        return


def prune(folder: str, now: float, limit: int = _LIMIT) -> None:
    """Remove what nobody has used for a month, the longest unused beyond `limit` bytes, and what a killed run left."""
    entries = sorted(_entries(folder), reverse=True)
    total = 0
    for used, size, path in entries:
        total += size
        unfinished = os.path.basename(path).startswith(".")
        if now - used > (_DAY if unfinished else _MONTH) or total > limit:
            try:
                os.unlink(path)
            except OSError:
                continue  # another run was quicker


def _prune_daily(folder: str) -> None:
    mark, now = os.path.join(folder, _MARK), time.time()
    try:
        due = now - os.stat(mark).st_mtime > _DAY
    except OSError:
        due = True
    if due:
        with open(mark, "wb"):
            os.utime(mark)
        prune(folder, now)


def _entries(folder: str) -> Iterator[tuple[float, int, str]]:
    """When each entry was last used, its size and path."""
    for name in os.listdir(folder):
        place = os.path.join(folder, name)
        if len(name) != 2 or not os.path.isdir(place):
            continue
        with os.scandir(place) as files:
            for file in files:
                try:
                    found = file.stat()
                except OSError:
                    continue  # removed in the meantime
                yield found.st_mtime, found.st_size, file.path


def _path(folder: str, key: str) -> str:
    return os.path.join(folder, key[:2], key)
