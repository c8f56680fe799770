"""The Flask application whose context the env.py of a Flask-Migrate project asks for (`current_app`).

`flask db upgrade` finds the application and pushes its context before Alembic runs. Flask's own loader does the same
here; Flask is imported only for a project whose env.py imports it.
"""

from __future__ import annotations

import ast
import contextlib
import os
from typing import TYPE_CHECKING, Any

from release.errors import ConfigError, ReleaseError
from release.source.failure import reason_of, where
from release.source.network import unreachable
from release.source.process_effects import contained

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from alembic.config import Config

_HINT = (
    'name it as for `flask --app`: flask = "module:application" under [tool.release] in pyproject.toml, or FLASK_APP'
)


def asks_for_flask(env: Path) -> bool:
    """Whether an env.py imports Flask."""
    try:
        tree = ast.parse(env.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return False  # running it says what is wrong with it
    return any(
        (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "flask" and not node.level)
        or (isinstance(node, ast.Import) and any(alias.name.split(".")[0] == "flask" for alias in node.names))
        for node in ast.walk(tree)
    )


def load_application(root: Path, named: str, *, offline: bool = True) -> Any:
    """The application of the project in `root`, as the `flask` command finds it; None: a context is there already.

    Args:
        named: `[tool.release] flask`; "" leaves it to FLASK_APP, .flaskenv, .env, wsgi.py and app.py.
        offline: making the application may reach no database.

    Raises:
        ConfigError: there is none, or it cannot be made.
    """
    try:
        from flask import has_app_context
        from flask.cli import NoAppException, ScriptInfo, load_dotenv
    except ImportError as error:
        raise ConfigError(
            f"env.py imports Flask, which is not installed beside release: {error}",
            "install release into the environment that has the project's own libraries",
        ) from error
    if has_app_context():
        return None
    refused: list[ReleaseError] = []

    def refuse(what: str) -> ReleaseError:
        refused.append(
            ConfigError(
                f"the Flask application {what} while it is made; a script must not depend on a database",
                "let create_app() connect to nothing; `flask db upgrade --sql` runs the same code",
            )
        )
        return refused[0]

    with contextlib.ExitStack() as stack:
        stack.enter_context(contained())
        os.chdir(root)
        if offline:
            stack.enter_context(unreachable(refuse))
        os.environ.setdefault("FLASK_RUN_FROM_CLI", "true")  # app.run() at a module's end then does nothing
        try:
            load_dotenv()
            application = ScriptInfo(named or os.environ.get("FLASK_APP") or None).load_app()
        except (Exception, SystemExit) as error:
            if refused:
                raise refused[0] from error
            place = where(error, (os.path.realpath(root),))
            spot = f"{os.path.relpath(os.path.realpath(place[0]), root)}:{place[1]}: " if place else ""
            raise ConfigError(
                f"{spot}env.py asks for Flask's current_app, and no application could be loaded: {reason_of(error)}",
                _HINT if isinstance(error, NoAppException) else "`flask routes` fails at the same place",
            ) from error
        if refused:
            raise refused[0]
    return application


@contextlib.contextmanager
def context_of(application: Any) -> Iterator[None]:
    """Push the context of an application, if there is one, as `flask db` does."""
    if application is None:
        yield
    else:
        with application.app_context():
            yield


def apply_callbacks(application: Any, config: Config) -> Config:
    """Let what the project registered with `@migrate.configure` change Alembic's configuration."""
    extension = getattr(application, "extensions", {}).get("migrate")
    migrate = getattr(extension, "migrate", None)
    return migrate.call_configure_callbacks(config) if migrate is not None else config


def version_options(application: Any) -> dict[str, str]:
    """`version_table` and `version_table_schema` as given to Migrate(…): its env.py uses them online alone."""
    options = getattr(getattr(application, "extensions", {}).get("migrate"), "configure_args", None) or {}
    return {name: options[name] for name in ("version_table", "version_table_schema") if options.get(name)}
