"""Lint's tests keep their cache to themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from release.lint.sqlfluff.workers import warm_up


@pytest.fixture(scope="session", autouse=True)
def _sqlfluff() -> None:
    """Start the server of workers here, where the package lies, before a test goes elsewhere."""
    warm_up()


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
