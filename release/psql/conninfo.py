"""What may stand after `-d`: a database name, keywords and values, or a URI; and what a connection then is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn


def expand_dbname(conninfo: str) -> str:
    """Give a connection string; a bare database name becomes one, as for psql (manual 34.1.1, `expand_dbname`)."""
    if not conninfo or "=" in conninfo or conninfo.startswith(("postgresql://", "postgres://")):
        return conninfo
    escaped = conninfo.replace("\\", "\\\\").replace("'", "\\'")
    return f"dbname='{escaped}'"


def describe_connection(pgconn: PGconn) -> list[tuple[bytes, bytes]]:
    r"""Give the rows of `\conninfo` (`exec_command_conninfo` in `src/bin/psql/command.c`, PostgreSQL 18).

    Of an SSL connection psql tells library, protocol, key bits, cipher, compression and ALPN too, psycopg does not.
    """
    host, address = pgconn.host, pgconn.hostaddr
    rows = [(b"Database", pgconn.db), (b"Client User", pgconn.user)]
    if not host.startswith((b"/", b"@")):
        rows.append((b"Host", host))
        if address and address != host:
            rows.append((b"Host Address", address))
    else:
        rows.append((b"Host Address", address) if address else (b"Socket Directory", host))
    return [
        *rows,
        (b"Server Port", pgconn.port),
        (b"Options", pgconn.options),
        (b"Protocol Version", _protocol(pgconn)),
        (b"Password Used", _boolean(pgconn.used_password)),
        (b"GSSAPI Authenticated", _boolean(pgconn.used_gssapi)),
        (b"Backend PID", b"%d" % pgconn.backend_pid),
        (b"SSL Connection", _boolean(pgconn.ssl_in_use)),
        (b"Superuser", pgconn.parameter_status(b"is_superuser") or b"unknown"),
        (b"Hot Standby", pgconn.parameter_status(b"in_hot_standby") or b"unknown"),  # told since PostgreSQL 14
    ]


def _protocol(pgconn: PGconn) -> bytes:
    try:
        version = pgconn.full_protocol_version
    except (AttributeError, psycopg.Error):  # psycopg before 3.3, libpq before 18: they speak 3.0 alone
        return b"%d.0" % pgconn.protocol_version
    return b"%d.%d" % divmod(version, 10000)


def _boolean(value: bool) -> bytes:
    return b"true" if value else b"false"
