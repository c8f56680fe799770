"""What a kept result of lint depends on."""

from __future__ import annotations

from pathlib import Path

import release
from release.lint.sql_files import OWN_ROOMS

PACKAGE = Path(release.__file__).parent


def test_a_kept_result_is_of_rooms_that_are_there() -> None:
    """A room that has moved would leave the digest without a word, and old findings would stay."""
    assert OWN_ROOMS
    assert not [room for room in OWN_ROOMS if not any((PACKAGE / room).rglob("*.py"))]
