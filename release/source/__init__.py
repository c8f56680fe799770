"""The migrations: revision ranges, and Alembic's `--sql` mode run faithfully.

The only room that imports Alembic, SQLAlchemy and GeoAlchemy2.
"""

from alembic.script import Script

from release.source.declarations import declared_losses
from release.source.history import History, open_history
from release.source.offline import Rendering, render
from release.source.recorder import Emission, RevisionWork

__all__ = ["Emission", "History", "Rendering", "RevisionWork", "Script", "declared_losses", "open_history", "render"]
