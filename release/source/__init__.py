"""The migrations: revision ranges, and Alembic's `--sql` mode run faithfully.

The only room that imports Alembic, SQLAlchemy and GeoAlchemy2.
"""

from alembic.script import Script

from release.source.declarations import declared_losses
from release.source.history import History, open_history
from release.source.offline import Emission, RevisionWork, render

__all__ = ["Emission", "History", "RevisionWork", "Script", "declared_losses", "open_history", "render"]
