"""The state that a release starts from, made on a scratch database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.bundle import RUNBOOK
from release.errors import BundleError
from release.rehearse.drift import DRIFT
from release.rehearse.script_run import allowing_losses, run_script
from release.scratch.dump import create_postgis, create_version_schema
from release.source.online import upgrade_online

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from release.bundle import Bundle
    from release.scratch.server import Server


def reach_start(server: Server, database: str, bundle: Bundle, bundles: Sequence[Bundle], ini: Path) -> str:
    """Bring an empty database to where a bundle starts; say how that was done.

    The bundles before it are applied in order where they lead there; otherwise Alembic goes there online.

    Raises:
        BundleError: an earlier bundle was edited, or does not run.
        DatabaseError: PostGIS or the schema of the version table is needed, and cannot be created.
        MigrationError: Alembic fails.
    """
    earlier = [each for each in bundles if each.version < bundle.version]
    chain = _chain(earlier, bundle.start)
    create_version_schema(server, database, bundle.manifest.version_table.schema)
    if _lacks_postgis([*chain, bundle]):
        create_postgis(server, database)
    if not bundle.start:
        return "an empty database"
    if not chain:
        upgrade_online(ini, server.parameters_of(database), bundle.start)
        return f"online `alembic upgrade {' '.join(bundle.start)}`: no earlier bundles lead there"
    for each in chain:
        if edited := scripts_edited(each):
            raise BundleError(
                f"{each.folder}, which release {bundle.version} builds on, was edited since it was built: {edited}",
                "restore it from version control, or write it anew: release build --regenerate",
            )
        conninfo, variables = allowing_losses(server.conninfo(database))  # nothing is there but what releases made
        run = run_script(each.folder / "upgrade.sql", conninfo, variables=variables)
        if run.status:
            raise BundleError(
                f"release {each.version}, which {bundle.version} builds on, does not run on an empty database:\n"
                + "\n".join(f"  {line}" for line in run.said),
                f"rehearse it first: release rehearse {each.version}",
            )
    return "release " + ", ".join(str(each.version) for each in chain) + " applied"


def scripts_edited(bundle: Bundle) -> str:
    """What a rehearsal runs of a bundle and is not as it was built; what it writes itself is none of that."""
    return ", ".join(name for name in bundle.edited if name.endswith((".sql", RUNBOOK)) and name != DRIFT)


def _chain(earlier: Sequence[Bundle], start: tuple[str, ...]) -> list[Bundle]:
    """The earlier bundles that lead from base to `start`, oldest first; empty when they do not."""
    chain: list[Bundle] = []
    wanted = start
    for each in reversed(earlier):
        if wanted and each.end == wanted:
            chain.insert(0, each)
            wanted = each.start
    return chain if not wanted else []


def _lacks_postgis(chain: Sequence[Bundle]) -> bool:
    """True where a bundle needs PostGIS, and neither it nor one before it creates it."""
    for each in chain:
        need = each.manifest.spatial
        if "postgis" in need.extensions:
            return False
        if need.types or need.functions or need.srids:
            return True
    return False
