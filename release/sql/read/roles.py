"""The roles that a statement names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import postgast

if TYPE_CHECKING:
    from google.protobuf.message import Message


def roles_in(node: Message) -> tuple[str, ...]:
    """Roles that are named anywhere in a statement, sorted; PUBLIC, CURRENT_USER and the like are none."""
    found = {each.rolename for _, each in postgast.walk(node) if type(each).__name__ == "RoleSpec"}
    return tuple(sorted(found - {""}))
