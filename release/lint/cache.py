"""Results of sqlfluff, kept in the user's cache directory under what they depend on: text, configuration, versions."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import tempfile
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import platformdirs

_FORMAT = 1


def cache_folder() -> Path:
    """Where results are kept; it may be removed at any time."""
    return Path(platformdirs.user_cache_dir("alembic-release")) / "lint"


def key_of(*parts: str) -> str:
    """The name of a result that depends on these texts, and on the versions of what makes it."""
    digest = hashlib.sha256()
    for part in (str(_FORMAT), _installed("sqlfluff"), _installed("sqlfluffrs"), sys.version, *parts):
        data = part.encode("utf-8", "surrogateescape")
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


@cache
def own_code() -> str:
    """A digest of what makes our findings: this room, and what it knows of SQL."""
    digest = hashlib.sha256()
    package = Path(__file__).parents[1]
    for room in ("lint", "plan", "sql"):
        for file in sorted((package / room).rglob("*")):
            if file.suffix in {".py", ".cfg"}:
                digest.update(file.relative_to(package).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest() + _installed("postgast")


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def load(folder: Path, key: str) -> Any:
    """A kept result as JSON values; None when there is none that can be read."""
    try:
        entry = json.loads((folder / key[:2] / key).read_bytes())
        return entry["result"] if entry["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save(folder: Path, key: str, result: Any) -> None:
    """Keep a result; a cache that cannot be written is no reason to fail."""
    place = folder / key[:2]
    with contextlib.suppress(OSError):
        place.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=place, prefix=".")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump({"key": key, "result": result}, file)
            Path(temporary).replace(place / key)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
