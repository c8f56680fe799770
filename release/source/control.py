"""An author's own transaction control, and what would take the script's own state away.

Online a migration shares its session and its transaction with Alembic alone. In a script they are the script's: its
progress, its lock against a second release and its settings hang on them. What can be planned is planned
(`release/plan/transactions.py`); the rest is refused where it is emitted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model.syntax import (
    DiscardKind,
    DiscardState,
    SetVariable,
    TransactionControl,
    TransactionKind,
    VariableKind,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from release.model.syntax import Syntax
    from release.source.recorder import Recorder

# A text that has none of these words, in whatever case, has nothing of the kind.
_WORDS = (
    *("begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release", "prepare", "transaction"),
    *("authorization", "discard", "deallocate", "unlock_all"),
)
_MODES = frozenset({"transaction_isolation", "transaction_read_only", "transaction_deferrable"})
_SAVEPOINTS = "let SQLAlchemy do it: `with op.get_bind().begin_nested():`, of which a block that fails leaves nothing"
_LEVEL = "take it out: scripts run READ COMMITTED, as Alembic does; for one statement, LOCK TABLE does what it needs"
_PREPARED = "take it out; finish prepared transactions before the release"
_STATE = "it takes away what the script itself keeps in its session"


def may_control(text: str) -> bool:
    """Whether the statements of a text have to be looked at."""
    lower = text.lower()
    return any(word in lower for word in _WORDS)


def take_control(recorder: Recorder, statements: Iterable[Syntax]) -> None:
    """Note what the plan makes of transaction control.

    Raises:
        MigrationError: a script cannot do it.
    """
    for syntax in statements:
        refusal = _refusal(syntax, in_env=not recorder.step)
        if refusal:
            raise recorder.refuse(*refusal)
        if isinstance(syntax, TransactionControl):
            recorder.note(
                f"{syntax.tag} is not in the script, which has transactions of its own: {_MEANING[syntax.kind]}"
            )


_NO_MORE = "it changes nothing that outlives it"
_MEANING = {
    TransactionKind.BEGIN: "where none was begun, what follows shares one, up to its COMMIT",
    TransactionKind.START: "where none was begun, what follows shares one, up to its COMMIT",
    TransactionKind.COMMIT: "a segment ends there",
    TransactionKind.SAVEPOINT: _NO_MORE,
    TransactionKind.RELEASE: _NO_MORE,
}


def _refusal(syntax: Syntax, *, in_env: bool) -> tuple[str, str] | None:
    """Message and hint; None where the plan can follow the statement."""
    match syntax:
        case TransactionControl():
            return _transaction_refusal(syntax, in_env=in_env)
        case SetVariable(name=name, kind=kind):
            if kind is VariableKind.SET_MULTI or name.lower() in _MODES:
                return f"{syntax.tag} gives the transaction, which is the script's, another isolation or mode", _LEVEL
            if name.lower() == "session_authorization":
                hint = "write SET ROLE, which is given back where the revision ends, or `role` under [tool.release]"
                return f"{syntax.tag} SESSION AUTHORIZATION makes the rest of the script another login's", hint
        case DiscardState(kind=DiscardKind.ALL):
            return f"DISCARD ALL: {_STATE} (progress, locks, settings)", "name what is to go: DISCARD TEMP, RESET …"
        case _ if syntax.tag == "DEALLOCATE ALL":
            return f"DEALLOCATE ALL: {_STATE}", "name the statement: DEALLOCATE …"
        case _ if any(call.name.name == "pg_advisory_unlock_all" for call in syntax.contents.calls):
            return f"pg_advisory_unlock_all(): {_STATE} (its lock against a second release)", (
                "name the lock: pg_advisory_unlock(…)"
            )
    return None


def _transaction_refusal(syntax: TransactionControl, *, in_env: bool) -> tuple[str, str] | None:
    kind = syntax.kind
    if kind not in _MEANING:
        undoes = "takes back statements, of which a script may have committed some"
        prepares = "leaves or ends a prepared transaction, which is none of the script's"
        back = kind in (TransactionKind.ROLLBACK, TransactionKind.ROLLBACK_TO)
        return f"{syntax.tag} {undoes if back else prepares}", _SAVEPOINTS if back else _PREPARED
    if in_env:
        return f"env.py executes {syntax.tag}: where a script commits is for the plan to decide", (
            "take it out; transaction_per_migration=True gives each revision a transaction of its own"
        )
    if syntax.options:
        return f"{syntax.tag} gives the transaction, which is the script's, another isolation or mode", _LEVEL
    return None
