"""Rehearsals: a bundle is run on a scratch database, and what came of it is kept as evidence."""

from release.rehearse.drift import DRIFT, write_drift
from release.rehearse.evidence import EVIDENCE, to_evidence
from release.rehearse.outcome import Rehearsal, RehearsalStep, Status
from release.rehearse.run import rehearse
from release.rehearse.stage import RehearsalRequest
from release.rehearse.table import to_table

__all__ = [
    "DRIFT",
    "EVIDENCE",
    "Rehearsal",
    "RehearsalRequest",
    "RehearsalStep",
    "Status",
    "rehearse",
    "to_evidence",
    "to_table",
    "write_drift",
]
