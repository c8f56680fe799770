"""Catalog snapshots: every object of a database as a line of text, their fingerprint, and what differs between two."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import psycopg

QUERY = Path(__file__).with_name("catalog.sql")
OWNERSHIP = frozenset({"owner", "grant", "revoke", "default privileges"})
NOT_RESTORED = OWNERSHIP | {"setting"}  # what a restored `pg_dump --no-owner` lacks: settings come with --create alone
_ORDER = "column order"
_PARTS = frozenset({"column", "attribute", "owner", "grant", "revoke"})


@dataclass(frozen=True, slots=True, order=True)
class CatalogLine:
    """What the catalog says of one thing.

    Attributes:
        kind: "table", "column", "index", "comment", …
        object: the schema-qualified object that it is or belongs to, quoted where needed, e.g. "public.rooms".
        part: which part of the object, e.g. a column's or an index' name; "" for the object itself.
        definition: on one line; tab, newline and backslash are escaped.
    """

    kind: str
    object: str
    part: str
    definition: str

    def __str__(self) -> str:
        part = f" {self.part}" if self.part else ""
        definition = f": {self.definition}" if self.definition else ""
        return f"{self.kind} {self.object}{part}{definition}"

    @property
    def text(self) -> str:
        """The line as catalog.sql prints it."""
        return "\t".join((self.kind, self.object, self.part, self.definition))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The lines of a database, sorted as catalog.sql gives them."""

    lines: tuple[CatalogLine, ...]

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the lines, as `psql -X -At -f catalog.sql | sha256sum` gives it."""
        return hashlib.sha256("".join(f"{line.text}\n" for line in self.lines).encode()).hexdigest()

    def without(self, objects: Iterable[str] = (), kinds: Iterable[str] = ()) -> Snapshot:
        """The snapshot without what belongs to some objects (quoted as in the catalog), and without some kinds."""
        left_out, not_asked = self._with_sequences(objects), frozenset(kinds)
        return Snapshot(
            tuple(line for line in self.lines if line.object not in left_out and line.kind not in not_asked)
        )

    def only(self, objects: Iterable[str]) -> Snapshot:
        """What belongs to some objects."""
        wanted = self._with_sequences(objects)
        return Snapshot(tuple(line for line in self.lines if line.object in wanted))

    def _with_sequences(self, objects: Iterable[str]) -> frozenset[str]:
        """Objects, and the sequences that their columns own: a sequence's owner and grants have lines of their own."""
        named = frozenset(objects)
        return named | {line.part for line in self.lines if line.kind == "sequence" and line.object in named}


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a snapshot differs from the one that was expected.

    Attributes:
        missing, extra: lines that only the expected one, only the found one has.
        changed: pairs (expected, found) with another definition.
        reordered: pairs of "column order" lines that name the same columns in another order.
    """

    missing: tuple[CatalogLine, ...] = ()
    extra: tuple[CatalogLine, ...] = ()
    changed: tuple[tuple[CatalogLine, CatalogLine], ...] = ()
    reordered: tuple[tuple[CatalogLine, CatalogLine], ...] = ()

    @property
    def same(self) -> bool:
        """Nothing differs, the order of columns apart."""
        return not (self.missing or self.extra or self.changed)

    @property
    def objects(self) -> tuple[str, ...]:
        """Objects that differ, sorted."""
        found = [*self.missing, *self.extra, *(line for pair in self.changed for line in pair)]
        return tuple(sorted({line.object for line in found}))

    def describe(self) -> tuple[str, ...]:
        """One sentence for each difference; the order of columns, and what is part of a missing table, go unsaid."""
        return (
            *(f"missing: {line}" for line in _telling(self.missing)),
            *(f"not expected: {line}" for line in _telling(self.extra)),
            *(f"changed: {old}, now {new.definition or 'nothing'}" for old, new in self.changed),
        )


def take_snapshot(connection: psycopg.Connection) -> Snapshot:
    """Read the catalog of the database that a connection is on (an autocommitting one keeps its settings)."""
    with connection.transaction():
        connection.execute("SET LOCAL jit = off")  # compiling the query takes longer than running it
        connection.execute("SET LOCAL search_path = pg_catalog, pg_temp")  # before the query's names are looked up
        rows = connection.execute(QUERY.read_bytes()).fetchall()
    return Snapshot(tuple(parse_line(row[0]) for row in rows))


def parse_line(text: str) -> CatalogLine:
    """Take apart a line that catalog.sql printed."""
    kind, thing, part, definition = text.split("\t")
    return CatalogLine(kind, thing, part, definition)


def compare(expected: Snapshot, found: Snapshot) -> Comparison:
    """Say how a snapshot differs from the one that was expected.

    Where columns come or go, their own lines say so and the line of their order is passed over.
    """
    old, new = set(expected.lines), set(found.lines)
    gone = {_key(line): line for line in old - new}
    come = {_key(line): line for line in new - old}
    pairs = [(gone[key], come[key]) for key in sorted(gone.keys() & come.keys())]
    orders = [pair for pair in pairs if pair[0].kind == _ORDER]
    return Comparison(
        tuple(gone[key] for key in sorted(gone.keys() - come.keys()) if key[0] != _ORDER),
        tuple(come[key] for key in sorted(come.keys() - gone.keys()) if key[0] != _ORDER),
        tuple(pair for pair in pairs if pair[0].kind != _ORDER),
        tuple(pair for pair in orders if _columns(expected, pair[0]) == _columns(found, pair[1])),
    )


def _telling(lines: tuple[CatalogLine, ...]) -> list[CatalogLine]:
    """Without what comes and goes with an object that has a line of its own among them."""
    whole = {line.object for line in lines if not line.part and line.kind not in _PARTS}
    return [line for line in lines if not (line.kind in _PARTS and line.object in whole)]


def _key(line: CatalogLine) -> tuple[str, str, str]:
    return line.kind, line.object, line.part


def _columns(snapshot: Snapshot, order: CatalogLine) -> set[str]:
    kinds = {"column", "attribute"}
    return {line.part for line in snapshot.lines if line.object == order.object and line.kind in kinds}
