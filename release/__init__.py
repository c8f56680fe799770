"""Offline SQL release scripts for DBA-reviewed releases of PostgreSQL/PostGIS databases managed with Alembic."""

__version__ = "0.1.0"
