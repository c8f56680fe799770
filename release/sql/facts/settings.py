"""What a statement changes of the session's settings (manual, SET and RESET)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import TYPE_CHECKING

from release.model.syntax import Select, SetVariable, VariableKind

if TYPE_CHECKING:
    from release.model.syntax import Call, Syntax


@unique
class How(Enum):
    SET = 1
    RESET = 2
    RESET_ALL = 3


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A setting that is another one until the session or the transaction ends.

    Attributes:
        name: lower case, as in pg_settings; "" for RESET ALL.
        text: the statement.
    """

    name: str
    how: How
    text: str


def session_change(syntax: Syntax, text: str) -> SettingChange | None:
    """The change that a statement makes for the session or the transaction (`SET LOCAL`); None of any other statement.

    `SET TRANSACTION` and `SET CONSTRAINTS` are no settings.

    Args:
        text: the statement.
    """
    if not isinstance(syntax, SetVariable):
        return None
    match syntax.kind:
        case VariableKind.SET_VALUE:
            return SettingChange(syntax.name.lower(), How.SET, text)
        case VariableKind.SET_DEFAULT | VariableKind.RESET:
            return SettingChange(syntax.name.lower(), How.RESET, text)
        case VariableKind.RESET_ALL:
            return SettingChange("", How.RESET_ALL, text)
        case _:
            return None


def sets_session(syntax: Syntax) -> bool:
    """Whether it is a SET of the session, which could be one of the transaction (`SET LOCAL`)."""
    resets = (VariableKind.RESET, VariableKind.RESET_ALL)
    return isinstance(syntax, SetVariable) and not syntax.local and syntax.kind not in resets


_LOCKS = frozenset(
    f"pg_{word}advisory_{verb}"
    for word in ("", "try_")
    for verb in ("lock", "lock_shared", "unlock", "unlock_shared", "unlock_all")
)


def is_for_session(syntax: Syntax) -> bool:
    """Whether a statement changes the session alone: `SET`, `RESET`, `set_config()`, an advisory lock."""
    if isinstance(syntax, Select) and syntax.only_calls is not None:
        return all(_is_session_call(call) for call in syntax.only_calls)
    return session_change(syntax, "") is not None


def _is_session_call(call: Call) -> bool:
    if call.name.name == "set_config":
        local = call.arguments[2].constant if len(call.arguments) == 3 else None
        return len(call.arguments) == 3 and not (local and local.text == "true")  # its third: is_local
    return call.name.name in _LOCKS
