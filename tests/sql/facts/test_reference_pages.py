"""docs/locks.md and docs/versions.md say what the tables say."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from release.sql.facts.reference_pages import describe_forms, describe_versions
from tests.databases import Golden


@pytest.mark.parametrize(("name", "describe"), [("locks.md", describe_forms), ("versions.md", describe_versions)])
def test_document_is_up_to_date(golden: Golden, name: str, describe: Callable[[], str]) -> None:
    golden(f"docs/{name}", describe())
