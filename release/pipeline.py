"""The line: from a range of revisions to a planned release.

Each stage takes values and gives values; this is the one place that knows their order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from release.config import Settings, load_settings, output_folder
from release.errors import RevisionError
from release.model import Direction, Migration, Name, Release, RevisionRange
from release.plan import plan_release
from release.plan.losses import Declaration
from release.source import History, declared_losses, open_history, render
from release.sql.describe import statements_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from release.source import RevisionWork, Script


@dataclass(frozen=True, slots=True)
class Project:
    """An Alembic project and its settings.

    Attributes:
        bundles: folder for bundles.
    """

    history: History
    settings: Settings
    bundles: Path


def open_project(ini: Path, output: Path | None = None) -> Project:
    """Open the project of an alembic.ini.

    Args:
        output: folder for bundles, instead of the configured one.

    Raises:
        ConfigError, MigrationError, RevisionError: as the room `source` does.
    """
    history = open_history(ini)
    settings = load_settings(history.root)
    return Project(history, settings, output or output_folder(history.root, settings))


def make_release(
    project: Project, version: str, title: str, date: str, start: Sequence[str], end: Sequence[str]
) -> Release:
    """Render both directions of a range offline and plan them.

    Args:
        start, end: full revision ids: the version rows before and after; empty is base.

    Raises:
        ReleaseError: of the stage that found something wrong.
    """
    history, settings = project.history, project.settings
    scripts = history.between(start, end)
    done = render(history, scripts, start, end, Direction.UPGRADE)
    reached = done.works[-1].after  # with other branches than `end` names, where the database has some
    undone = render(history, scripts, start, reached, Direction.ROLLBACK)
    if undone.works[-1].after != tuple(start):
        raise RevisionError(
            f"rolling back would leave the version rows {', '.join(undone.works[-1].after) or 'base'}, not "
            f"{', '.join(start) or 'base'}, where the upgrade starts",
            "start from the rows that the database has: `SELECT version_num FROM alembic_version`",
        )
    revisions = RevisionRange(
        tuple(start), reached, tuple(history.describe(script) for script in scripts), done.version_table
    )
    release = plan_release(
        version,
        title,
        date,
        revisions,
        _migrations(done.works, settings),
        _migrations(undone.works, settings),
        _declarations(history, scripts),
        settings.schema,
    )
    return replace(release, notes=tuple(dict.fromkeys((*done.notes, *undone.notes))))


def _migrations(works: Sequence[RevisionWork], settings: Settings) -> tuple[Migration, ...]:
    return tuple(
        Migration(
            work.revision,
            tuple(
                statement
                for emission in work.emissions
                for statement in statements_in(
                    emission.text,
                    emission.source,
                    tidy=emission.generated,
                    autocommit=emission.autocommit,
                    server=settings.postgresql,
                )
            ),
            work.before,
            work.after,
        )
        for work in works
    )


def _declarations(history: History, scripts: Sequence[Script]) -> tuple[Declaration, ...]:
    return tuple(
        Declaration(*each)
        for script in scripts
        for each in declared_losses(
            Path(script.path).read_text(encoding="utf-8"), script.revision, history.relative(script.path)
        )
    )


def qualified_version_table(release: Release, settings: Settings) -> Name:
    table = release.range.version_table
    return table if table.schema else Name(table.name, settings.schema)
