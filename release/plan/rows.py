"""What a script's fixed text is told about its release: rows of a table that a DBA reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from release.model import Name


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a release's data.

    Attributes:
        kind: what the row says; which of the other columns are filled depends on it.
        subject: what to_regclass, to_regtype or the like finds; a text stands as it is.
        name: of something within the subject, or of what is looked for by its bare name.
        segment: the last one that needs it, or the one that does it; 0 where no segment matters.
        detail: what else there is to say, in values that JSON can spell.
    """

    kind: str
    subject: Name | str = ""
    name: Name | str = ""
    segment: int = 0
    detail: Mapping[str, object] | None = None
