"""rehearsal.json: the evidence of a rehearsal (docs/rehearsal.schema.json), and drift.sql beside it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from release.rehearse.prediction import predicted
from release.trace.statement import blocked_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from release.bundle import Manifest
    from release.catalog.snapshot import Snapshot
    from release.rehearse.verdict import Rehearsal, RehearsalStep
    from release.trace.statement import HeldLock, TracedStatement

FORMAT = 1
EVIDENCE = "rehearsal.json"


def to_evidence(rehearsal: Rehearsal, manifest: Manifest) -> dict[str, Any]:
    """A rehearsal as JSON values.

    Args:
        manifest: of the bundle, for the migration line that each statement comes from.
    """
    major = int(rehearsal.server.partition(".")[0])
    return {
        "format": FORMAT,
        "release": rehearsal.version,
        "plan": rehearsal.plan,
        "passed": rehearsal.passed,
        "server": rehearsal.server,
        "postgis": rehearsal.postgis,
        "start": rehearsal.start,
        "rows": rehearsal.rows,
        "unfilled": list(rehearsal.unfilled),
        "steps": [_step(step) for step in rehearsal.steps],
        "trace": {
            name: [_statement(each, _sources(manifest, name), major) for each in statements]
            for name, statements in rehearsal.traces.items()
        },
        "held": {
            name: [_held(each, segment_of(rehearsal, manifest, name, each.line)) for each in locks]
            for name, locks in rehearsal.held.items()
        },
        "catalog": {
            "touched": list(rehearsal.touched),
            "before": _catalog(rehearsal.before, rehearsal.touched),
            "after": _catalog(rehearsal.after, rehearsal.touched),
        },
    }


def written(evidence: Mapping[str, Any]) -> str:
    """Evidence as the text of its file: indented, but an entry of a list stays on one line."""
    return _laid_out(evidence, 0) + "\n"


def _laid_out(value: Any, depth: int) -> str:
    inner, outer = "  " * (depth + 1), "  " * depth
    if isinstance(value, dict) and value and depth < 3:
        lines = [f"{inner}{json.dumps(key)}: {_laid_out(item, depth + 1)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{outer}}}"
    if isinstance(value, list) and value and depth < 4:
        return "[\n" + ",\n".join(f"{inner}{json.dumps(item, ensure_ascii=False)}" for item in value) + f"\n{outer}]"
    return json.dumps(value, ensure_ascii=False)


def _step(step: RehearsalStep) -> dict[str, Any]:
    return {
        "name": step.name,
        "status": str(step.status),
        "milliseconds": round(step.seconds * 1000),
        "summary": step.summary,
        "problems": list(step.problems),
        "notes": list(step.notes),
    }


def _sources(manifest: Manifest, name: str) -> dict[str, str]:
    return {each.digest: f"{each.file}:{each.line}" for each in manifest.statements(name)}


def _statement(traced: TracedStatement, sources: Mapping[str, str], major: int) -> dict[str, Any]:
    return {
        "line": traced.line,
        "source": sources.get(traced.digest, ""),
        "sha256": traced.digest,
        "milliseconds": round(traced.milliseconds, 3),
        "rows": traced.rows,
        "alone": traced.alone,
        "locks": {str(name): str(lock) for name, lock in sorted(traced.locks.items())},
        "work": {str(name): sorted(map(str, work)) for name, work in sorted(traced.work.items())},
        "predicted": {str(name): str(lock) for name, lock in predicted(traced, major).items()},
        "wal": traced.wal,
        "temporary": traced.temporary,
        "error": traced.error,
    }


def _held(held: HeldLock, segment: int | None) -> dict[str, Any]:
    return {
        "segment": segment,
        "line": held.line,
        "relation": str(held.relation),
        "lock": str(held.lock),
        "milliseconds": round(held.milliseconds, 3),
        "blocks": list(blocked_by(held.lock)),
    }


def segment_of(rehearsal: Rehearsal, manifest: Manifest, name: str, line: int) -> int | None:
    """The segment of a script that a transaction belongs to, by the line where it begins; None after the last one.

    The statements of the segments ran one after the other, so the first one from that line on tells.
    """
    numbers = [number for number, each in enumerate(manifest.segments[name], 1) for _ in each]
    lines = [statement.line for statement in rehearsal.traces.get(name, ())]
    return next((number for number, at in zip(numbers, lines, strict=False) if at >= line), None)


def _catalog(snapshot: Snapshot, touched: tuple[str, ...]) -> dict[str, Any]:
    only = snapshot.only(touched)
    return {"fingerprint": only.fingerprint, "lines": [line.text for line in only.lines]}
