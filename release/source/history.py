"""A project's revision history: finding alembic.ini, resolving revisions, ordering a range."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.script.revision import RevisionError as AlembicRevisionError
from alembic.util import CommandError

from release.errors import ConfigError, MigrationError, RevisionError
from release.model import Revision
from release.source.failure import reason_of, where

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from alembic.script import Script


@dataclass(frozen=True, slots=True)
class History:
    """An Alembic script directory, opened.

    Attributes:
        root: folder of alembic.ini; paths in bundles are relative to it.
        config: Alembic's configuration.
        directory: Alembic's script directory.
    """

    root: Path
    config: Config
    directory: ScriptDirectory

    def resolve(self, name: str) -> tuple[str, ...]:
        """Full revision ids, sorted, for one of Alembic's revision names; "base" is the empty tuple.

        Raises:
            RevisionError: the name is unknown or ambiguous.
        """
        if name == "base":
            return ()
        try:
            found = self.directory.get_revisions(name)
        except (CommandError, AlembicRevisionError) as error:
            cause = error.__cause__ if isinstance(error, CommandError) and error.__cause__ else error
            if isinstance(cause, ResolutionError):
                message = f"revision {name!r}: {cause}"
            else:
                message = f"revision {name!r}: {error}"
            raise RevisionError(message, "`alembic history` lists the revisions") from error
        if not found or any(script is None for script in found):
            raise RevisionError(
                f"revision {name!r} is not in {self.relative(self.directory.dir)}", "`alembic history` lists them"
            )
        return tuple(sorted(script.revision for script in found if script is not None))

    def between(self, start: Sequence[str], end: Sequence[str]) -> tuple[Script, ...]:
        """The revisions to run to go from the version rows `start` to `end`, in upgrade order.

        Raises:
            RevisionError: nothing lies between them, or `end` is not ahead of `start`.
        """
        backwards = "give --from and --to the other way round: an upgrade goes from the older to the newer revision"
        try:
            scripts = tuple(
                self.directory.iterate_revisions(tuple(end) or "base", tuple(start) or None, implicit_base=True)
            )
        except (CommandError, AlembicRevisionError) as error:
            raise RevisionError(
                f"no way leads up from {_spell(start)} to {_spell(end)}: {error}",
                backwards if self._is_ahead(start, end) else "`alembic history` shows how revisions follow each other",
            ) from error
        if not scripts:
            if self._is_ahead(start, end):
                raise RevisionError(f"{_spell(end)} comes before {_spell(start)}", backwards)
            raise RevisionError(
                f"the range {_spell(start)} -> {_spell(end)} holds no revision",
                "write a migration first (alembic revision -m …), or name another range with --from and --to",
            )
        return tuple(reversed(scripts))

    def _is_ahead(self, start: Sequence[str], end: Sequence[str]) -> bool:
        """True when `end` lies below `start`."""
        try:
            below = {
                script.revision for script in self.directory.iterate_revisions(tuple(start), "base", inclusive=True)
            }
        except (CommandError, AlembicRevisionError):
            return False
        return set(end) != set(start) and (set(end) < below or not end)

    def describe(self, script: Script) -> Revision:
        message = " ".join((script.doc or "").split())
        return Revision(script.revision, message, self.relative(script.path))

    def relative(self, path: str | os.PathLike[str]) -> str:
        """A path as it may stand in a bundle: relative to the project when inside it, else the file's name."""
        text, root = os.fspath(path), f"{self.root}{os.sep}"
        if text.startswith(root) and ".." not in text:
            return text.removeprefix(root).replace(os.sep, "/")
        relative = os.path.relpath(os.path.realpath(path), self.root)
        if relative.startswith(".."):
            relative = os.path.basename(path)  # noqa: PTH119  # a folder of this machine must not get in
        return relative.replace(os.sep, "/")


def _spell(rows: Sequence[str]) -> str:
    return ", ".join(rows) if rows else "base"


def open_history(ini: Path) -> History:
    """Read alembic.ini and the revision files that it names.

    Raises:
        ConfigError: the file is missing or names no script directory.
        MigrationError: a revision file cannot be loaded.
        RevisionError: the revisions do not form a history (a missing or circular down_revision).
    """
    if not ini.is_file():
        raise ConfigError(
            f"no Alembic configuration at {ini}",
            "run in the project's folder, or name it: release -c PATH/alembic.ini …",
        )
    root = ini.resolve().parent
    try:
        config = Config(str(ini))
        directory = ScriptDirectory.from_config(config)
    except CommandError as error:
        raise ConfigError(f"{ini}: {error}", "see `script_location` in the file") from error
    except Exception as error:
        raise ConfigError(
            f"{ini}: {reason_of(error)}", "compare it with the file that `alembic init` writes"
        ) from error
    history = History(root, config, directory)
    try:
        directory.get_heads()
    except (CommandError, AlembicRevisionError) as error:
        raise RevisionError(
            f"{history.relative(directory.dir)}: {error}",
            "mend down_revision in the revision files; `alembic history` shows the chain",
        ) from error
    except (Exception, SystemExit) as error:
        place = where(error, _versions(directory))
        raise MigrationError(
            f"{history.relative(place[0]) + ':' + str(place[1]) if place else history.relative(directory.dir)}: "
            f"a revision file cannot be loaded: {reason_of(error)}",
            "`alembic history` must run before a release can be built",
        ) from error
    return history


def _versions(directory: ScriptDirectory) -> tuple[str, ...]:
    return tuple(os.path.realpath(place) for place in directory._version_locations)  # no public name
