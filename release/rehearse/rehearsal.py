"""The rehearsal: upgrade, verify, compare, roll back, compare, upgrade again, on databases of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.catalog.snapshot import compare
from release.config import NEWEST_SERVER, OLDEST_SERVER
from release.errors import BundleError, MigrationError, ToolError
from release.model import spell_rows
from release.plan.name_resolution import history_name, in_schema
from release.rehearse.context import Scene, timed
from release.rehearse.start import scripts_edited
from release.rehearse.start_rows import RehearsalRequest, fill_start, make_start
from release.rehearse.steps import (
    compare_again,
    compare_online,
    compare_prediction,
    compare_round_trip,
    compare_with_wall,
    cut_connections,
    refuse_rollback,
    run_step,
    try_backup,
    try_restored,
)
from release.rehearse.verdict import Rehearsal, Status
from release.sql.read.quote import dotted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from release.bundle import Bundle
    from release.catalog.rows import TableRows
    from release.catalog.snapshot import Snapshot
    from release.config import Settings
    from release.rehearse.verdict import RehearsalStep
    from release.scratch.server import Server

_NO_PREFLIGHT, _NO_VERIFY = "no preflight.sql in this bundle", "no verify.sql in this bundle"


def rehearse(
    ini: Path,
    settings: Settings,
    bundle: Bundle,
    bundles: Sequence[Bundle],
    server: Server,
    wish: RehearsalRequest,
    say: Callable[[str], None] = lambda _: None,
) -> Rehearsal:
    """Rehearse a bundle on a scratch server; the databases made for it are dropped.

    Made rows first suit the starting state only, so that the release's own care for odd rows is seen. Where it
    refuses them, it is rehearsed once more with rows that suit its end too, and the refusal is told.

    Args:
        ini: alembic.ini of the project, for running its migrations online.
        bundles: all bundles of the project, to make the starting state from.
        say: told what is being done.

    Raises:
        BundleError: the bundle was edited, or its starting state cannot be made.
        ReleaseError: of the room that cannot go on; a script that fails is a finding, not an error.
    """
    if edited := scripts_edited(bundle):
        raise BundleError(
            f"{bundle.folder}: edited since it was built: {edited}",
            "restore it from version control, or write it anew: release build --regenerate",
        )
    _refuse_older(server, bundle)
    version_table = in_schema(bundle.manifest.version_table, settings.schema)
    left_out = (dotted(version_table), dotted(history_name(settings.history_table, version_table)))
    refused: RehearsalStep | None = None
    strict, again = False, True
    while True:
        scene = Scene(server, bundle, ini, settings.schema, version_table, left_out, say)
        try:
            found = _rehearse(scene, bundles, wish, refused, strict=strict, again=again)
        except MigrationError:
            if not strict:
                raise
            # the rows were not at fault: no rows suit an end that the migrations do not reach
            refused, strict, again = None, False, False
            continue
        finally:
            scene.drop_databases()
        if found:
            return found
        refused = next(step for step in reversed(scene.steps) if step.status is Status.FAILED)
        strict, again = True, False


def _rehearse(
    scene: Scene,
    bundles: Sequence[Bundle],
    wish: RehearsalRequest,
    refused: RehearsalStep | None,
    *,
    strict: bool,
    again: bool,
) -> Rehearsal | None:
    """Hold the rehearsal; None when made rows are refused, and `again` lets other rows be tried.

    Args:
        refused: the step that refused rows which did not suit the end.
        strict: make rows that suit the end of the release, not only its start.
    """
    scene.say("starting state")
    start = scene.copy("start")
    how = make_start(scene, start, bundles, wish)
    unfilled = fill_start(scene, start, wish, strict=strict)
    before, rows = scene.snapshot(start), scene.rows(start)
    work = scene.copy("work", start)

    _note_newer(scene)
    run_step(scene, "preflight", work, absent=_NO_PREFLIGHT)
    if not scene.failed("preflight"):
        try_backup(scene, start)
    run_step(scene, "upgrade", work, traced=True, unless="preflight")
    if again and wish.data is None and wish.rows and _refuses_rows(scene):
        return None
    run_step(scene, "verify", work, absent=_NO_VERIFY, after="upgrade")
    upgraded = scene.snapshot(work)
    peak = scene.copy("upgraded", work) if wish.faults and scene.passed("upgrade") else ""
    compare_online(scene, start, work, upgraded)
    _roll_back(scene, start, work, before, rows)
    if scene.manifest.goes_on:
        run_step(scene, "upgrade again", work, after="rollback")
        compare_again(scene, work, upgraded)
    else:
        scene.skip("upgrade again", f"it does not go on from {spell_rows(scene.manifest.undone_to)}")
    if scene.manifest.irreversible:
        try_restored(scene, upgraded)
    compare_prediction(scene, refused)
    if wish.faults:
        cut_connections(scene, {"upgrade": start, "rollback": peak})
    server, postgis = scene.versions(start)
    return Rehearsal(
        version=str(scene.bundle.version),
        plan=scene.manifest.plan,
        server=server,
        postgis=postgis,
        start=how,
        rows={table: each.count for table, each in rows.items() if each.count or not each.extension},
        unfilled=unfilled,
        steps=tuple(scene.steps),
        traces={name: run.statements for name, run in scene.runs.items() if run.statements},
        held={name: run.held for name, run in scene.runs.items() if run.held},
        before=before,
        after=upgraded,
        touched=compare(before, upgraded).objects,
    )


def _roll_back(scene: Scene, start: str, work: str, before: Snapshot, rows: dict[str, TableRows]) -> None:
    """Take the upgrade back as far as the release can be undone, and look whether all is as it was there.

    Args:
        before, rows: the starting state.
    """
    manifest = scene.manifest
    if manifest.undone_to == scene.bundle.end:
        refuse_rollback(scene, work)
        return
    run_step(scene, "rollback", work, traced=True, after="upgrade")
    if manifest.undone_to == scene.bundle.start:
        compare_round_trip(scene, work, before, rows)
    else:
        compare_with_wall(scene, start, work)
    run_step(scene, "verify after rollback", work, absent=_NO_VERIFY, after="rollback", direction="rollback")


def _refuse_older(server: Server, bundle: Bundle) -> None:
    """Refuse a server that cannot take the scripts, before anything is made on it.

    A built-in function may be one that the database has of its own: the script's guard asks there.

    Raises:
        ToolError: the server is too old.
    """
    major = server.major
    for script, needs in bundle.manifest.needs.items():
        lowest = bundle.manifest.lowest[script]
        for each in needs:
            if each.since > major and not each.later and not each.function:
                raise ToolError(
                    f"the server is PostgreSQL {major}, and {script}.sql of release {bundle.version} needs"
                    f" {lowest} or later: {each.what} ({each.sources[0]})",
                    f"name or install a server of PostgreSQL {lowest} or later: --server, or PG_BINDIR",
                )


def _note_newer(scene: Scene) -> None:
    if (major := scene.server.major) > NEWEST_SERVER:
        with timed(scene, "server") as step:
            step.summary = (
                f"PostgreSQL {major} is newer than those that were tried ({OLDEST_SERVER} to {NEWEST_SERVER})"
            )


def _refuses_rows(scene: Scene) -> bool:
    """True where the rows were at fault: preflight said NO-GO, or a statement met SQLSTATE class 23, or 22."""
    if scene.failed("preflight"):
        return True
    return any(each.sqlstate.startswith(("22", "23")) for each in scene.runs["upgrade"].statements)
