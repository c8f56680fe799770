"""The starting state with its rows: what earlier bundles make, or a dump of production."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.catalog.snapshot import NOT_RESTORED, compare
from release.errors import ReleaseError
from release.plan.name_resolution import in_schema
from release.psql.pieces import Kind, cut
from release.rehearse.context import Scene, reordered, timed
from release.rehearse.rows.fill import fill_tables
from release.rehearse.script_run import run_script
from release.rehearse.start import reach_start
from release.scratch.dump import plain, restore_schema
from release.scratch.environment import client_environment
from release.source.online import upgrade_online
from release.sql.read.quote import dotted
from release.sql.read.ranges import range_ends

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from release.bundle import Bundle


@dataclass(frozen=True, slots=True)
class RehearsalRequest:
    """What was asked for.

    Attributes:
        rows: rows to generate for each table.
        data: a script that puts rows into the starting state, instead of generated ones.
        schema: a `pg_dump --schema-only` of production to start from, instead of what the earlier bundles make.
        faults: cut the connection after every statement of both scripts, and run the script again.
    """

    rows: int = 100
    data: Path | None = None
    schema: Path | None = None
    faults: bool = False


def fill_start(scene: Scene, start: str, wish: RehearsalRequest, *, strict: bool) -> tuple[str, ...]:
    """Put rows into the starting state; say which tables have fewer than asked for, and why."""
    server = scene.server
    if wish.data is not None:
        scene.say(f"rows of {wish.data.name}")
        with plain(wish.data, client_environment(server), "--data-only") as script:
            run = run_script(script, server.conninfo(start), variables={"ON_ERROR_STOP": "on"})
        if run.status:
            raise ReleaseError(
                f"{wish.data} does not run on the starting state:\n" + "\n".join(f"  {line}" for line in run.said),
                "it is run by release apply, as psql would with -v ON_ERROR_STOP=on, before the upgrade",
            )
        return ()
    if not wish.rows:
        return ()
    scene.say(f"{wish.rows} rows for each table")
    if not strict:
        with server.connect(start) as connection:
            filled = fill_tables(connection, wish.rows, without=scene.left_out)
    else:
        target = scene.copy("target", start)
        upgrade_online(scene.ini, scene.server.parameters_of(target), scene.bundle.end)
        with server.connect(start) as connection, server.connect(target) as rules:
            checks = _range_checks(scene)
            filled = fill_tables(connection, wish.rows, without=scene.left_out, rules=rules, checks=checks)
    return tuple(f"{each.table}: {each.rows} rows; {each.reason}" for each in filled if each.reason)


def _range_checks(scene: Scene) -> dict[str, list[str]]:
    """By table, that a range can be made of the columns of a row, where the upgrade makes one."""
    found: dict[str, list[str]] = {}
    with (scene.bundle.folder / "upgrade.sql").open("rb") as file:
        texts = [piece.text for piece in cut(file) if piece.kind is Kind.STATEMENT]
    for text in texts:
        for ends in range_ends(text):
            for table in ends.tables:
                found.setdefault(dotted(in_schema(table, scene.schema)), []).append(ends.check)
    return found


def make_start(scene: Scene, start: str, bundles: Sequence[Bundle], wish: RehearsalRequest) -> str:
    """Make the starting state without rows; out of a dump of production, compare it with what the migrations give."""
    if wish.schema is None:
        return reach_start(scene.server, start, scene.bundle, bundles, scene.ini)
    notes = restore_schema(scene.server, wish.schema, start, scene.version_table, scene.bundle.start)
    reference = scene.copy("reference", None)
    how = reach_start(scene.server, reference, scene.bundle, bundles, scene.ini)
    with timed(scene, "drift") as step:
        found = compare(
            scene.snapshot(reference).without(kinds=NOT_RESTORED), scene.snapshot(start).without(kinds=NOT_RESTORED)
        )
        # an older PostGIS in production is no drift of the schema
        step.problems += (line for line in found.describe() if not line.startswith("changed: extension "))
        step.notes += (line for line in found.describe() if line.startswith("changed: extension "))
        step.notes += (*reordered(found), *notes)
        step.summary = f"{wish.schema.name} against {how}: " + ("not the same" if step.problems else "the same")
    return f"{wish.schema.name} restored"
