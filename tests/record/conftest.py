"""Recordings are held to what Alembic does online, by the means of tests/source."""

from tests.source.conftest import apply, build, equal, online, scratch

__all__ = ["apply", "build", "equal", "online", "scratch"]
