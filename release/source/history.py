"""A project's revision history: finding alembic.ini, resolving revisions, ordering a range."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.script.revision import RevisionError as AlembicRevisionError
from alembic.util import CommandError

from release.config import SECTION, Settings, find_configuration, load_settings, project_root
from release.errors import ConfigError, MigrationError, ReleaseError, RevisionError
from release.model import Revision, spell_rows
from release.source.application import apply_callbacks, asks_for_flask, context_of, load_application
from release.source.configuration import read_configuration
from release.source.failure import reason_of, where
from release.source.internals import down_revisions, downgrade_target, upgrade_target, version_folders
from release.source.process_effects import contained

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alembic.config import Config
    from alembic.script import Script


@dataclass(frozen=True, slots=True)
class History:
    """An Alembic script directory, opened.

    Attributes:
        root: the project's folder, that of alembic.ini; paths in bundles are relative to it.
        config: Alembic's configuration.
        directory: Alembic's script directory.
        settings: of `[tool.release]`.
        application: the Flask application whose context env.py asks for; None where it asks for none.
    """

    root: Path
    config: Config
    directory: ScriptDirectory
    settings: Settings
    application: Any = None

    def resolve(self, name: str, start: Sequence[str] = ()) -> tuple[str, ...]:
        """Full revision ids, sorted, for one of Alembic's revision names; "base" is the empty tuple.

        Alembic's whole notation: `head`, `heads`, `branch@head`, partial ids, `+2` (from `start`), `head-1`; several
        names are joined with commas.

        Args:
            start: where `+2` counts from.

        Raises:
            RevisionError: the name is unknown or ambiguous.
        """
        return tuple(sorted({each for part in name.split(",") for each in self._resolve(part.strip(), start)}))

    def _resolve(self, name: str, start: Sequence[str]) -> tuple[str, ...]:
        if name == "base":
            return ()
        found: Sequence[Any]
        try:
            try:
                if "+" in name:
                    found = upgrade_target(self.directory, start, name)
                else:
                    found = self.directory.get_revisions(name)
            except (CommandError, AlembicRevisionError):
                if "-" not in name:
                    raise
                found = (downgrade_target(self.directory, start, name),)
        except (CommandError, AlembicRevisionError) as error:
            cause = error.__cause__ if isinstance(error, CommandError) and error.__cause__ else error
            if isinstance(cause, ResolutionError):
                message = f"revision {name!r}: {cause}"
            else:
                message = f"revision {name!r}: {error}"
            raise RevisionError(message, "`alembic history` lists the revisions") from error
        if found == ("base",) or (name.startswith("-") and found == (None,)):  # the walk ended there
            return ()
        if not found or any(script is None for script in found):
            raise RevisionError(
                f"revision {name!r} is not in {self.relative(self.directory.dir)}", "`alembic history` lists them"
            )
        return tuple(str(script.revision) for script in list[Any](found))

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
                f"no way leads up from {spell_rows(start)} to {spell_rows(end)}: {error}",
                backwards if self._is_ahead(start, end) else "`alembic history` shows how revisions follow each other",
            ) from error
        if not scripts:
            if self._is_ahead(start, end):
                raise RevisionError(f"{spell_rows(end)} comes before {spell_rows(start)}", backwards)
            raise RevisionError(
                f"the range {spell_rows(start)} -> {spell_rows(end)} holds no revision",
                "write a migration first (alembic revision -m …), or name another range with --from and --to",
            )
        return _in_fixed_order(scripts)

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


def _in_fixed_order(scripts: Sequence[Script]) -> tuple[Script, ...]:
    """Parents and dependencies first, a branch in one piece where it can be, by revision id otherwise.

    Alembic's own order of independent branches differs from one process to the next (fact 14 of docs/generation.md).
    """
    among = {script.revision: script for script in scripts}
    waits = {name: set(down_revisions(script)) & among.keys() for name, script in among.items()}
    children: dict[str, list[str]] = {name: [] for name in among}
    for name, parents in waits.items():
        for parent in parents:
            children[parent].append(name)
    # a stack: what has just become possible goes before what has waited
    ready = sorted((name for name, parents in waits.items() if not parents), reverse=True)
    ordered: list[Script] = []
    while ready:
        name = ready.pop()
        ordered.append(among[name])
        freed = []
        for child in children[name]:
            waits[child].discard(name)
            if not waits[child]:
                freed.append(child)
        ready += sorted(freed, reverse=True)
    return tuple(ordered)


def open_history(ini: Path) -> History:
    """Read alembic.ini, in the section that --name chose, and the revision files that it names.

    Args:
        ini: alembic.ini, or a pyproject.toml with `[tool.alembic]`; where alembic.ini is missing, that is looked for.

    Raises:
        ConfigError: the file is missing or names no script directory.
        MigrationError: a revision file cannot be loaded.
        RevisionError: the revisions do not form a history (a missing or circular down_revision).
    """
    path = find_configuration(ini)
    root = project_root(path)
    settings = load_settings(root)
    try:
        config = read_configuration(path, SECTION.get())
        directory = ScriptDirectory.from_config(config)
        application = None
        if asks_for_flask(Path(directory.env_py_location)):
            application = load_application(root, settings.flask)
            config = apply_callbacks(application, config)
    except CommandError as error:
        raise ConfigError(f"{path}: {error}", "see `script_location` in the file") from error
    except ReleaseError:
        raise
    except Exception as error:
        raise ConfigError(
            f"{path}: {reason_of(error)}", "compare it with the file that `alembic init` writes"
        ) from error
    history = History(root, config, directory, settings, application)
    try:
        with contained(), context_of(application):
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
            "install release into the environment that has the project's own libraries"
            if isinstance(error, ModuleNotFoundError)
            else "`alembic history` must run before a release can be built",
        ) from error
    return history


def _versions(directory: ScriptDirectory) -> tuple[str, ...]:
    return tuple(os.path.realpath(place) for place in version_folders(directory))
