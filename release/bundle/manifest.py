"""manifest.json: what a bundle says of itself (docs/manifest.schema.json)."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.metadata import version as installed
from typing import TYPE_CHECKING, Any

from release import __version__
from release.config import OLDEST_SERVER
from release.model import Statement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from release.bundle.manifest_reader import Manifest
    from release.model import Loss, Plan, Recording, Release, Segment, WayBack

FORMAT = 1
_DEEPEST = 6
_TOOLS = ("alembic", "geoalchemy2", "jinja2", "postgast", "sqlalchemy", "sqlfluff", "squawk-cli")


def to_manifest(
    release: Release, files: Mapping[str, str], tools: Mapping[str, str] | None = None, *, plain: bool = False
) -> dict[str, Any]:
    """A manifest as JSON values.

    Args:
        plain: the scripts have none of psql's own commands.
        files: SHA-256 of each file of the bundle, by name.
        tools: tool versions to keep, when the bundle was built before; None takes those installed now.
    """
    return {
        "format": FORMAT,
        "release": {"version": release.version, "title": release.title, "date": release.date}
        | ({"plain": True} if plain else {}),
        "range": {
            "from": list(release.range.start),
            "to": list(release.range.end),
            "version_table": str(release.range.version_table),
            "revisions": [asdict(revision) for revision in release.range.revisions],
        },
        "plan": release.digest,
        "upgrade": _plan(release.upgrade),
        "rollback": _plan(release.rollback),
        "prerequisites": {
            "postgis": {key: list(value) for key, value in asdict(release.prerequisites.spatial).items()},
            "owned": [str(name) for name in release.prerequisites.owned],
            "create_in": list(release.prerequisites.create_in),
            "superuser": list(release.prerequisites.superuser),
            **_servers(release),
        },
        "losses": [_loss(loss) for loss in release.losses],
        **({"notes": [str(note) for note in release.notes]} if release.notes else {}),
        **({"waived": waived(release)} if waived(release) else {}),
        **({"irreversible": _irreversible(release)} if release.irreversible else {}),
        **({"recorded": _recorded(release.recording)} if release.recording else {}),
        "tools": dict(tools) if tools is not None else _tools(),
        "files": dict(sorted(files.items())),
    }


def written(values: Mapping[str, Any]) -> str:
    """A manifest, or evidence, as the text of its file: indented, but an entry of a list stays on one line."""
    return _laid_out(values, 0) + "\n"


def _laid_out(value: Any, depth: int) -> str:
    if depth > _DEEPEST or not value or not isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    inner = "  " * (depth + 1)
    if isinstance(value, dict):
        lines = [f"{inner}{json.dumps(key)}: {_laid_out(item, depth + 1)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + "\n" + "  " * depth + "}"
    lines = [f"{inner}{_laid_out(item, depth + 1 if _is_segment(item) else _DEEPEST + 1)}" for item in value]
    return "[\n" + ",\n".join(lines) + "\n" + "  " * depth + "]"


def _is_segment(value: Any) -> bool:
    return isinstance(value, dict) and "statements" in value


def first_difference(kept: Manifest, release: Release) -> str:
    """The revision whose work differs first between a manifest and a release planned now; "" when none does."""
    for direction, plan in (("upgrade", release.upgrade), ("rollback", release.rollback)):
        old = [(each.digest, each.revision) for each in kept.statements(direction)]
        new = [(each.digest, each.source.revision) for each in plan.statements]
        for index in range(max(len(old), len(new))):
            if old[index : index + 1] != new[index : index + 1]:
                return str((new if index < len(new) else old)[index][1])
    return ""


def _tools() -> dict[str, str]:
    return {"release": __version__, **{name: installed(name) for name in _TOOLS}}


def _plan(plan: Plan) -> dict[str, Any]:
    around = {"opening": plan.opening, "closing": plan.closing}
    return {
        **{word: [_statement(each) for each in statements] for word, statements in around.items() if statements},
        "segments": [_segment(segment, way) for segment, way in zip(plan.segments, plan.ways, strict=True)],
        "hazards": [asdict(hazard) for hazard in plan.hazards],
    }


def _segment(segment: Segment, way: WayBack) -> dict[str, Any]:
    return {
        "number": segment.number,
        "transactional": segment.transactional,
        "reason": segment.reason,
        "before": list(segment.before),
        "after": list(segment.after),
        "way_back": {
            "way": str(way.way),
            "lost": list(way.lost),
            "if_it_stops": way.stopped,
            "then": way.advice,
        },
        **({"again": [_statement(each) for each in segment.again]} if segment.again else {}),
        **({"costs": list(segment.told)} if segment.told else {}),
        "statements": [_statement(step) for step in segment.steps if isinstance(step, Statement)],
    }


def _statement(statement: Statement) -> dict[str, Any]:
    facts = statement.facts
    return {
        "tag": facts.tag,
        "subject": facts.subject,
        "revision": statement.source.revision,
        "file": statement.source.file,
        "line": statement.source.line,
        "sha256": statement.digest,
        **({"unread": statement.unread} if statement.unread else {}),
        "creates": [str(each) for each in facts.creates],
        "drops": [str(each) for each in facts.drops],
        "locks": [
            {"relation": str(effect.relation), "mode": str(effect.lock), "work": [str(work) for work in effect.work]}
            for effect in facts.effects
        ],
    }


def waived(release: Release) -> list[dict[str, Any]]:
    """What lint was asked to let through, as far as it is in force on the release's date."""
    return [
        {"codes": list(each.codes), "until": each.until, "reason": each.reason, "source": str(each.source)}
        for each in release.waivers
        if each.holds_on(release.date)
    ]


def _recorded(recording: Recording) -> dict[str, Any]:
    return {
        "server": recording.server,
        "sources": recording.sources,
        "revisions": [
            {
                "revision": each.revision,
                "file": each.file,
                "direction": str(each.direction),
                "data_dependent": [{"line": note.source.line, "text": note.text} for note in each.depends],
                "statements": [asdict(taken) for taken in each.taken],
            }
            for each in recording.revisions
        ],
    }


def _servers(release: Release) -> dict[str, Any]:
    """The oldest major versions that the scripts run on, and why; nothing where every supported one will do."""
    plans = (release.upgrade, release.rollback)
    if not any(plan.needed for plan in plans):
        return {}
    return {
        "postgresql": {
            str(plan.direction): {
                "lowest": plan.lowest_server(OLDEST_SERVER),
                "because": [
                    {
                        "since": each.since,
                        "what": each.need.title,
                        "function": each.need.function,
                        "later": each.need.later,
                        "sources": [str(source) for source in each.sources],
                    }
                    for each in plan.needed
                ],
            }
            for plan in plans
        }
    }


def _irreversible(release: Release) -> dict[str, Any]:
    return {
        "revisions": [
            {
                "revision": each.revision,
                "reason": each.reason,
                **({"file": each.source.file, "line": each.source.line} if each.source else {}),
            }
            for each in release.irreversible
        ],
        "undone_to": list(release.undone_to),
        "goes_on": release.goes_on,
    }


def _loss(loss: Loss) -> dict[str, Any]:
    return {
        "relation": str(loss.relation),
        "columns": list(loss.columns),
        "when": str(loss.when),
        "text": loss.text,
        "declared": loss.declared,
        "source": str(loss.source),
    }
