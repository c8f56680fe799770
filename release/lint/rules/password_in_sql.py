"""RL305: a password in a statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator


_LONG = 2000


def _check(case: Case) -> Iterator[Violation]:
    for item in case.items:
        if any(name == "password" and value for name, value in item.definitions.options):
            yield Violation(f"{item.facts.tag} holds a password", item)
        elif any(_is_conninfo(text) for text in item.definitions.texts):
            yield Violation(f"{item.facts.tag} holds a connection string with a password", item)


def _is_conninfo(text: str) -> bool:
    """`host=… password=…` (manual, 34.1.1), a placeholder of format() left aside."""
    words = text.split()
    secrets = [word.partition("=")[2].strip("'") for word in words if word.startswith("password=")]
    return any(secret and not secret.startswith("%") for secret in secrets) and len(text) < _LONG


RULE = Rule(
    "RL305",
    "A password in a statement",
    Severity.ERROR,
    "It stands in the repository, in the script that is mailed around, in the server's log and in the history of psql.",
    "Let the DBA set it with `\\password`, which sends only its hash; change the one that was written down.",
    Example(
        "op.execute(\"ALTER ROLE reader PASSWORD 'secret'\")  # here",
        'op.execute("ALTER ROLE reader PASSWORD NULL")',
    ),
    Example('op.execute("GRANT SELECT ON rooms TO reader")', 'op.execute("REVOKE SELECT ON rooms FROM reader")'),
    _check,
)
