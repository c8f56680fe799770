"""Run the migrations online on a database of ours, whatever URL the project's env.py reads.

Alembic runs in a process of its own: env.py may configure logging, start an event loop or keep global state. There,
SQLAlchemy's `do_connect` event sends every connection that an engine opens to the database that was named.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from release.config import SECTION, find_configuration, load_settings, project_root
from release.errors import MigrationError, ToolError
from release.source.application import apply_callbacks, asks_for_flask, context_of, load_application
from release.source.configuration import read_configuration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from alembic.config import Config

# What says where a server is and who we are there; the rest (options, timeouts, adapters) is the project's business.
_WHERE = frozenset(
    {"dsn", "conninfo", "host", "hostaddr", "port", "user", "password", "passfile", "dbname", "database", "service"}
    | {"unix_sock", "ssl", "sslmode", "sslcert", "sslkey", "sslrootcert", "sslpassword", "sslnegotiation"}
    | {"channel_binding", "target_session_attrs", "requirepass", "gssencmode", "load_balance_hosts"}
)
# Of drivers without libpq; "host" is to be followed by the address that psycopg found of it, which takes its place.
_WORDS = {"dbname": "database", "hostaddr": "host"}
_OTHER_WORDS = {"asyncpg": _WORDS, "pg8000": _WORDS}


def upgrade_online(ini: Path, parameters: Mapping[str, str], revisions: Sequence[str]) -> None:
    """Do what `alembic upgrade REVISION` does, for each revision, on the database that libpq's parameters name.

    Raises:
        MigrationError: Alembic failed; the message ends as its own output does.
        ToolError: the migrations ran, but never connected to that database (an engine with a `creator`, say).
    """
    path = find_configuration(ini)
    job = {
        "ini": str(path),
        "section": SECTION.get(),
        "parameters": dict(parameters),
        "revisions": list(revisions),
    }
    done = subprocess.run(
        [sys.executable, "-m", "release.source.online"],
        input=json.dumps(job),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        cwd=project_root(path),
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
        if dialect.driver == "pg8000" and str(options.get("host", "")).startswith("/"):
            options["unix_sock"] = f"{options.pop('host')}/.s.PGSQL.{options.pop('port', 5432)}"
        reached.append(dialect.driver)

    return reached


@contextlib.contextmanager
def online_project(path: Path, section: str) -> Iterator[Config]:
    """Give Alembic's configuration for running its commands; a Flask project's context is pushed meanwhile."""
    from alembic.script import ScriptDirectory

    config = read_configuration(path, section)
    config.stdout = sys.stderr
    application = None
    if asks_for_flask(Path(ScriptDirectory.from_config(config).env_py_location)):
        root = project_root(path)
        application = load_application(root, load_settings(root).flask, offline=False)
        config = apply_callbacks(application, config)
    with context_of(application):
        yield config


def _main() -> int:
    from alembic import command

    job = json.load(sys.stdin)
    reached = redirect(job["parameters"])
    with online_project(Path(job["ini"]), job["section"]) as config:
        for revision in job["revisions"]:
            command.upgrade(config, revision)
    return 0 if reached else _NOT_REACHED


if __name__ == "__main__":
    sys.exit(_main())
