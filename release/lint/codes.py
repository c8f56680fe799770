"""Which codes there are, so that a misspelt `--select` is an error and not a pass."""

from __future__ import annotations

import difflib
import subprocess
from typing import TYPE_CHECKING

from release.lint.notices import NOTICES
from release.lint.rules import all_rules
from release.lint.squawk import find_squawk

if TYPE_CHECKING:
    from collections.abc import Iterable

# How many rules each group of sqlfluff 4.5 has; a code beyond them, of a newer one or a plugin, sqlfluff is asked for.
_SQLFLUFF = {
    "AL": 10, "AM": 9, "CP": 5, "CV": 13, "JJ": 1, "LT": 15, "OR": 1, "PG": 2, "RF": 7, "ST": 12, "TQ": 4,
}  # fmt: skip
_SQUAWK = "squawk:"
# Rules of squawk 2.70; what is not here squawk is asked for.
_SQUAWK_RULES = (
    "adding-field-with-default", "adding-foreign-key-constraint", "adding-not-nullable-field",
    "adding-required-field", "adding-serial-primary-key-field", "ban-add-column",
    "ban-alter-domain-with-add-constraint", "ban-char-field", "ban-concurrent-index-creation-in-transaction",
    "ban-create-domain-with-constraint", "ban-drop-column", "ban-drop-database", "ban-drop-not-null",
    "ban-drop-table", "ban-truncate-cascade", "ban-uncommitted-transaction", "changing-column-type",
    "constraint-missing-not-valid", "disallowed-unique-constraint", "identifier-too-long",
    "prefer-bigint-over-int", "prefer-bigint-over-smallint", "prefer-identity", "prefer-robust-stmts",
    "prefer-text-field", "prefer-timestamp-tz", "renaming-column", "renaming-table",
    "require-concurrent-index-creation", "require-concurrent-index-deletion", "require-lock-timeout",
    "require-statement-timeout", "require-timeout-settings", "syntax-error", "transaction-nesting",
)  # fmt: skip


def misspelt(code: str) -> str | None:
    """What a code that no rule has may have meant, "" where nothing is near; None for the start of a code of some rule.

    Raises:
        ToolError: squawk would have to be asked, and is not installed.
    """
    if any(known.startswith(code) for known in _known()):
        return None
    if _squawk_has(code) if code.startswith(_SQUAWK) else _sqlfluff_has(code):
        return None
    return next(iter(difflib.get_close_matches(code, _known(), 1, 0.5)), "")


def _known() -> Iterable[str]:
    ours = [*(rule.code for rule in all_rules()), *(notice.code for notice in NOTICES)]
    fluff = [f"{group}{number:02}" for group, count in _SQLFLUFF.items() for number in range(1, count + 1)]
    return [*ours, *fluff, "LXR", *(_SQUAWK + name for name in _SQUAWK_RULES)]


def _squawk_has(code: str) -> bool:
    command = [find_squawk(), "--exclude", code.removeprefix(_SQUAWK), "--reporter", "json"]
    return subprocess.run(command, input=b"", capture_output=True, check=False).returncode in {0, 1}


def _sqlfluff_has(code: str) -> bool:
    from release.lint.sqlfluff.rules import codes

    return any(known.startswith(code) for known in codes())
