"""The migrations: revision ranges, and Alembic's `--sql` mode run faithfully.

The only room that imports Alembic, SQLAlchemy and GeoAlchemy2.
"""

from alembic.script import Script

from release.record.completion import complete
from release.record.recording import Heard, Key, Leg, Record, Recorded, Wanted, run_legs
from release.source.connection import WITHOUT_A_RESULT
from release.source.declarations import declared_losses, kept_settings
from release.source.history import History, open_history
from release.source.offline import Rendering, render
from release.source.recorder import Emission, RevisionWork
from release.source.stability import changing, may_change
from release.source.waivers import declared_waivers

__all__ = [
    "WITHOUT_A_RESULT",
    "Emission",
    "Heard",
    "History",
    "Key",
    "Leg",
    "Record",
    "Recorded",
    "Rendering",
    "RevisionWork",
    "Script",
    "Wanted",
    "changing",
    "complete",
    "declared_losses",
    "declared_waivers",
    "kept_settings",
    "may_change",
    "open_history",
    "render",
    "run_legs",
]
