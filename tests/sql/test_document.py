"""docs/locks.md says what the table says; `pytest --update-golden` writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from release.sql.document import describe_forms

DOCUMENT = Path(__file__).parents[2] / "docs" / "locks.md"


def test_document_is_up_to_date(pytestconfig: pytest.Config) -> None:
    text = describe_forms()
    if pytestconfig.getoption("--update-golden"):
        DOCUMENT.parent.mkdir(exist_ok=True)
        DOCUMENT.write_text(text, encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == text
