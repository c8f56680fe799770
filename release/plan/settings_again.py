"""Settings of a revision that are made again where a commit of ours parts its transaction.

Online one transaction has them all; and a script that goes on in another session skips the segment that has made them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from release.model.syntax import Select, SetVariable
from release.sql.facts.settings import session_change

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from release.model import Statement
    from release.model.syntax import Syntax
    from release.plan.ledger import LedgerStep

_ROLE = "role"


def settings_again(
    steps: Sequence[LedgerStep], cuts: Iterable[int], commits: Container[int]
) -> tuple[dict[int, tuple[Statement, ...]], frozenset[int]]:
    """By the index of a segment's first statement: the settings that it starts with; and before which a role is left.

    Args:
        cuts: indexes of first statements.
        commits: those before which the author commits: there a `SET LOCAL` ends.
    """
    borders = {*cuts}
    found: dict[int, tuple[Statement, ...]] = {}
    roles: set[int] = set()
    revision = ""
    made: dict[str, tuple[bool, Statement]] = {}
    for step in steps:
        if step.revision != revision:  # what is left then is kept by its author's wish
            revision, made = step.revision, {name: each for name, each in made.items() if not each[0]}
        if step.index in borders:
            if _ROLE in made:
                roles.add(step.index)
            if step.index in commits:
                made = {name: each for name, each in made.items() if not each[0]}
            if made:
                found[step.index] = tuple(each for _, each in made.values())
        for name, local in _settings(step.statement.syntax):
            again = replace(step.statement, comment=f"-- again, as line {step.statement.source.line} sets it")
            made.pop(name, None)
            if not step.statement.ours:
                made[name] = (local, again)
    return found, frozenset(roles)


def _settings(syntax: Syntax) -> Iterable[tuple[str, bool]]:
    """Names of the settings that a statement makes, and whether they end with the transaction.

    Of RESET ALL nothing is left by then (`release.plan.session_settings`).
    """
    change = session_change(syntax, "")
    if isinstance(syntax, SetVariable) and change:
        yield change.name, syntax.local
    if isinstance(syntax, Select) and syntax.only_calls:
        for call in syntax.only_calls:
            if call.name.name == "set_config" and len(call.arguments) == 3:
                constant = call.arguments[2].constant
                yield call.arguments[0].string, constant is not None and constant.text == "true"
