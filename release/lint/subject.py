"""What the rules look at: the statements of both directions with what is known of them, and their files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from release.config import OLDEST_SERVER
from release.model import Direction, LockMode
from release.plan.hazards import effects_that_matter
from release.plan.name_resolution import in_schema, qualify
from release.sql.facts.definitions import Definitions, definitions_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.model import Effect, Facts, Loss, Name, Object, Plan, Revision, Script, Source, Statement
    from release.plan.ledger import Ledger
    from release.plan.stretches import Unused


@dataclass(frozen=True, slots=True)
class Item:
    """A statement in its script.

    Attributes:
        effects: what it does to relations that others may be using (`Facts.effects` has all).
        segment: number of its segment, unique within its direction.
        line: 1-based line of the script on which the statement starts.
        schema: in which its unqualified names lie.
    """

    statement: Statement
    definitions: Definitions
    effects: tuple[Effect, ...]
    direction: Direction
    segment: int
    transactional: bool
    file: str
    line: int
    schema: str

    @property
    def facts(self) -> Facts:
        return self.statement.facts

    @property
    def source(self) -> Source:
        return self.statement.source

    @property
    def revision(self) -> str:
        return self.statement.source.revision

    def whole(self, thing: Object) -> Object:
        """The object, qualified as the statement means it."""
        return qualify(thing, self.schema)

    @property
    def exclusive(self) -> tuple[Effect, ...]:
        """Effects under ACCESS EXCLUSIVE on relations that others may be using."""
        return tuple(effect for effect in self.effects if effect.lock is LockMode.ACCESS_EXCLUSIVE)

    @property
    def stopping_writes(self) -> tuple[Effect, ...]:
        """Effects under a lock that stops writers, and lets readers go on."""
        return tuple(each for each in self.effects if LockMode.SHARE <= each.lock < LockMode.ACCESS_EXCLUSIVE)


@dataclass(frozen=True, slots=True)
class Text:
    """A file that a release comes from: a migration, or with revision "" alembic.ini or env.py."""

    revision: str
    file: str
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that the rules may ask about.

    Attributes:
        rollback: empty for a file that is linted by itself.
        scripts: as rendered, or as read.
        whole: a release with both directions, not a file by itself.
        texts: the migrations of the release, alembic.ini and env.py.
        earlier: the migrations before it.
        declared: losses that the authors declared.
        schema: schema of unqualified names.
        ledgers: of the upgrade, and of the rollback of a release.
        stretches: of a release: ledgers of what each stretch of the way back undoes, and of what undoes it.
        taken_back: the revisions that the rollback undoes.
        unused: downgrades of irreversible revisions.
        server: oldest PostgreSQL major version that the scripts must suit.
        promised: the project names it, so that others count on it.
    """

    upgrade: tuple[Item, ...]
    rollback: tuple[Item, ...]
    scripts: tuple[Script, ...]
    schema: str
    ledgers: tuple[Ledger, ...]
    whole: bool = True
    revisions: tuple[Revision, ...] = ()
    losses: tuple[Loss, ...] = ()
    texts: tuple[Text, ...] = ()
    earlier: tuple[Text, ...] = field(default=())
    stretches: tuple[tuple[Ledger, Ledger], ...] = ()
    taken_back: frozenset[str] = frozenset()
    unused: tuple[Unused, ...] = ()
    server: int = OLDEST_SERVER
    promised: bool = False

    @property
    def items(self) -> tuple[Item, ...]:
        return (*self.upgrade, *self.rollback)

    def at(self, name: Name) -> Name:
        """The name, qualified as the script will resolve it."""
        return in_schema(name, self.schema)

    def segments(self) -> Iterator[tuple[Item, ...]]:
        """The items of each transaction, in order."""
        for items in (self.upgrade, self.rollback):
            for number in dict.fromkeys(item.segment for item in items):
                yield tuple(item for item in items if item.segment == number)


def items_of(plan: Plan, script: Script, ledger: Ledger) -> tuple[Item, ...]:
    """The statements of a plan, each with its place in the script that was rendered from it."""
    effects = effects_that_matter(ledger)
    places = _places(script)[len(plan.opening) :]
    found: list[Item] = []
    for segment in plan.segments:
        for statement in segment.statements:
            at = len(found)
            found.append(
                Item(
                    statement,
                    definitions_of(statement.syntax),
                    effects[at],
                    plan.direction,
                    segment.number,
                    segment.transactional,
                    script.name,
                    places[at] + (statement.comment.count("\n") + 1 if statement.comment else 0),
                    statement.schema or ledger.schema,
                )
            )
    return tuple(found)


def _places(script: Script) -> list[int]:
    """Line of each author's statement, comments before it included, in order."""
    places: list[int] = []
    line = 1
    for part in script.parts:
        if part.source is not None:
            places.append(line)
        line += part.text.count("\n")
    return places
