"""Which codes sqlfluff and its plugins have."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from release.cache import digest_of, load, save
from release.lint.sqlfluff.workers import ask_codes

if TYPE_CHECKING:
    from pathlib import Path

# What sqlfluff cannot parse, or not even cut into words: codes of findings, and of no rule.
PARSE_CODES = frozenset({"PRS", "LXR"})


def fluff_codes(folder: Path | None) -> tuple[str, ...]:
    """Every code that a finding of sqlfluff may have.

    Args:
        folder: of the cache; sqlfluff is asked, which takes a second to load, where that does not hold them.
    """
    key = digest_of(*(part.encode() for part in ("sqlfluff's rules", sys.version, *_plugins())))
    kept = load(folder, key) if folder else None
    if kept is not None:
        return tuple(kept.decode().split())
    codes = (*ask_codes(), *sorted(PARSE_CODES))
    if folder:
        save(folder, key, "\n".join(codes).encode())
    return codes


def _plugins() -> list[str]:
    """What rules come from: sqlfluff's own are plugins, too."""
    return sorted(
        f"{each.value} {each.dist.name} {each.dist.version}" for each in entry_points(group="sqlfluff") if each.dist
    )
