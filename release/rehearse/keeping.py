"""A rehearsal whose evidence is kept in the bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.bundle import find_bundle, list_bundles, require_writable, set_evidence, written
from release.rehearse.drift import DRIFT, write_drift
from release.rehearse.evidence import EVIDENCE, to_evidence
from release.rehearse.rehearsal import rehearse
from release.scratch.container import any_scratch_server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from release.bundle import Bundle
    from release.config import Settings
    from release.rehearse.start_rows import RehearsalRequest
    from release.rehearse.verdict import Rehearsal


def rehearse_and_keep(
    ini: Path,
    settings: Settings,
    folder: Path,
    version: str,
    wish: RehearsalRequest,
    conninfo: str | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> tuple[Rehearsal, Bundle]:
    """Rehearse the bundle of a version, and put the evidence beside its scripts.

    Args:
        ini: alembic.ini of the project.
        folder: of the project's bundles.
        conninfo: of a server that may make databases; None: one of our own, local or in a container.
        say: told what is being done.

    Raises:
        BundleError: there is no such bundle, it was edited, its starting state cannot be made, or it cannot be written.
        ToolError: there is no server to be had.
        ReleaseError: of the room that cannot go on; a script that fails is a finding, not an error.
    """
    bundles = list_bundles(folder)
    bundle = find_bundle(bundles, version)
    require_writable(bundle)
    with any_scratch_server(conninfo) as server:
        found = rehearse(ini, settings, bundle, bundles, server, wish, say)
    evidence = written(to_evidence(found, bundle.manifest))
    set_evidence(bundle, {EVIDENCE: evidence.encode(), DRIFT: write_drift(found).encode()})
    return found, bundle
