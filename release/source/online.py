"""Run the migrations online on a database of ours, whatever URL the project's env.py reads.

Alembic runs in a process of its own: env.py may configure logging, start an event loop or keep global state. There,
SQLAlchemy's `do_connect` event sends every connection that an engine opens to the database that was named.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from release.errors import MigrationError, ToolError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# What says where a server is and who we are there; the rest (options, timeouts, adapters) is the project's business.
_WHERE = frozenset(
    {"dsn", "conninfo", "host", "hostaddr", "port", "user", "password", "passfile", "dbname", "database", "service"}
    | {"unix_sock", "ssl", "sslmode", "sslcert", "sslkey", "sslrootcert", "sslpassword", "sslnegotiation"}
    | {"channel_binding", "target_session_attrs", "requirepass", "gssencmode", "load_balance_hosts"}
)
_OTHER_WORDS = {"asyncpg": {"dbname": "database"}, "pg8000": {"dbname": "database", "host": "unix_sock"}}


def upgrade_online(ini: Path, parameters: Mapping[str, str], revisions: Sequence[str]) -> None:
    """Do what `alembic upgrade REVISION` does, for each revision, on the database that libpq's parameters name.

    Raises:
        MigrationError: Alembic failed; the message ends as its own output does.
        ToolError: the migrations ran, but never connected to that database (an engine with a `creator`, say).
    """
    job = {"ini": str(ini), "parameters": dict(parameters), "revisions": list(revisions)}
    done = subprocess.run(
        [sys.executable, "-m", "release.source.online"],
        input=json.dumps(job),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        cwd=ini.parent,
        env=private_environment(parameters),
        check=False,
    )
    if done.returncode == _NOT_REACHED:
        raise ToolError(
            "online `alembic upgrade` ran without opening a connection through SQLAlchemy's engine, so it was not"
            " redirected to the scratch database",
            "let env.py make its engine with create_engine() or engine_from_config(), without creator=",
        )
    if done.returncode:
        said = "\n".join(f"  {line}" for line in done.stderr.strip().splitlines()[-12:])
        raise MigrationError(
            f"online `alembic upgrade {' '.join(revisions)}` failed on the scratch database:\n{said}",
            "mend the migration or env.py; the same command fails on a database of yours",
        )


def private_environment(parameters: Mapping[str, str]) -> dict[str, str]:
    """This process' environment for one that runs migrations: whatever asks libpq's defaults, reaches our database."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    for name, variable in {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE"}.items():
        if name in parameters:
            environment[variable] = parameters[name]
    return environment | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


_NOT_REACHED = 70


def redirect(parameters: Mapping[str, str]) -> list[str]:
    """Send every connection of every engine of this process to one database; give the list that notes each."""
    from sqlalchemy import Engine, event

    reached: list[str] = []

    @event.listens_for(Engine, "do_connect")
    def connect(dialect: Any, _record: object, arguments: list[object], options: dict[str, object]) -> None:
        arguments.clear()
        for name in _WHERE & options.keys():
            del options[name]
        words = _OTHER_WORDS.get(dialect.driver, {})
        options.update({words.get(name, name): value for name, value in parameters.items()})
        if dialect.driver in _OTHER_WORDS and "port" in options:
            options["port"] = int(str(options["port"]))
        reached.append(dialect.driver)

    return reached


def _main() -> int:
    from alembic import command
    from alembic.config import Config

    job = json.load(sys.stdin)
    reached = redirect(job["parameters"])
    config = Config(job["ini"], stdout=sys.stderr)
    for revision in job["revisions"]:
        command.upgrade(config, revision)
    return 0 if reached else _NOT_REACHED


if __name__ == "__main__":
    sys.exit(_main())
