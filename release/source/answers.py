"""What migrations are told when they ask for the mode or the server: what they would be told online.

A migration that skips its data changes offline, or writes something else on another server, would give a script that
does not do what `alembic upgrade` does. So whoever asks while a revision runs gets the answer of an online run on the
server and the schema under `[tool.release]`, and the build says so; what the online branch then wants of a database is
refused or recorded as everywhere. env.py, which has to choose its offline branch, is told the truth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from release.source.internals import tell_attribute, tell_mode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from alembic.runtime.environment import EnvironmentContext
    from alembic.runtime.migration import MigrationContext

    from release.source.recorder import Recorder


def answer_as_online(environment: EnvironmentContext, context: MigrationContext, recorder: Recorder) -> None:
    """Have the questions of migrations answered, from now on."""
    settings = recorder.history.settings

    def is_offline() -> bool:
        if recorder.step is None:
            return True
        recorder.note("asks whether it runs offline, and is told that it does not, as online")
        return False

    def version() -> tuple[int, int] | None:
        if recorder.step is None:
            return None
        recorder.note(
            f"asks for the server's version, and is told {settings.postgresql}.0; the script is for what it does there "
            "(postgresql under [tool.release])"
        )
        return settings.postgresql, 0

    def schema() -> str | None:
        if recorder.step is None:
            return None
        recorder.note(f"asks for the default schema, and is told {settings.schema} (search_path under [tool.release])")
        return settings.schema

    context.opts = _Options(context.opts, is_offline)
    tell_mode(environment, context, is_offline)
    dialect: Any = context.dialect
    tell_attribute(dialect, "server_version_info", version)
    tell_attribute(dialect, "default_schema_name", schema)


class _Options(dict[str, Any]):
    """What env.py gave to `configure()`; Alembic reads "as_sql" from it only while the context is made."""

    def __init__(self, options: Mapping[str, Any], is_offline: Callable[[], bool]) -> None:
        super().__init__(options)
        self._is_offline = is_offline

    def __getitem__(self, name: str) -> Any:
        return self._is_offline() if name == "as_sql" else super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name == "as_sql" else super().get(name, default)
