"""The committed bundles through psql and through us: the same database, the same words, the same exit status."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from release.scratch.server import Server
from tests.databases import dump_database
from tests.psql.conftest import Ended, Runners

BUNDLES = Path(__file__).parents[2] / "scripts"
VERSIONS = sorted(path.parent.name for path in BUNDLES.glob("*/upgrade.sql"))
# times, places in the WAL, sizes (autovacuum may come by), and in the history the name of the client
_TIMES = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? ?\+00|(?<=\t)(psql|release)$|(?<=it: )[0-9A-F]+/[0-9A-F]+$|"
    r"\d+ (bytes|kB|MB)|\d\d:\d\d:\d\d to \d\d:\d\d:\d\d",
    re.MULTILINE,
)


def test_there_are_bundles() -> None:
    assert VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.usefixtures("postgis")
def test_bundle(server: Server, version: str) -> None:
    """Every script of a bundle, twice where it can be run again, on a database where the releases before it are."""
    name = f"{server.prefix}bundle"
    # the history table keeps the name of the program
    runners = Runners(replace(server, parameters=(*server.parameters, ("application_name", "bundle"))))
    walks: list[list[tuple[str, Ended]]] = []
    for run in (runners.psql, runners.apply):
        server.create_database(name)
        try:
            walk = []
            for earlier in VERSIONS[: VERSIONS.index(version)]:
                assert runners.psql(BUNDLES, f"{earlier}/upgrade.sql", name).status == 0
            for script in ("preflight", "upgrade", "upgrade", "verify", "preflight", "rollback", "verify", "upgrade"):
                if (BUNDLES / version / f"{script}.sql").exists():
                    ended = run(BUNDLES, f"{version}/{script}.sql", name)
                    out, dump = (_TIMES.sub("(time)", text) for text in (ended.out, dump_database(server, name)))
                    walk.append((script, replace(ended, out=out, database=dump)))
            walks.append(walk)
        finally:
            server.drop_database(name)
    assert walks[1] == walks[0]
    assert {ended.status for script, ended in walks[0] if script == "upgrade"} >= {0}
