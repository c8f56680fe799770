"""Which rules squawk has. It says whether it knows a name, and has neither a list to give nor names that start so."""

from __future__ import annotations

import subprocess

from release.lint.squawk import SYNTAX, find_squawk

# Every name that squawk 2.30 to 2.70 was seen to know: what to ask it about.
NAMES = (
    "adding-field-with-default", "adding-foreign-key-constraint", "adding-not-nullable-field",
    "adding-required-field", "adding-serial-primary-key-field", "ban-add-column",
    "ban-add-composite-attribute", "ban-add-enum-value", "ban-alter-database-options",
    "ban-alter-domain-with-add-constraint", "ban-alter-extension", "ban-alter-function-options",
    "ban-alter-generated-expression", "ban-alter-identity", "ban-alter-policy-condition",
    "ban-alter-policy-roles", "ban-alter-role-options", "ban-alter-row-level-security",
    "ban-alter-sequence-values", "ban-alter-system-options", "ban-alter-view-options", "ban-char-field",
    "ban-concurrent-index-creation-in-transaction", "ban-create-domain-with-constraint",
    "ban-create-policy", "ban-detach-inheritance", "ban-disable-trigger", "ban-drop-column",
    "ban-drop-constraint", "ban-drop-database", "ban-drop-domain", "ban-drop-extension",
    "ban-drop-function", "ban-drop-generated-expression", "ban-drop-index", "ban-drop-not-null",
    "ban-drop-policy", "ban-drop-schema", "ban-drop-sequence", "ban-drop-table", "ban-drop-type",
    "ban-drop-view", "ban-new-write-restriction", "ban-replace-view-function", "ban-replica-identity",
    "ban-revoke", "ban-set-default", "ban-set-schema", "ban-truncate-cascade",
    "ban-uncommitted-transaction", "changing-column-type", "constraint-missing-not-valid",
    "disallowed-unique-constraint", "identifier-too-long", "prefer-bigint-over-int",
    "prefer-bigint-over-smallint", "prefer-identity", "prefer-repack", "prefer-robust-stmts",
    "prefer-text-field", "prefer-timestamp-tz", "renaming-column", "renaming-object", "renaming-table",
    "require-concurrent-index-creation", "require-concurrent-index-deletion",
    "require-concurrent-partition-detach", "require-concurrent-reindex", "require-enum-value-ordering",
    "require-lock-timeout", "require-statement-timeout", "require-table-schema", "require-timeout-settings",
    "transaction-nesting",
)  # fmt: skip


def has_rule(start: str) -> bool:
    """Whether some code of the installed squawk starts so.

    Raises:
        ToolError: squawk is not installed.
    """
    if SYNTAX.startswith(start):  # no rule that could be left out, and a finding all the same
        return True
    program = find_squawk()
    return any(knows(program, name) for name in (*(name for name in NAMES if name.startswith(start)), start))


def knows(program: str, name: str) -> bool:
    """Whether a squawk has a rule of this name."""
    command = [program, "--exclude", name, "--reporter", "json"]
    return subprocess.run(command, input=b"", capture_output=True, check=False).returncode in {0, 1}
