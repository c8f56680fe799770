"""What a bundle's manifest.json says, as frozen values: the one place that knows its keys when it is read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from release.model import (
    Direction,
    Irreversible,
    Name,
    Note,
    RecordedRevision,
    Recording,
    Source,
    Spatial,
    Taken,
    parts_in,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class KeptStatement:
    """A statement of a script.

    Attributes:
        digest: SHA-256 of its tokens, as `Statement.digest`.
    """

    revision: str
    file: str
    line: int
    digest: str


@dataclass(frozen=True, slots=True)
class KeptLoss:
    """A loss that the release declares; names as in the manifest, without quotes."""

    relation: str
    columns: tuple[str, ...]
    when: Direction
    text: str


@dataclass(frozen=True, slots=True)
class KeptNeed:
    """What a script needs of a server, from a major version on.

    Attributes:
        function: the built-in function that it is, "" for anything else: a database may have one of its own.
        later: an older server takes the script, and fails when a body gets there.
        sources: migration lines.
    """

    since: int
    what: str
    function: str
    later: bool
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest that was read.

    Attributes:
        plain: the scripts have none of psql's own commands.
        start, end: version rows before and after the release.
        version_table: as it is written in the range; its schema is "" where env.py names none.
        plan: digest of the plan.
        segments: of each script, the statements of its segments.
        around: digests of what env.py executes before and after the statements of each script.
        needs: of each script, what it needs of a server that not every supported one has.
        lowest: of each script with such needs, the lowest major version that has them all.
        waived: what lint was asked to let through, as JSON text.
        irreversible: revisions that the rollback does not undo.
        undone_to: the version rows to which the rollback of a finished upgrade leads.
        goes_on: the upgrade may go on from there.
        recording: None where everything was rendered offline.
        tools: versions of the tools that first built the plan.
    """

    version: str
    title: str
    date: str
    plain: bool
    start: tuple[str, ...]
    end: tuple[str, ...]
    version_table: Name
    revisions: int
    plan: str
    segments: Mapping[str, tuple[tuple[KeptStatement, ...], ...]]
    spatial: Spatial
    around: tuple[str, ...]
    needs: Mapping[str, tuple[KeptNeed, ...]]
    lowest: Mapping[str, int]
    losses: tuple[KeptLoss, ...]
    waived: str
    irreversible: tuple[Irreversible, ...]
    undone_to: tuple[str, ...]
    goes_on: bool
    recording: Recording | None
    tools: Mapping[str, str]

    @property
    def allowed_irreversible(self) -> tuple[str, ...]:
        """Those of which the migration does not say so itself."""
        return tuple(each.revision for each in self.irreversible if each.source is None)

    def statements(self, script: str) -> tuple[KeptStatement, ...]:
        """The statements of "upgrade" or "rollback", in order."""
        return tuple(each for segment in self.segments[script] for each in segment)


def read_manifest(manifest: Mapping[str, Any]) -> Manifest:
    """Read a manifest's JSON values.

    Raises:
        AttributeError, KeyError, TypeError, ValueError: they are not those of a manifest.
    """
    release, span, prerequisites = manifest["release"], manifest["range"], manifest["prerequisites"]
    *before, table = parts_in(span["version_table"])
    servers = prerequisites.get("postgresql", {})  # since some release needed more than the oldest server
    walls = manifest.get("irreversible", {})
    return Manifest(
        version=release["version"],
        title=release["title"],
        date=release["date"],
        plain=bool(release.get("plain", False)),
        start=tuple(span["from"]),
        end=tuple(span["to"]),
        version_table=Name(table, before[0] if before else ""),
        revisions=len(span["revisions"]),
        plan=manifest["plan"],
        segments={
            script: tuple(
                tuple(
                    KeptStatement(each["revision"], each["file"], each["line"], each["sha256"])
                    for each in segment["statements"]
                )
                for segment in manifest[script]["segments"]
            )
            for script in map(str, Direction)
        },
        around=tuple(
            each["sha256"]
            for script in map(str, Direction)
            for word in ("opening", "closing")
            for each in manifest[script].get(word, ())
        ),
        spatial=Spatial(**{key: tuple(value) for key, value in prerequisites["postgis"].items()}),
        needs={
            script: tuple(
                KeptNeed(each["since"], each["what"], each["function"], each["later"], tuple(each["sources"]))
                for each in needs["because"]
            )
            for script, needs in servers.items()
        },
        lowest={script: needs["lowest"] for script, needs in servers.items()},
        losses=tuple(
            KeptLoss(each["relation"], tuple(each["columns"]), Direction(each["when"]), each["text"])
            for each in manifest["losses"]
        ),
        waived=json.dumps(manifest.get("waived", [])),
        irreversible=tuple(
            Irreversible(
                each["revision"],
                each["reason"],
                Source(each["revision"], each["file"], each["line"]) if "file" in each else None,
            )
            for each in walls.get("revisions", ())
        ),
        undone_to=tuple(walls.get("undone_to", span["from"])),
        goes_on=walls.get("goes_on", True),
        recording=_recording(manifest.get("recorded")),
        tools=manifest["tools"],
    )


def _recording(found: Mapping[str, Any] | None) -> Recording | None:
    if not found:
        return None
    return Recording(
        found["server"],
        found["sources"],
        tuple(
            RecordedRevision(
                each["revision"],
                each["file"],
                Direction(each["direction"]),
                tuple(
                    Note(note["text"], Source(each["revision"], each["file"], note["line"]))
                    for note in each["data_dependent"]
                ),
                tuple(Taken(**taken) for taken in each["statements"]),
            )
            for each in found["revisions"]
        ),
    )
