"""A PostgreSQL server to try things on: a scratch server of our own, or one that was given."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, LiteralString

from release.config import OLDEST_SERVER
from release.errors import ConfigError, ConnectionFailedError, DatabaseError, ToolError
from release.psql.supported import why_unsupported
from release.scratch.account import choose_account, choose_base
from release.scratch.binaries import find_installation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import psycopg

_PORT = "5432"  # only part of the socket's name: no server of ours listens on TCP

# Fast, because nothing outlives the server, and otherwise as PostgreSQL comes: what works here works elsewhere.
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_directories": '"{folder}"',
    "port": _PORT,
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}

# What the configuration of a server that was given, or of our role there, may impose on every session, and would break
# off or refuse what takes its time; the value of each that does not (manual 20.11.1).
_HARMLESS = {
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    "transaction_timeout": "0",
    "default_transaction_read_only": "off",
    "exit_on_error": "off",
}

# What leads to a server, wherever libpq had it from (PG* variables, a service, the password file): programs that are
# started for it get all of it, and none of the variables.
_REACHED_BY = ("host", "hostaddr", "port", "user", "password")
_LOOKED_UP = {"dbname", "service", "servicefile"}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, and the databases that were made on it through this value.

    Attributes:
        parameters: libpq's connection parameters, without the database.
        version: `server_version_num`, e.g. 150018.
        bindir: folder with the server's own `psql` and `pg_dump`; None for a server that was given.
        prefix: what names of databases start with; no other can be made or dropped. Empty on a scratch server.
        maintenance: the database to connect to for creating and dropping others.
        imposed: settings of the server or the role that would break our sessions off, each with the value that does
            not; databases that are made have these values for our role, whichever program connects to them.
    """

    parameters: tuple[tuple[str, str], ...]
    version: int
    bindir: Path | None = None
    prefix: str = ""
    maintenance: str = "postgres"
    imposed: tuple[tuple[str, str], ...] = ()
    _made: set[str] = field(default_factory=set, repr=False, compare=False)

    @property
    def major(self) -> int:
        """The major version, e.g. 15."""
        return self.version // 10000

    def parameters_of(self, dbname: str) -> dict[str, str]:
        """Give libpq's connection parameters for a database."""
        return dict(self.parameters) | {"dbname": dbname}

    def conninfo(self, dbname: str = "postgres") -> str:
        """Give the connection string for libpq, psql and psycopg."""
        from psycopg.conninfo import make_conninfo

        return make_conninfo("", **self.parameters_of(dbname))

    def connect(self, dbname: str = "postgres", *, autocommit: bool = True) -> psycopg.Connection:
        """Connect to a database of the server.

        Raises:
            ConnectionFailedError: the server or the database cannot be reached.
            DatabaseError: the role may not change a setting that would break the session off.
        """
        import psycopg

        connection = _connect(self.conninfo(dbname))
        try:
            for name, value in self.imposed:
                connection.execute("SELECT set_config(%s, %s, FALSE)", [name, value])
            connection.autocommit = autocommit
        except psycopg.Error as error:
            connection.close()
            raise DatabaseError(f"the session cannot be made fit for scratch work: {error}") from error
        except BaseException:  # Ctrl-C
            connection.close()
            raise
        return connection

    def create_database(self, name: str, template: str | None = None) -> None:
        """Create a database: a copy of `template`, or an empty one in UTF8 and the C locale.

        Raises:
            DatabaseError: the server refuses, e.g. because the name is taken.
        """
        self.reserve_database(name)  # before it is made: who is interrupted meanwhile drops it
        how = "TEMPLATE {template}" if template else "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
        if not self.prefix and self.version >= 150000:  # where nothing is synced, files are copied faster than logged
            how += " STRATEGY file_copy"
        try:
            self._run(f"CREATE DATABASE {{name}} {how}", name=name, template=template or "template0")
        except DatabaseError:
            self._made.discard(name)
            raise
        self.free_sessions(name)

    def reserve_database(self, name: str) -> None:
        """Take a name for a database that somebody else makes, to be dropped as if it had been made here."""
        if not name.startswith(self.prefix):
            raise ValueError(f"{name!r} does not start with {self.prefix!r}")
        self._made.add(name)

    def free_sessions(self, name: str) -> None:
        """Keep off a database's sessions what is imposed on them, and would break off or refuse what takes its time."""
        for setting, value in self.imposed:
            self._run(
                "ALTER ROLE CURRENT_USER IN DATABASE {name} SET {setting} TO {value}",
                name=name,
                setting=setting,
                value=value,
            )

    def drop_database(self, name: str) -> None:
        """Drop a database that `create_database` made, together with its sessions.

        Raises:
            DatabaseError: this value did not make it, or the server refuses.
        """
        if name not in self._made:
            raise DatabaseError(f"database {name} was not made here, so it is not dropped here")
        self._run("DROP DATABASE IF EXISTS {name} WITH (FORCE)", name=name)
        self._made.discard(name)

    def drop_databases(self, names: Iterable[str] | None = None) -> None:
        """Drop databases that `create_database` made, or all of them; one that cannot be dropped keeps no other.

        Raises:
            DatabaseError: of one that is left.
        """
        with ExitStack() as stack:
            for name in sorted(self._made if names is None else names):
                stack.callback(self.drop_database, name)

    def _run(self, statement: LiteralString, **names: str) -> None:
        import psycopg
        from psycopg.sql import SQL, Identifier

        with self.connect(self.maintenance) as connection:
            try:
                connection.execute(SQL(statement).format(**{key: Identifier(name) for key, name in names.items()}))
            except psycopg.Error as error:
                denied = isinstance(error, psycopg.errors.InsufficientPrivilege)
                raise DatabaseError(
                    f"{statement.format(**names)}: {error}",
                    f"let the role make databases: ALTER ROLE {connection.info.user} CREATEDB" if denied else "",
                ) from error


@contextmanager
def scratch_server(*, postgis: bool = True, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Start a throwaway server from the installed binaries; stop and remove it on leaving, whatever happens.

    It has a private socket and no TCP port, trusts whoever can enter its folder (we and root), and runs as another
    user when we are root. A process of its own removes it even when this one is killed (see `supervisor`).

    Args:
        postgis: only take an installation that has PostGIS.
        settings: more of postgresql.conf, e.g. {"wal_level": "logical"}.

    Raises:
        ToolError: no suitable binaries are installed, there is no place for the server, or it does not start.
    """
    installation = find_installation(postgis=postgis)
    account = choose_account()
    lines = (f"{name} = '{_escape(value)}'\n" for name, value in (_SETTINGS | dict(settings or {})).items())
    job = {
        "base": str(choose_base(account)),
        "initdb": str(installation.bindir / "initdb"),
        "postgres": str(installation.bindir / "postgres"),
        "settings": "".join(lines),
        "account": [account.uid, account.gid] if account else None,
        "patience": 120,
    }
    program = Path(__file__).with_name("supervisor.py")
    with subprocess.Popen(
        [sys.executable, "-I", "-S", program, json.dumps(job)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as supervisor:  # leaving closes the pipe, which tells the supervisor to clean up, and waits until it has
        assert supervisor.stdout  # noqa: S101 - we asked for it
        said = json.loads(supervisor.stdout.readline() or '{"error": "its supervisor died"}')
        if "error" in said:
            log = said.get("log", "").strip()
            raise ToolError(
                f"cannot start a scratch server from {installation.bindir}: {said['error']}"
                + (f"\n{log}" if log else "")
            )
        parameters = (("host", said["folder"]), ("port", _PORT), ("user", "postgres"))
        with _connect(Server(parameters, 0).conninfo()) as connection:
            version = connection.info.server_version
        require_supported(version)
        yield Server(parameters, version, installation.bindir)


@contextmanager
def given_server(conninfo: str) -> Iterator[Server]:
    """Use a server that is there already, and leave it as it was: only databases made through the value are dropped.

    Raises:
        ConfigError: `conninfo` is neither a libpq connection string nor a URI.
        ConnectionFailedError: the server cannot be reached.
        ToolError: it is too old.
    """
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        named = {name: str(value) for name, value in conninfo_to_dict(conninfo).items() if name not in _LOOKED_UP}
    except psycopg.ProgrammingError as error:
        raise ConfigError(
            f"not a connection string of PostgreSQL: {error}",
            "write it as 'host=… port=… user=… dbname=…' or 'postgresql://user@host:port/dbname'",
        ) from error
    with _connect(conninfo) as connection:
        version, maintenance = connection.info.server_version, connection.info.dbname
        require_supported(version)
        found = connection.info.get_parameters() | {"password": connection.info.password}
        settings = connection.execute("SELECT name, reset_val FROM pg_settings").fetchall()
    parameters = named | {name: found[name] for name in _REACHED_BY if found.get(name)}
    prefix = f"release_{secrets.token_hex(4)}_"
    imposed = tuple((name, _HARMLESS[name]) for name, value in settings if value != _HARMLESS.get(name, value))
    server = Server(tuple(parameters.items()), version, prefix=prefix, maintenance=maintenance, imposed=imposed)
    try:
        yield server
    finally:
        server.drop_databases()


def require_supported(version: int) -> None:
    """Refuse a server that is too old, by its `server_version_num`.

    Raises:
        ToolError: it is.
    """
    if why := why_unsupported(version):
        raise ToolError(why, f"name or install a server of PostgreSQL {OLDEST_SERVER} or later")


def _connect(conninfo: str) -> psycopg.Connection:
    import psycopg

    try:
        return psycopg.connect(conninfo, autocommit=True)
    except psycopg.OperationalError as error:
        raise ConnectionFailedError(
            f"cannot connect to the database: {str(error).strip()}",
            "check host, port, user and database, and that the server runs and lets this role in",
        ) from error


def _escape(value: str) -> str:
    """Escape a value for postgresql.conf (manual 20.1.2)."""
    return value.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n")
