"""The values that flow along the line: RevisionRange, Statement, Segment, Plan, Script, Finding, Bundle.

All are frozen; a stage takes some and gives others, and none knows the stage that made it.
"""

from __future__ import annotations

from release.model.facts import (
    UNREAD,
    Below,
    Direction,
    Effect,
    Facts,
    LockMode,
    Mark,
    Marked,
    Name,
    Need,
    Object,
    SearchPath,
    Spatial,
    Work,
    mode_for_all,
    name_in,
    parts_in,
)
from release.model.plan import Danger, Hazard, Loss, Needed, Plan, Prerequisites, Reversibility, Segment, WayBack
from release.model.release import (
    Irreversible,
    RecordedRevision,
    Recording,
    Release,
    Revision,
    RevisionRange,
    Taken,
)
from release.model.script import FIXED, Finding, Script, ScriptPart, Severity, Waiver, without_fixed
from release.model.spelling import counted, spell_rows
from release.model.statement import Migration, Note, Source, Statement, VersionWrite, Vouch, covers

__all__ = [
    "FIXED",
    "UNREAD",
    "Below",
    "Danger",
    "Direction",
    "Effect",
    "Facts",
    "Finding",
    "Hazard",
    "Irreversible",
    "LockMode",
    "Loss",
    "Mark",
    "Marked",
    "Migration",
    "Name",
    "Need",
    "Needed",
    "Note",
    "Object",
    "Plan",
    "Prerequisites",
    "RecordedRevision",
    "Recording",
    "Release",
    "Reversibility",
    "Revision",
    "RevisionRange",
    "Script",
    "ScriptPart",
    "SearchPath",
    "Segment",
    "Severity",
    "Source",
    "Spatial",
    "Statement",
    "Taken",
    "VersionWrite",
    "Vouch",
    "Waiver",
    "WayBack",
    "Work",
    "counted",
    "covers",
    "mode_for_all",
    "name_in",
    "parts_in",
    "spell_rows",
    "without_fixed",
]
