"""The Python API: what the commands do, as functions that take values and give values (docs/api.md).

`from release import …` finds each name here. No function prints, reads the command line or ends the process; each
raises a `ReleaseError` where the command would end with a message. What a function needs is imported when it is called,
so that reading a bundle does not wait for Alembic.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from release.config import DEFAULT_SECTION, SECTION
from release.errors import ConfigError, ReleaseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from release.bundle import Bundle, Manifest
    from release.lint.run import Choice, Report
    from release.model import Finding, Release, Severity
    from release.pipeline.build import BuildOutcome, BuildRequest, Built
    from release.pipeline.check import Checked, CheckOutcome, Verdict
    from release.pipeline.plan import Project
    from release.psql.run_state import Execution, Message
    from release.record.recording import Record
    from release.rehearse import Rehearsal, RehearsalRequest, RehearsalStep, Status

_HOMES = {
    "release.bundle": ("Bundle", "Manifest"),
    "release.lint.run": ("Choice", "Report"),
    "release.model": ("Finding", "Release", "Severity"),
    "release.pipeline.build": ("BuildOutcome", "BuildRequest", "Built"),
    "release.pipeline.check": ("CheckOutcome", "Checked", "Verdict"),
    "release.pipeline.plan": ("Project",),
    "release.psql.run_state": ("Execution", "Message"),
    "release.rehearse": ("Rehearsal", "RehearsalRequest", "RehearsalStep", "Status"),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Applied",
    "BuildOutcome",
    "BuildRequest",
    "Built",
    "Bundle",
    "CheckOutcome",
    "Checked",
    "Choice",
    "Execution",
    "Finding",
    "Manifest",
    "Message",
    "Project",
    "Rehearsal",
    "RehearsalRequest",
    "RehearsalStep",
    "Release",
    "ReleaseError",
    "Report",
    "Severity",
    "Status",
    "Verdict",
    "apply_files",
    "build_bundle",
    "check_range",
    "lint_bundle",
    "lint_files",
    "lint_range",
    "list_bundles",
    "open_project",
    "plan_range",
    "read_bundle",
    "record_on",
    "rehearse_bundle",
]

if not TYPE_CHECKING:  # a type checker would believe every name

    def __getattr__(name: str) -> Any:
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOME_OF[name]), name)


@dataclass(frozen=True, slots=True)
class Applied:
    """Scripts that were run as psql would.

    Attributes:
        status: psql's exit status: 0 done; 1 a file cannot be read, or a variable not be set; 2 no connection, or it
            was lost; 3 an error stopped a script, or Ctrl-C did.
        output: what psql would have printed on standard output.
        messages: what it would have printed on standard error.
        executions: what was sent to the server, as it ended, in order.
    """

    status: int
    output: str
    messages: str
    executions: tuple[Execution, ...]


def open_project(
    ini: str | Path = "alembic.ini", *, output: Path | None = None, section: str = DEFAULT_SECTION
) -> Project:
    """Open an Alembic project, its history and its settings.

    Args:
        ini: Alembic's configuration file, or where it would be: pyproject.toml beside it will do.
        output: folder for bundles, instead of the configured one.
        section: of the file, as after `release --name`.

    Raises:
        ConfigError: there is no such file, or it or `[tool.release]` says something we cannot work with.
        MigrationError: a revision file cannot be loaded.
        RevisionError: the revisions do not form a history.
    """
    from release.pipeline.plan import open_project

    with _in(section):
        return open_project(Path(ini), output)


def check_range(
    project: Project,
    start: str = "base",
    end: str = "heads",
    *,
    record: Record | None = None,
    progress: Callable[[], None] | None = None,
    irreversible: Sequence[str] = (),
) -> tuple[Checked, ...]:
    """Say of each revision of a range whether a release can hold it, in upgrade order, as `release check` does.

    Args:
        start, end: revisions as Alembic names them.
        record: see `record_on`; None: what needs a database is said to.
        progress: called four times for each revision.
        irreversible: revisions that may be shipped though nothing undoes them, beside those whose migrations say so.

    Raises:
        RevisionError: a revision is not known, or the range is empty.
        ReleaseError: the history or env.py itself does not work.
    """
    from release.pipeline.check import check_revisions
    from release.pipeline.clock import today

    with _in(project.section):
        begin = project.history.resolve(start)
        rows = project.history.resolve(end, begin)
        return check_revisions(project, begin, rows, today(), progress, record, irreversible)


def plan_range(
    project: Project,
    start: str | None = None,
    end: str | None = None,
    *,
    record: Record | None = None,
    irreversible: Sequence[str] = (),
) -> Release:
    """Plan a release without writing anything, as `release plan` does. It has no version, title and date.

    Args:
        start: None is where the newest bundle ended.
        end: None is the heads.
        record: see `record_on`; None: what needs a database is refused.
        irreversible: revisions that may be shipped though nothing undoes them, beside those whose migrations say so.

    Raises:
        RevisionError, MigrationError, RecordingError, SqlError, PlanError: of the stage that found something wrong.
    """
    from release.pipeline.plan import plan_range

    with _in(project.section):
        return plan_range(project, start, end, record, irreversible)


def build_bundle(project: Project, request: BuildRequest) -> Built:
    """Write the bundle of a release, or leave it alone, as `release build` does.

    Where lint fails nothing is written; the outcome is `BuildOutcome.REFUSED` then. A request that names no `lint` is
    not linted at all.

    Raises:
        BundleError: the version is none, or the bundle was edited, may not change or cannot be written.
        ConfigError: the date is none, no rule has a code that was chosen, or a configuration for lint does not work.
        ToolError: squawk is needed, and not installed.
        RevisionError, MigrationError, RecordingError, SqlError, PlanError: of the stage that found something wrong;
            nothing has been written then.
    """
    from release.pipeline.build import build
    from release.pipeline.clock import release_date

    date = release_date(request.date) if request.date else None
    lint = _checked(request.lint).of(project.history.root, project.settings) if request.lint else None
    with _in(project.section):
        return build(project, replace(request, date=date, lint=lint), release_date(None))


def lint_range(
    project: Project,
    start: str | None = None,
    end: str | None = None,
    choice: Choice | None = None,
    *,
    date: str | None = None,
    irreversible: Sequence[str] = (),
) -> Report:
    """Lint revisions, bundled or not, as `release lint --from … --to …` does.

    Args:
        start: None is where the newest bundle ended.
        end: None is the heads.
        date: ISO date by which ignores expire; None is today.
        irreversible: revisions that may be shipped though nothing undoes them, beside those whose migrations say so.

    Raises:
        ConfigError, ToolError: as `build_bundle` does.
        RevisionError, MigrationError, SqlError, PlanError: of the stage that found something wrong.
    """
    from release.pipeline.clock import release_date
    from release.pipeline.lint import lint_range

    chosen = _checked(choice).of(project.history.root, project.settings)
    with _in(project.section):
        return lint_range(project, start, end, release_date(date), chosen, irreversible)


def lint_bundle(project: Project, version: str | None = None, choice: Choice | None = None) -> Report:
    """Lint a release that has a bundle, as `release lint VERSION` does; the newest one when no version is named.

    Raises:
        BundleError: there is no such bundle.
        ConfigError, ToolError: as `build_bundle` does.
        RevisionError, MigrationError, SqlError, PlanError: of the stage that found something wrong.
    """
    from release.pipeline.lint import lint_bundle

    chosen = _checked(choice).of(project.history.root, project.settings)
    with _in(project.section):
        return lint_bundle(project.ini, version, chosen, project)


def lint_files(files: Sequence[Path], choice: Choice | None = None) -> Report:
    """Lint SQL files by themselves, as `release lint FILE…` does; one that cannot be read as a script is a finding.

    Raises:
        ConfigError: a file is not there, or no rule has a code that was chosen.
        ToolError: squawk is needed, and not installed.
    """
    from release.lint.sql_files import lint_files

    return lint_files(files, _checked(choice))


def list_bundles(project: Project) -> tuple[Bundle, ...]:
    """The bundles of a project, oldest version first.

    Raises:
        BundleError: a bundle cannot be read, or lies in the folder of another version.
    """
    from release.bundle import list_bundles

    return list_bundles(project.bundles)


def read_bundle(folder: str | Path) -> Bundle:
    """Read a bundle and compare its files with SHA256SUMS; `Bundle.edited` names those that differ.

    Raises:
        BundleError: its manifest is missing, edited, unreadable, or of a later format.
    """
    from release.bundle import read_bundle

    return read_bundle(Path(folder))


def rehearse_bundle(
    project: Project,
    version: str,
    request: RehearsalRequest | None = None,
    *,
    conninfo: str | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Rehearsal:
    """Rehearse a bundle on a scratch server and keep the evidence in it, as `release rehearse` does.

    Args:
        request: None is a hundred made rows for each table.
        conninfo: of a server that may make databases; None: one of our own, local or in a container.
        say: told what is being done.

    Raises:
        BundleError: there is no such bundle, it was edited, its starting state cannot be made, or it cannot be written.
        ConfigError, ConnectionFailedError: the server that is named cannot be worked with.
        ToolError: there is no server to be had.
        ReleaseError: of the room that cannot go on; a script that fails is a finding, and `Rehearsal.passed` says so.
    """
    from release.rehearse import RehearsalRequest, rehearse_and_keep

    wish = request or RehearsalRequest()
    with _in(project.section):
        found, _ = rehearse_and_keep(project.ini, project.settings, project.bundles, version, wish, conninfo, say)
    return found


def apply_files(files: Sequence[str | Path], conninfo: str = "", variables: Mapping[str, str] | None = None) -> Applied:
    r"""Run scripts one after another on one connection, as `release apply` and `psql -X -f` do.

    What the database refuses is no exception: `Applied.status` is psql's exit status. In the main thread Ctrl-C cancels
    the statement that is running.

    Args:
        conninfo: as after psql's `-d`; "" for what the environment says.
        variables: set before the first script, as by `-v`.

    Raises:
        RefusedCommandError: a script has a backslash command that reaches outside the database, such as `\!`.
    """
    from release.psql.apply import apply_scripts

    out, err, heard = BytesIO(), BytesIO(), _Executions()
    status = apply_scripts([str(file) for file in files], conninfo, variables, out=out, err=err, reporter=heard)
    output, messages = (stream.getvalue().decode("utf-8", "replace") for stream in (out, err))
    return Applied(status, output, messages, tuple(heard.executions))


def record_on(
    conninfo: str | None = None, schema: Path | None = None, say: Callable[[str], None] = lambda _: None
) -> AbstractContextManager[Record]:
    """Give what records on a scratch server, for `check_range`, `plan_range` and a `BuildRequest`.

    The server is connected to, or started, when the first recording is asked for; leaving the block ends it.

    Args:
        conninfo: of a server that may make databases; None: one of our own, local or in a container.
        schema: a `pg_dump` to start from, instead of running the earlier revisions.
        say: told what is being done.
    """
    from release.record.scratch import recorder_on

    return recorder_on(conninfo, schema, say)


class _Executions:
    """A reporter that keeps what it is told."""

    def __init__(self) -> None:
        self.executions: list[Execution] = []

    def started(self, file: str, line: int, query: bytes) -> None:
        pass

    def echoed(self, text: bytes) -> None:
        pass

    def finished(self, execution: Execution) -> None:
        self.executions.append(execution)


@contextmanager
def _in(section: str) -> Iterator[None]:
    token = SECTION.set(section)
    try:
        yield
    finally:
        SECTION.reset(token)


def _checked(choice: Choice | None) -> Choice:
    """A choice whose codes are those of rules: one that was misspelt would let everything pass."""
    from release.lint.codes import misspelt
    from release.lint.run import Choice

    choice = choice or Choice()
    for code in (*choice.select, *choice.ignore):
        meant = misspelt(code, choice.cache)
        if meant is not None:
            hint = f"did you mean {meant}?" if meant else "docs/rules.md lists them"
            raise ConfigError(f"{code!r}: no rule has a code that starts so", hint)
    return choice
