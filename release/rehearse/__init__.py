"""Rehearsals: a bundle is run on a scratch database, and what came of it is kept as evidence."""

from release.rehearse.drift import DRIFT, write_drift
from release.rehearse.evidence import EVIDENCE, to_evidence
from release.rehearse.keeping import rehearse_and_keep
from release.rehearse.rehearsal import rehearse
from release.rehearse.start_rows import RehearsalRequest
from release.rehearse.summary import to_table
from release.rehearse.verdict import Rehearsal, RehearsalStep, Status

__all__ = [
    "DRIFT",
    "EVIDENCE",
    "Rehearsal",
    "RehearsalRequest",
    "RehearsalStep",
    "Status",
    "rehearse",
    "rehearse_and_keep",
    "to_evidence",
    "to_table",
    "write_drift",
]
