"""Which codes there are, so that a misspelt `--select` is an error and not a pass."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from release.lint.notices import NOTICES
from release.lint.rules import all_rules
from release.lint.sqlfluff.rules import fluff_codes
from release.lint.squawk_rules import NAMES, has_rule

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_SQUAWK = "squawk:"


def misspelt(code: str, folder: Path | None = None) -> str | None:
    """What a code that no rule has may have meant, "" where nothing is near; None for the start of a code of some rule.

    Args:
        folder: of the cache, which may know what rules sqlfluff has; None works without one.

    Raises:
        ToolError: squawk would have to be asked, and is not installed.
    """
    ours = [*(rule.code for rule in all_rules()), *(notice.code for notice in NOTICES)]
    if _SQUAWK.startswith(code) or _starts_one(code, ours):
        return None
    if code.startswith(_SQUAWK):
        if has_rule(code.removeprefix(_SQUAWK)):
            return None
    elif _starts_one(code, fluff_codes(folder)):
        return None
    known = [*ours, *fluff_codes(folder), *(_SQUAWK + name for name in NAMES)]
    return next(iter(difflib.get_close_matches(code, known, 1, 0.5)), "")


def _starts_one(code: str, known: Iterable[str]) -> bool:
    return any(each.startswith(code) for each in known)
