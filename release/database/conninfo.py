"""What may stand after `-d`: a database name, keywords and values, or a URI."""

from __future__ import annotations


def expand_dbname(conninfo: str) -> str:
    """Give a connection string; a bare database name becomes one, as for psql (manual 34.1.1, `expand_dbname`)."""
    if not conninfo or "=" in conninfo or conninfo.startswith(("postgresql://", "postgres://")):
        return conninfo
    escaped = conninfo.replace("\\", "\\\\").replace("'", "\\'")
    return f"dbname='{escaped}'"
