"""Which statements share a transaction online: Alembic's own transactions, autocommit blocks, an author's own COMMIT.

An author's `BEGIN`, `COMMIT`, `SAVEPOINT` and `RELEASE` are no statements of a script, which has transactions of its
own: they are left out, and where the transaction ended is kept in the numbers of the statements. What cannot be told so
is refused when it is emitted (`release/source/control.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from release.model.syntax import SetVariable, TransactionControl, TransactionKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from release.model import Statement

# After a COMMIT that was executed as text these drivers believe that their transaction goes on, and begin none: each
# statement commits by itself. psycopg and pg8000 ask the server, and begin another.
_BEGIN_NONE = frozenset({"psycopg2", "asyncpg"})
_BEGINS = frozenset({TransactionKind.BEGIN, TransactionKind.START})


def number_transactions(
    works: Iterable[Sequence[Sequence[Statement]]], *, per_revision: bool, driver: str
) -> tuple[tuple[Statement, ...], ...]:
    """The statements of each revision, numbered by the transaction that they run in online.

    Args:
        works: of each revision, in the order they run, the texts that it executes, each as its statements.
        per_revision: Alembic gives each revision a transaction of its own.
        driver: of the project's URL, as SQLAlchemy names it.
    """
    walk = _Walk(driver)
    numbered: list[tuple[Statement, ...]] = []
    for texts in works:
        if per_revision and numbered:
            walk.commit()
        walk.left_open = False
        numbered.append(tuple(statement for text in texts for statement in walk.take(text)))
    return tuple(numbered)


@dataclass(slots=True)
class _Walk:
    """Where the session stands.

    Attributes:
        number: of the transaction that the next statement runs in.
        last: of the one that the last statement ran in.
        begun: the author began one, outside those of Alembic.
        left_open: the author ended Alembic's, and the driver begins no other.
    """

    driver: str
    number: int = 0
    last: int = 0
    begun: bool = False
    left_open: bool = False

    def commit(self) -> None:
        self.number += 1
        self.begun = False

    def take(self, text: Sequence[Statement]) -> Iterator[Statement]:
        """The statements of one text; outside a transaction they share one of their own (manual, 55.2.2.1)."""
        alone = sum(not isinstance(each.syntax, TransactionControl) for each in text) == 1
        if text and self._is_outside(text[0]):
            self.number += 1
        for statement in text:
            outside = self._is_outside(statement)
            if isinstance(statement.syntax, TransactionControl):
                self._control(statement, statement.syntax, outside=outside)
            elif (
                outside and isinstance(statement.syntax, SetVariable) and not statement.syntax.local
            ):  # it does not matter in which transaction
                yield replace(statement, transaction=self.last, autocommit=False)
            else:
                self.last = self.number
                yield replace(statement, transaction=self.number, autocommit=outside and alone)
        if text and self._is_outside(text[-1]):
            self.number += 1

    def _is_outside(self, statement: Statement) -> bool:
        return not self.begun and (statement.autocommit or self.left_open)

    def _control(self, statement: Statement, syntax: TransactionControl, *, outside: bool) -> None:
        if syntax.kind in _BEGINS and outside:
            self.number += 1
            self.begun = True
        elif syntax.kind is TransactionKind.COMMIT:
            self.commit()
            self.begun = syntax.chain and (statement.autocommit or self.left_open)
            # of a commit by SQLAlchemy itself the driver knows
            if not (statement.autocommit or syntax.chain):
                self.left_open = self.driver in _BEGIN_NONE and not statement.generated
