"""Which servers are worked with."""

from __future__ import annotations

from release.config import OLDEST_SERVER


def why_unsupported(version: int) -> str:
    """Say why a server is not worked with, "" where it is.

    Args:
        version: `server_version_num` (libpq, PQserverVersion); 0 is unknown.
    """
    if not 0 < version < OLDEST_SERVER * 10000:
        return ""
    return f"the server is PostgreSQL {spell_version(version)}, which is too old: {OLDEST_SERVER} or later is needed"


def spell_version(version: int) -> str:
    """A `server_version_num` as people write it: 150018 is 15.18, and 90624 is 9.6.24."""
    major, rest = divmod(version, 10000)
    return f"{major}.{rest}" if major >= 10 else f"{major}.{rest // 100}.{rest % 100}"
