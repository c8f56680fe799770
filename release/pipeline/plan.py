"""The line: from a range of revisions to a planned release.

Each stage takes values and gives values; this is the one place that knows their order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from release.bundle import list_bundles
from release.config import SECTION, Settings, output_folder
from release.errors import RevisionError
from release.model import Direction, Migration, Note, RevisionRange, covers, spell_rows
from release.pipeline.clock import today
from release.pipeline.irreversible import find_irreversible, without_failures
from release.plan import plan_release
from release.plan.env_statements import Around, arrange_around
from release.plan.losses import Declaration
from release.plan.session_settings import end_settings
from release.plan.transactions import number_transactions
from release.record.completion import complete
from release.render import session_settings
from release.source import (
    History,
    changing,
    declared_losses,
    declared_vouches,
    declared_waivers,
    kept_settings,
    lines_together,
    may_change,
    open_history,
    render,
)
from release.sql.facts.describe import statements_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from release.lint.subject import Text
    from release.model import Recording, Release, Statement, Vouch, Waiver
    from release.plan import Planned
    from release.record.recording import Record
    from release.source import Emission, Rendering, RevisionWork, Script


@dataclass(frozen=True, slots=True)
class Project:
    """An Alembic project and its settings.

    Attributes:
        bundles: folder for bundles.
        ini: the configuration file that was named.
        section: of that file.
    """

    history: History
    settings: Settings
    bundles: Path
    ini: Path
    section: str


def open_project(ini: Path, output: Path | None = None) -> Project:
    """Open the project of an alembic.ini.

    Args:
        output: folder for bundles, instead of the configured one.

    Raises:
        ConfigError, MigrationError, RevisionError: as the room `source` does.
    """
    history = open_history(ini)
    settings = history.settings
    bundles = output or output_folder(history.root, settings)
    return Project(history, settings, bundles, ini.resolve(), SECTION.get())


def plan_range(
    project: Project,
    start: str | None = None,
    end: str | None = None,
    record: Record | None = None,
    irreversible: Sequence[str] = (),
) -> Release:
    """Plan revisions that no bundle holds yet, without a version, title and date.

    Args:
        start: None is where the newest bundle ended.
        end: None is the heads.
        record: records on a scratch database what cannot be rendered; None: that is refused.
        irreversible: revisions that may be shipped though nothing undoes them, beside those whose migrations say so.

    Raises:
        ReleaseError: of the stage that found something wrong.
    """
    if start is None:
        bundles = list_bundles(project.bundles)
        begin = bundles[-1].end if bundles else ()
    else:
        begin = project.history.resolve(start)
    last = project.history.resolve(end or "heads", begin)
    return make_release(project, "next", "", "", begin, last, record, irreversible=irreversible).release


def make_release(
    project: Project,
    version: str,
    title: str,
    date: str,
    start: Sequence[str],
    end: Sequence[str],
    record: Record | None = None,
    kept: Recording | None = None,
    irreversible: Sequence[str] = (),
) -> Planned:
    """Render both directions of a range offline and plan them.

    Args:
        start, end: full revision ids: the version rows before and after; empty is base.
        record: records on a scratch database what cannot be rendered; None: that is refused.
        kept: what the release's bundle keeps of an earlier recording.
        irreversible: revisions that nothing undoes, as Alembic names them, beside those whose migrations say so.

    Raises:
        ReleaseError: of the stage that found something wrong.
    """
    history, settings = project.history, project.settings
    scripts = history.between(start, end)
    texts = {script.revision: Path(script.path).read_text(encoding="utf-8") for script in scripts}
    done = render(history, scripts, start, end, Direction.UPGRADE, collect=True)
    reached = done.works[-1].after  # with other branches than `end` names, where the database has some
    undone = render(history, scripts, start, reached, Direction.ROLLBACK, collect=True)
    if undone.works[-1].after != tuple(start):
        raise RevisionError(
            f"rolling back would leave the version rows {spell_rows(undone.works[-1].after)}, not "
            f"{spell_rows(start)}, where the upgrade starts",
            "start from the rows that the database has: `SELECT version_num FROM alembic_version`",
        )
    walls, notes = find_irreversible(history, scripts, texts, irreversible)
    completed = complete(history, scripts, start, done, without_failures(undone, walls), texts, record, kept)
    if completed.failure is not None:
        raise completed.failure
    notes += [*completed.done.notes, *completed.undone.notes]
    whole = "\n".join(texts.values())
    for rendering, direction, rows in ((done, Direction.UPGRADE, end), (undone, Direction.ROLLBACK, reached)):
        if may_change(rendering, whole):
            again = render(history, scripts, start, rows, direction, collect=True, before=rendering)
            notes += changing(rendering, again, texts, today())
    revisions = RevisionRange(
        tuple(start), reached, tuple(history.describe(script) for script in scripts), done.version_table
    )
    ours = session_settings(settings)
    around = _around(done, ours, settings), _around(undone, ours, settings)
    notes += [note for each in around for note in each.notes]
    declared = _Declared(
        {revision: kept_settings(text) for revision, text in texts.items()},
        {
            each.revision: lines_together(texts[each.revision], each.revision, history.relative(each.path))
            for each in scripts
        },
        vouches_of(history, scripts, texts),
    )
    up = _migrations(completed.done, settings, ours | around[0].settings, declared)
    down = _migrations(completed.undone, settings, ours | around[1].settings, declared)
    notes += _idle(declared.vouches, (*up, *down))
    planned = plan_release(
        version,
        title,
        date,
        revisions,
        up,
        down,
        _declarations(history, scripts, texts),
        settings.search_path,
        around,
        walls,
        apart=settings.history and not settings.plain,
    )
    release = replace(
        planned.release,
        notes=tuple(dict.fromkeys(notes)),
        waivers=_waivers(history, scripts, texts),
        recording=completed.recording,
    )
    return replace(planned, release=release)


def _around(rendering: Rendering, ours: Mapping[str, str], settings: Settings) -> Around:
    """What env.py itself executes, before the migrations and after them."""
    before, after = (
        tuple(statement for emission in emissions for statement in _statements(emission, settings))
        for emissions in (rendering.opening, rendering.closing)
    )
    return arrange_around(before, after, ours, settings.postgresql)


@dataclass(frozen=True, slots=True)
class _Declared:
    """What authors say of their revisions in comments.

    Attributes:
        kept: by revision: settings that outlive it.
        together: by revision: first and last lines between which no commit may stand.
    """

    kept: Mapping[str, frozenset[str]]
    together: Mapping[str, tuple[tuple[int, int], ...]]
    vouches: tuple[Vouch, ...]


def _migrations(
    rendering: Rendering, settings: Settings, ours: Mapping[str, str], declared: _Declared
) -> tuple[Migration, ...]:
    numbered = number_transactions(
        [[_statements(each, settings, declared.vouches) for each in work.emissions] for work in rendering.works],
        per_revision=rendering.per_revision,
        driver=rendering.driver,
    )
    return tuple(
        _migration(work, statements, settings, ours, declared)
        for work, statements in zip(rendering.works, numbered, strict=True)
    )


def _statements(emission: Emission, settings: Settings, vouches: Sequence[Vouch] = ()) -> tuple[Statement, ...]:
    return statements_in(
        emission.text,
        emission.source,
        tidy=emission.generated,
        autocommit=emission.autocommit,
        server=settings.postgresql,
        read=emission.read,
        unread=reason_to_carry(emission, vouches),
    )


def reason_to_carry(emission: Emission, vouches: Iterable[Vouch]) -> str:
    """Why an emission is to be carried even where no parser reads it; "" where it is not."""
    return next((each.reason for each in vouches if covers(each.source, each.lines, emission.source)), "")


def _migration(
    work: RevisionWork,
    statements: Sequence[Statement],
    settings: Settings,
    ours: Mapping[str, str],
    declared: _Declared,
) -> Migration:
    settled = tuple(end_settings(statements, ours, declared.kept[work.revision], settings.postgresql))
    return Migration(work.revision, settled, work.before, work.after, declared.together[work.revision])


def _declarations(history: History, scripts: Sequence[Script], texts: Mapping[str, str]) -> tuple[Declaration, ...]:
    return tuple(
        Declaration(*each)
        for script in scripts
        for each in declared_losses(texts[script.revision], script.revision, history.relative(script.path))
    )


def vouches_of(history: History, scripts: Sequence[Script], texts: Mapping[str, str]) -> tuple[Vouch, ...]:
    """What authors want carried unread.

    Raises:
        MigrationError: such a comment gives no reason.
    """
    return tuple(
        vouch
        for script in scripts
        for vouch in declared_vouches(texts[script.revision], script.revision, history.relative(script.path))
    )


def _idle(vouches: Iterable[Vouch], migrations: Iterable[Migration]) -> list[Note]:
    """Vouches that cover nothing unread: they would carry the next mistake."""
    carried = [each.source for migration in migrations for each in migration.statements if each.unread]
    return [
        Note("`# release: unread` covers no statement that is not read: take it out", vouch.source)
        for vouch in vouches
        if not any(covers(vouch.source, vouch.lines, source) for source in carried)
    ]


def _waivers(history: History, scripts: Sequence[Script], texts: Mapping[str, str]) -> tuple[Waiver, ...]:
    return tuple(
        waiver
        for script in scripts
        for waiver in declared_waivers(texts[script.revision], script.revision, history.relative(script.path))
    )


def texts_of(project: Project, release: Release) -> tuple[tuple[Text, ...], tuple[Text, ...]]:
    """The files that a release comes from (its migrations, alembic.ini, env.py), and the migrations before it."""
    from release.lint.subject import Text  # lint takes a while to import, and not everybody lints

    history = project.history
    directory = history.directory
    own = {revision.id for revision in release.range.revisions}
    scripts = sorted(directory.walk_revisions(), key=lambda script: script.path)
    files = {script: Path(script.path) for script in scripts}
    texts = {
        script: Text(script.revision, history.relative(script.path), _read(file)) for script, file in files.items()
    }
    before = {
        script.revision
        for script in directory.iterate_revisions(release.range.start or "base", "base", inclusive=True)
        if script is not None
    }
    config = [Path(name) for name in (history.config.config_file_name, directory.env_py_location) if name]
    return (
        tuple(text for script, text in texts.items() if script.revision in own)
        + tuple(Text("", history.relative(file), _read(file)) for file in config if file.is_file()),
        tuple(text for script, text in texts.items() if script.revision in before),
    )


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")
