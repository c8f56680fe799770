"""docs/locks.md and docs/versions.md say what the tables say; `pytest --update-golden` writes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from release.sql.facts.reference_pages import describe_forms, describe_versions

DOCUMENTS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize(("name", "describe"), [("locks.md", describe_forms), ("versions.md", describe_versions)])
def test_document_is_up_to_date(pytestconfig: pytest.Config, name: str, describe: Callable[[], str]) -> None:
    text = describe()
    document = DOCUMENTS / name
    if pytestconfig.getoption("--update-golden"):
        document.parent.mkdir(exist_ok=True)
        document.write_text(text, encoding="utf-8")
    assert document.read_text(encoding="utf-8") == text
