"""`[tool.release]` of the pyproject.toml beside alembic.ini, with defaults."""

from __future__ import annotations

import configparser
import tomllib
from contextvars import ContextVar
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from release.errors import ConfigError
from release.model import name_in

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_SECTION = "alembic"
# The section of alembic.ini that --name chose: one choice for the whole command, whatever it opens.
SECTION: ContextVar[str] = ContextVar("section", default=DEFAULT_SECTION)

# The major versions of PostgreSQL that everything is tried on (docs/servers.md). An older server, and an older psql, is
# refused; on a newer one preflight.sql warns.
TRIED_SERVERS = (13, 14, 15, 16, 17, 18)
OLDEST_SERVER, NEWEST_SERVER = TRIED_SERVERS[0], TRIED_SERVERS[-1]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a project may decide about its bundles.

    Attributes:
        name: what the header calls the database.
        output: folder for bundles, relative to alembic.ini.
        search_path: schemas that the scripts set; unqualified names lie in the first.
        role: role that the scripts switch to with SET ROLE; "" keeps the login role.
        lock_timeout, statement_timeout: PostgreSQL intervals, e.g. "5s"; "0" is no limit.
        old_transaction: PostgreSQL interval; preflight.sql tells of transactions that have been open for longer.
        lock_retries: how often a lock phase may wait for lock_timeout anew; transactions of one statement get a phase.
        lock_retry_pause: PostgreSQL interval between two attempts of a lock phase, in which it holds none.
        maintenance_work_mem: what an index may be built with (PostgreSQL's units); "": the server's setting stays.
        max_parallel_maintenance_workers: that may help with it; -1: the server's setting stays.
        timezone: time zone in which the scripts read times that name none.
        history: keep a history; without it, only releases that are one transaction in both directions.
        history_table: table that keeps a row per finished segment, "name" beside the version table or "schema.name",
            as SQL has them: quoted where they are not in lower case.
        database: regular expression (POSIX) that the whole name of the database must match; "" takes any.
        refuse_done: a script whose work is done already ends with exit status 3 instead of 0.
        plain: scripts without psql's own commands, for other clients; of releases that are one transaction only.
        postgresql: oldest server major version that the scripts must suit.
        flask: the application of a Flask-Migrate project, as for `flask --app`; "" looks where `flask` looks.
        x: arguments for env.py, as `alembic -x` gives them.
        sqlfluff: a sqlfluff configuration file to use instead of ours, relative to alembic.ini; "" is ours.
        named: which of them the project itself decides; no setting.
    """

    name: str = ""
    output: str = "scripts"
    search_path: tuple[str, ...] = ("public",)
    role: str = ""
    lock_timeout: str = "5s"
    statement_timeout: str = "0"
    lock_retries: int = 0
    lock_retry_pause: str = "1s"
    maintenance_work_mem: str = ""
    max_parallel_maintenance_workers: int = -1
    old_transaction: str = "5min"
    timezone: str = "UTC"
    history: bool = True
    history_table: str = "release_history"
    database: str = ""
    refuse_done: bool = False
    plain: bool = False
    postgresql: int = OLDEST_SERVER
    flask: str = ""
    x: tuple[str, ...] = ()
    sqlfluff: str = ""
    named: frozenset[str] = field(default=frozenset(), compare=False)

    @property
    def schema(self) -> str:
        """The schema in which unqualified names are created."""
        return self.search_path[0]


def load_settings(root: Path) -> Settings:
    """Read `[tool.release]` from `root`/pyproject.toml; defaults where there is none.

    Raises:
        ConfigError: the file is not TOML, or names an unknown key or an impossible value.
    """
    path = root / "pyproject.toml"
    if not path.is_file():
        return Settings()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("release", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError, AttributeError) as error:
        raise ConfigError(f"{path.name}: cannot be read: {error}", "it must be TOML in UTF-8") from error
    if not isinstance(table, dict):
        raise ConfigError(f"{path.name}: tool.release is not a table", "write [tool.release]")
    known = {each.name: each.default for each in fields(Settings) if each.compare}
    for key, value in table.items():
        _check(path.name, key, value, known)
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    return Settings(**values, named=frozenset(values))


def find_bundles(ini: Path) -> Path:
    """The folder for bundles of the project of an alembic.ini, without opening its migrations.

    Raises:
        ConfigError: there is no such file, or the settings are wrong.
    """
    root = project_root(find_configuration(ini))
    return output_folder(root, load_settings(root))


def output_folder(root: Path, settings: Settings) -> Path:
    """The folder for bundles; a section of its own (--name) has a folder of its own."""
    folder = root / settings.output
    return folder if SECTION.get() == DEFAULT_SECTION else folder / SECTION.get()


def find_configuration(ini: Path) -> Path:
    """The file that configures Alembic: `ini`, or in its place pyproject.toml, or what Flask-Migrate writes.

    Raises:
        ConfigError: there is none of them.
    """
    if ini.is_file():
        if ini.suffix == ".toml" and not has_alembic_table(ini):
            raise ConfigError(f"{ini} has no [tool.alembic]", "name an alembic.ini, or add the table")
        return ini
    instead = ini.with_name("pyproject.toml")
    if ini.name == "alembic.ini" and has_alembic_table(instead):
        return instead
    flask = ini.with_name("migrations") / "alembic.ini"
    if ini.name == "alembic.ini" and flask.is_file() and is_flask_layout(flask):
        return flask
    raise ConfigError(
        f"no Alembic configuration at {ini}",
        "run in the project's folder, or name it: release -c PATH/alembic.ini …",
    )


def has_alembic_table(path: Path) -> bool:
    """Whether a file is a pyproject.toml with `[tool.alembic]`."""
    try:
        return "alembic" in tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
    except (OSError, ValueError, AttributeError, TypeError):
        return False  # load_settings says what is wrong with it


def is_flask_layout(ini: Path) -> bool:
    """Whether alembic.ini lies beside env.py and names no script_location, as Flask-Migrate writes it."""
    if not ini.with_name("env.py").is_file():
        return False
    parser = configparser.RawConfigParser()
    try:
        parser.read(ini, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        return False
    return not any(parser.has_option(section, "script_location") for section in parser.sections())


def project_root(path: Path) -> Path:
    """The folder that paths in bundles are relative to, and where pyproject.toml lies."""
    folder = path.resolve().parent
    return folder.parent if path.suffix == ".ini" and is_flask_layout(path.resolve()) else folder


def _check(file: str, key: str, value: object, known: dict[str, Any]) -> None:
    place = f"{file}: [tool.release] {key}"
    if key not in known:
        raise ConfigError(f"{place}: no such setting", f"the settings are {', '.join(known)}")
    default = known[key]
    if isinstance(default, tuple):
        if not isinstance(value, list) or not value or not all(isinstance(item, str) and item for item in value):
            raise ConfigError(f"{place} = {value!r}: expected a list of names", f'for example {key} = ["public"]')
    elif type(value) is not type(default):
        wanted = {bool: "true or false", int: "a number"}.get(type(default), "a string")
        raise ConfigError(f"{place} = {value!r}: expected {wanted}", f"the default is {default!r}")
    texts = value if isinstance(value, list) else [value]
    if any(isinstance(text, str) and not text.isprintable() for text in texts):
        raise ConfigError(f"{place} = {value!r}: holds a control character", "take it out")
    if key == "lock_retries" and isinstance(value, int) and value < 0:
        raise ConfigError(f"{place} = {value}: expected 0 or more", "0 asks once")
    if key == "postgresql" and isinstance(value, int) and not OLDEST_SERVER <= value <= NEWEST_SERVER:
        raise ConfigError(
            f"{place} = {value}: supported are PostgreSQL {OLDEST_SERVER} to {NEWEST_SERVER}", "name the major version"
        )
    if key == "history_table" and isinstance(value, str) and name_in(value) is None:
        raise ConfigError(
            f"{place} = {value!r}: no name of a table, as SQL has it",
            """write name, schema.name or 'schema."A Name"'; history = false switches it off""",
        )
