"""What a rule is: data, an example of each kind, and one check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from release.lint.subject import Case, Item, Text
from release.model import Direction, Name, Severity, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Case", "Direction", "Example", "Item", "Name", "Rule", "Severity", "Source", "Text", "Violation"]


@dataclass(frozen=True, slots=True)
class Violation:
    """Where a rule fired, and what it has to say there: on a statement, on a line of a file, or on both."""

    message: str
    item: Item | None = None
    source: Source | None = None
    line: int = 0
    """Line of a script that is linted by itself."""
    severity: Severity | None = None
    """Another one than the rule's."""


@dataclass(frozen=True, slots=True)
class Example:
    """A miniature migration, or with `script` an SQL file by itself.

    In a bad example the comment `# here`, in a script `-- here`, ends each line that a finding must name; `here` says
    it of lines that the example does not hold. A good example has neither.

    Attributes:
        upgrade, downgrade: bodies of the functions.
        head: module-level lines.
        before: body of the upgrade of an earlier revision, of a release before this one.
        ini: lines of alembic.ini below [alembic].
        message: the revision's message.
        here: marks the line of that message ("message"), or the one that begins the downgrade ("downgrade").
    """

    upgrade: str = "pass"
    downgrade: str = "pass"
    head: str = ""
    before: str = ""
    ini: str = ""
    message: str = "keep rooms tidy"
    script: str = ""
    here: Literal["", "message", "downgrade"] = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule.

    Attributes:
        code: stable, never used again for another rule.
        title: what it finds, as the heading of the catalogue.
        why: what happens otherwise.
        fix: what to do instead; code in it is indented by four columns.
        bad, good: executed as tests, and shown in the catalogue.
        check: gives what it finds in a case.
    """

    code: str
    title: str
    severity: Severity
    why: str
    fix: str
    bad: Example
    good: Example
    check: Callable[[Case], Iterator[Violation]]
