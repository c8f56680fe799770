"""Which servers are worked with."""

from __future__ import annotations

from release.config import OLDEST_SERVER


def why_unsupported(version: int) -> str:
    """Say why a server is not worked with, "" where it is.

    Args:
        version: `server_version_num`: 120022 is 12.22, and before 10 it had three parts (libpq, PQserverVersion); 0 is
            unknown.
    """
    if not 0 < version < OLDEST_SERVER * 10000:
        return ""
    major, rest = divmod(version, 10000)
    spelled = f"{major}.{rest}" if major >= 10 else f"{major}.{rest // 100}.{rest % 100}"
    return f"the server is PostgreSQL {spelled}, which is too old: {OLDEST_SERVER} or later is needed"
