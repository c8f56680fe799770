"""What all statements have in common, as the arguments that each class of `release.model.syntax` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from release.model.syntax import Contents, Option


class Common(TypedDict):
    """See `release.model.syntax.Syntax`."""

    node: str
    tag: str
    contents: Contents
    options: tuple[Option, ...]
    if_not_exists: bool
    if_exists: bool
