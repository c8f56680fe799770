"""The steps of a rehearsal, each of which notes its verdict in the scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.bundle import RUNBOOK
from release.catalog.rows import TableRows, compare_rows
from release.catalog.snapshot import OWNERSHIP, Snapshot, compare
from release.model import Direction, spell_rows
from release.rehearse.backup import Databases, drill_backup
from release.rehearse.context import Scene, reordered, timed
from release.rehearse.faults import try_faults
from release.rehearse.losses import judge_losses
from release.rehearse.prediction import differences
from release.rehearse.script_run import allowing_losses, run_script
from release.rehearse.verdict import RehearsalStep, Status
from release.source.online import upgrade_online

if TYPE_CHECKING:
    from collections.abc import Sequence

    from release.model import Recording


def run_step(
    scene: Scene,
    name: str,
    database: str,
    *,
    traced: bool = False,
    absent: str = "",
    after: str = "",
    unless: str = "",
    direction: str = "",
) -> None:
    """Run a script of the bundle as a step.

    Args:
        traced: watch each statement.
        absent: what to say where the bundle has no such script; without it there must be one.
        after: the step that must have passed; `unless`: the one that must not have failed.
        direction: which state verify.sql asserts.
    """
    file = scene.bundle.folder / f"{name.split(' ')[0]}.sql"
    if absent and not file.exists():
        scene.skip(name, absent)
        return
    if after and not scene.passed(after):
        scene.skip(name, f"{after} did not succeed")
        return
    if unless and scene.failed(unless):
        scene.skip(name, f"{unless} failed")
        return
    scene.say(name)
    statements = scene.manifest.statements(name) if traced else ()

    def progress(done: int) -> None:
        scene.say(f"{name}: statement {done} of {len(statements)}")

    conninfo, variables = scene.server.conninfo(database), dict[str, str]()
    losing = scene.loses(file.stem)
    if direction:
        conninfo, variables = f"{conninfo} options='-c release.direction={direction}'", {"direction": direction}
    elif losing:
        conninfo, variables = allowing_losses(conninfo)
    run = run_script(
        file,
        conninfo,
        wanted=frozenset(each.digest for each in statements) if traced else None,
        variables=variables,
        progress=progress if traced else None,
    )
    if traced:
        scene.runs[name] = run
    if run.status:
        what = "NO-GO" if name == "preflight" and run.status == 3 else f"exit status {run.status}"
        scene.steps.append(RehearsalStep(name, Status.FAILED, run.seconds, what, run.said))
        return
    count = f"{len(run.statements)} statements" if traced else "GO" if name == "preflight" else "exit status 0"
    if losing:
        count += ", with lose_rows=yes: the manifest tells what it loses"
    scene.steps.append(RehearsalStep(name, Status.PASSED, run.seconds, count))


def compare_online(scene: Scene, start: str, work: str, upgraded: Snapshot) -> None:
    """Compare with what online Alembic makes of the same starting state."""
    name = "fidelity"
    if not scene.passed("upgrade"):
        scene.skip(name, "upgrade did not succeed")
        return
    with timed(scene, name) as step:
        twin = scene.copy("twin", start)
        upgrade_online(scene.ini, scene.server.parameters_of(twin), scene.bundle.end)
        found = compare(scene.snapshot(twin).without(kinds=OWNERSHIP), upgraded.without(kinds=OWNERSHIP))
        step.problems += found.describe()
        step.notes += reordered(found)
        rows = scene.rows(work)
        unlike = compare_rows(scene.rows(twin), rows)
        if unlike:
            # values that two online runs do not share either, such as the time of day, say nothing
            second = scene.copy("twin_again", start)
            upgrade_online(scene.ini, scene.server.parameters_of(second), scene.bundle.end)
            varying = {(each.table, each.columns) for each in compare_rows(scene.rows(twin), scene.rows(second))}
            for each in unlike:
                if (each.table, each.columns) in varying:
                    step.notes.append(f"{each}; so they are between two online runs")
                else:
                    step.problems.append(str(each))
        if step.problems:
            step.notes += _dependent(scene.manifest.recording)
        step.summary = (
            "differs from online `alembic upgrade`" if step.problems else "as online `alembic upgrade` gives it"
        )


def _dependent(recording: Recording | None) -> list[str]:
    """What may explain a difference: recordings that hold for the rows of the scratch database alone."""
    return [
        f"revision {each.revision} was recorded, and {note.text} ({each.file}:{note.source.line}): the script "
        "does what it did there, whatever rows there are here"
        for each in (recording.revisions if recording else ())
        if each.direction is Direction.UPGRADE
        for note in each.depends
    ]


def compare_round_trip(scene: Scene, work: str, before: Snapshot, rows: dict[str, TableRows]) -> None:
    """Compare with the starting state, after the rollback."""
    name = "round trip"
    if not scene.passed("rollback"):
        scene.skip(name, "rollback did not succeed")
        return
    with timed(scene, name) as step:
        stays = scene.manifest.spatial.extensions
        found = compare(_without_extensions(before, stays), _without_extensions(scene.snapshot(work), stays))
        step.problems += found.describe()
        step.notes += reordered(found)
        problems, known = judge_losses(compare_rows(rows, scene.rows(work)), scene.manifest.losses)
        step.problems += problems
        step.notes += known
        lost = f"; lost: {len(known)}, as declared" if known else ""
        step.summary = "not as it was before the upgrade" if step.problems else f"as before the upgrade{lost}"


def compare_with_wall(scene: Scene, start: str, work: str) -> None:
    """Compare with what online Alembic makes up to the revision that nothing undoes, after the rollback to it."""
    name, wall = "round trip", spell_rows(scene.manifest.undone_to)
    if not scene.passed("rollback"):
        scene.skip(name, "rollback did not succeed")
        return
    with timed(scene, name) as step:
        twins = [scene.copy(f"wall{number}", start) for number in (1, 2)]
        for twin in twins:
            upgrade_online(scene.ini, scene.server.parameters_of(twin), scene.manifest.undone_to)
        stays = scene.manifest.spatial.extensions
        there, now = (
            _without_extensions(scene.snapshot(each).without(kinds=OWNERSHIP), stays) for each in (twins[0], work)
        )
        found = compare(there, now)
        step.problems += found.describe()
        step.notes += reordered(found)
        rows, others = map(scene.rows, twins)
        varying = {(each.table, each.columns) for each in compare_rows(rows, others)}
        differing = [each for each in compare_rows(rows, scene.rows(work)) if (each.table, each.columns) not in varying]
        problems, known = judge_losses(differing, scene.manifest.losses)
        step.problems += problems
        step.notes += (*known, *(each.text for each in scene.manifest.irreversible))
        step.summary = f"{'not ' if step.problems else ''}as it was at {wall}, where the way back ends"


def refuse_rollback(scene: Scene, work: str) -> None:
    """Let rollback.sql refuse, where the release ends with a revision that nothing undoes, and change nothing."""
    name = "rollback"
    if not scene.passed("upgrade"):
        scene.skip(name, "upgrade did not succeed")
        return
    why = scene.manifest.irreversible[-1].text
    with timed(scene, name) as step:
        before, rows = scene.snapshot(work), scene.rows(work)
        run = run_script(scene.bundle.folder / "rollback.sql", scene.server.conninfo(work))
        if run.status != 3 or why not in "\n".join(run.said):
            step.problems += [f"it should refuse, for {why}: exit status {run.status}", *run.said]
        step.problems += compare(before, scene.snapshot(work)).describe()
        step.problems += map(str, compare_rows(rows, scene.rows(work)))
        step.summary = "does not refuse as it should" if step.problems else f"refuses, and changes nothing: {why}"
    for each in ("round trip", "verify after rollback"):
        scene.skip(each, "rollback.sql undoes nothing")


def try_restored(scene: Scene, upgraded: Snapshot) -> None:
    """Upgrade what the backup drill has restored: the way back behind a revision that nothing undoes."""
    with timed(scene, "restore") as step:
        if not scene.passed("backup drill"):
            step.problems.append("the backup is the way back, and the backup drill did not pass")
            step.summary = "not proven"
            return
        database = scene.database("restored")
        conninfo, variables = allowing_losses(scene.server.conninfo(database))
        run = run_script(scene.bundle.folder / "upgrade.sql", conninfo, variables=variables)
        if run.status:
            step.problems += [f"upgrade.sql on the restored backup: exit status {run.status}", *run.said]
        else:
            step.problems += compare(upgraded, scene.snapshot(database)).describe()
        step.summary = (
            "the restored backup is no starting state"
            if step.problems
            else "the restored backup is the starting state, and takes the upgrade"
        )


def compare_again(scene: Scene, work: str, upgraded: Snapshot) -> None:
    """Let the second upgrade fail where it gives another catalog than the first."""
    if not scene.passed("upgrade again"):
        return
    again = compare(upgraded, scene.snapshot(work))
    if not again.same:
        step = scene.steps.pop()
        summary = "gives another catalog than the first time"
        scene.steps.append(RehearsalStep(step.name, Status.FAILED, step.seconds, summary, again.describe()))


def try_backup(scene: Scene, start: str) -> None:
    """Execute the backup commands of RUNBOOK.md as printed, restore what they give, and repair with it."""
    with timed(scene, "backup drill") as step:
        drill_backup(scene.server, scene.bundle.folder / RUNBOOK, Databases(start, scene.copy, scene.reserve), step)


def compare_prediction(scene: Scene, refused: RehearsalStep | None) -> None:
    """Hold what was seen against what the table of locks says."""
    if not scene.runs:
        return
    with timed(scene, "prediction") as step:
        count = 0
        for name, run in scene.runs.items():
            for each in run.statements:
                count += 1
                step.problems += (
                    f"{name}.sql:{each.line}: {difference}"
                    for difference in differences(each, scene.schema, scene.server.major)
                )
        step.summary = f"locks and work of {count} statements " + ("differ" if step.problems else "as predicted")
        if refused:
            step.notes.append(
                f"rows that only suit the starting state made {refused.name} fail, so all rows were made to suit the"
                f" end state too: {refused.problems[0] if refused.problems else refused.summary}"
            )


def cut_connections(scene: Scene, templates: dict[str, str]) -> None:
    """Cut the connection after every statement of both scripts."""

    def state_of(database: str) -> tuple[Snapshot, dict[str, TableRows]]:
        return scene.snapshot(database), scene.rows(database)

    for name, template in templates.items():
        label = f"faults in {name}"
        if not scene.passed(name):
            scene.skip(label, f"{name} did not succeed")
            continue
        with timed(scene, label) as step:
            script = scene.bundle.folder / f"{name}.sql"
            scratch = f"{scene.server.prefix}rehearsal_fault"
            cuts, problems = try_faults(
                scene.server, script, template, scratch, state_of, scene.say, losing=scene.loses(name)
            )
            step.problems += problems
            step.summary = f"connection cut after each of {cuts} statements and run again: " + (
                "not always the same end" if problems else "the same end every time"
            )


def _without_extensions(snapshot: Snapshot, names: Sequence[str]) -> Snapshot:
    """A rollback leaves the extensions of PostGIS: it cannot know who made them."""
    return Snapshot(tuple(line for line in snapshot.lines if not (line.kind == "extension" and line.object in names)))
