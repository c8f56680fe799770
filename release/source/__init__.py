"""The migrations: revision ranges, and Alembic's `--sql` mode run faithfully.

The only room that imports Alembic, SQLAlchemy and GeoAlchemy2.
"""

from alembic.script import Script

from release.source.connection import WITHOUT_A_RESULT
from release.source.declarations import (
    IRREVERSIBLE,
    declared_irreversible,
    declared_losses,
    declared_vouches,
    kept_settings,
    lines_together,
)
from release.source.history import History, open_history
from release.source.offline import Rendering, render
from release.source.recorder import Emission, RevisionWork
from release.source.stability import changing, may_change
from release.source.waivers import declared_waivers

__all__ = [
    "IRREVERSIBLE",
    "WITHOUT_A_RESULT",
    "Emission",
    "History",
    "Rendering",
    "RevisionWork",
    "Script",
    "changing",
    "declared_irreversible",
    "declared_losses",
    "declared_vouches",
    "declared_waivers",
    "kept_settings",
    "lines_together",
    "may_change",
    "open_history",
    "render",
]
