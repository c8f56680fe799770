"""Fill tables with plausible rows: every type, foreign keys, uniques, checks, enums, geometry; the same for a seed.

Rows are made by the server, one INSERT … SELECT per table. Several candidates are made for a row, and the first that
the table's checks accept is taken; what a unique constraint refuses is passed over.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from release.rehearse.rows.shape import (
    Exclusion,
    FilledColumn,
    Key,
    Shape,
    leaves_of,
    read_shapes,
    with_check,
    with_rules_of,
)
from release.rehearse.rows.values import make_value, offer, raw

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_ATTEMPTS = 24
_LAST, _LAST_ATTEMPTS = 1000, 250  # for as many rows of a table that has fewer than were asked for


@dataclass(frozen=True, slots=True)
class Filled:
    """Rows that a table was given, and why there are fewer than were asked for ("" when there are not)."""

    table: str
    rows: int
    reason: str = ""


def fill_tables(
    connection: psycopg.Connection,
    rows: int,
    *,
    seed: int = 1,
    without: Iterable[str] = (),
    rules: psycopg.Connection | None = None,
    checks: Mapping[str, Sequence[str]] | None = None,
) -> tuple[Filled, ...]:
    """Give every table that is no extension's as many rows as are asked for, parents first.

    Args:
        connection: autocommitting.
        without: tables to pass over, quoted as in the catalog.
        rules: another database whose constraints the rows must fulfil as well, in tables and columns of the same name.
        checks: by table, more expressions that must not be false of a row.
    """
    left_out = frozenset(without)
    shapes = {shape.name: shape for shape in read_shapes(connection) if shape.name not in left_out}
    if rules is not None:
        asked = {shape.name: shape for shape in read_shapes(rules, leaves_of(connection))}
        shapes = {
            name: with_rules_of(shape, asked[name], shapes) if name in asked else shape
            for name, shape in shapes.items()
        }
    for name, more in (checks or {}).items():
        for check in more if name in shapes else ():
            shapes[name] = with_check(shapes[name], check)
    filled: dict[str, int] = {}
    report = []
    for shape in _in_order(shapes):
        done = _fill(connection, shape, rows, filled, seed)
        filled[shape.name] = done.rows
        report.append(done)
    return tuple(report)


def _in_order(shapes: Mapping[str, Shape]) -> Sequence[Shape]:
    """Tables after those that their foreign keys name; where keys go in a circle, those that may be NULL are broken."""
    ordered: dict[str, Shape] = {}
    waiting = dict(shapes)
    while waiting:

        def needs(shape: Shape, *, all_keys: bool) -> bool:
            return any(
                key.parent in waiting and key.parent != shape.name and (all_keys or shape.requires(key))
                for key in shape.parents
            )

        ready = (
            [shape for shape in waiting.values() if not needs(shape, all_keys=True)]
            or [shape for shape in waiting.values() if not needs(shape, all_keys=False)][:1]
            or list(waiting.values())[:1]
        )
        for shape in ready:
            ordered[shape.name] = waiting.pop(shape.name)
    return tuple(ordered.values())


def _fill(connection: psycopg.Connection, shape: Shape, rows: int, filled: Mapping[str, int], seed: int) -> Filled:
    lacking = [
        key.parent
        for key in shape.parents
        if shape.requires(key) and not filled.get(key.parent) and not _names_own_row(shape, key)
    ]
    if lacking:
        return Filled(shape.name, 0, f"needs rows of {', '.join(lacking)}")
    done = 0
    for first, most, attempts in ((1, rows, _ATTEMPTS), (rows + 1, _LAST, _LAST_ATTEMPTS)):
        wanted = range(first, first + min(rows - done, most))
        try:
            done += connection.execute(_insert(shape, wanted, filled, seed, attempts)).rowcount
            for each in shape.exclusions:
                done -= connection.execute(_delete_excluded(shape, each)).rowcount
        except psycopg.Error as error:
            return Filled(shape.name, done, str(error).splitlines()[0])
        if done == rows or not shape.checks:
            break
    return Filled(shape.name, done, "" if done == rows else "its constraints leave no room for more")


def _names_own_row(shape: Shape, key: Key) -> bool:
    """True where a table names itself, and a row can name itself: its key is no number that the server gives."""
    automatic = {column.name for column in shape.columns if column.automatic}
    return key.parent == shape.name and not automatic & set(key.theirs)


def _insert(shape: Shape, rows: range, filled: Mapping[str, int], seed: int, attempts: int) -> Composed:
    keys = [key for key in shape.parents if filled.get(key.parent) and key.parent != shape.name]
    by_column: dict[str, tuple[int, str]] = {}
    for number, key in enumerate(keys):
        for own, theirs in zip(key.columns, key.theirs, strict=True):
            by_column.setdefault(own, (number, theirs))
    free = [column for column in shape.columns if not column.automatic]
    self_named = {name for key in shape.parents if key not in keys for name in key.columns}
    values = [_value(shape, column, by_column, self_named, seed) for column in free]
    names = [Identifier(column.name) for column in free]
    accepted = SQL(" AND ").join(
        [SQL("({}) IS NOT FALSE").format(raw(check)) for check in shape.checks] or [Composed([SQL("true")])]
    )
    # checks name the table's columns, and so do the candidates; columns that have no candidate are NULL there
    absent = [SQL("NULL::{} AS {}").format(raw(c.type), Identifier(c.name)) for c in shape.columns if c.automatic]
    candidates = SQL("SELECT i AS release_i, k AS release_k{} FROM generate_series({}, {}) AS i{}{}").format(
        SQL("").join(
            [
                *(SQL(", {} AS {}").format(value, name) for value, name in zip(values, names, strict=True)),
                *(SQL(", {}").format(each) for each in absent),
            ]
        ),
        Literal(rows.start),
        Literal(rows.stop - 1),
        SQL(" CROSS JOIN generate_series(0, {}) AS k").format(Literal(attempts if shape.checks else 0)),
        SQL("").join(_join(shape, keys, number, filled) for number in range(len(keys))),
    )
    columns = SQL(", ").join(names)
    if not names:
        return SQL("INSERT INTO {} SELECT FROM generate_series(1, {})").format(shape.identifier, Literal(len(rows)))
    chosen: Composable = SQL(
        "(SELECT DISTINCT ON (release_i) * FROM ({candidates}) AS candidate WHERE {accepted}"
        " ORDER BY release_i, release_k) AS chosen"
    ).format(candidates=candidates, accepted=accepted)
    conflict = SQL(" ON CONFLICT DO NOTHING")
    if shape.deferrable:
        chosen, conflict = _without_repetition(shape, chosen), SQL("")
    return SQL("INSERT INTO {table} ({columns}) SELECT {columns} FROM {chosen} ORDER BY release_i{conflict}").format(
        table=shape.identifier, columns=columns, chosen=chosen, conflict=conflict
    )


def _delete_excluded(shape: Shape, exclusion: Exclusion) -> Composed:
    """Delete every row that an exclusion constraint refuses beside one before it."""
    values = SQL(", ").join(
        SQL("{} AS {}").format(raw(expression), Identifier(f"release_e{number}"))
        for number, expression in enumerate(exclusion.expressions)
    )
    rows = SQL("(SELECT tableoid AS release_t, ctid AS release_c, {} FROM {} WHERE {})").format(
        values, shape.identifier, raw(exclusion.where)
    )
    alike = SQL(" AND ").join(
        SQL("one.{value} {operator} two.{value}").format(value=Identifier(f"release_e{number}"), operator=raw(operator))
        for number, operator in enumerate(exclusion.operators)
    )
    return SQL(
        "DELETE FROM {table} WHERE (tableoid, ctid) IN (SELECT two.release_t, two.release_c FROM {rows} AS one"
        " INNER JOIN {rows} AS two ON (one.release_t, one.release_c) < (two.release_t, two.release_c) AND {alike})"
    ).format(table=shape.identifier, rows=rows, alike=alike)


def _without_repetition(shape: Shape, chosen: Composable) -> Composed:
    """Let no key through twice, for a table whose INSERT cannot be told to pass over what a deferrable one refuses."""
    known = {column.name for column in shape.columns if not column.automatic}
    keys = [SQL(", ").join(map(Identifier, key)) for key in dict.fromkeys(shape.uniques) if key and set(key) <= known]
    count = SQL(
        ", CASE WHEN num_nulls({key}) > 0 THEN 1"
        " ELSE row_number() OVER (PARTITION BY {key} ORDER BY release_i) END AS {n}"
    )
    counts = [count.format(key=key, n=Identifier(f"release_n{number}")) for number, key in enumerate(keys)]
    first = [SQL("{} = 1").format(Identifier(f"release_n{number}")) for number in range(len(keys))]
    return SQL("(SELECT *{counts} FROM {chosen}) AS counted WHERE {first}").format(
        counts=SQL("").join(counts), chosen=chosen, first=SQL(" AND ").join([SQL("true"), *first])
    )


def _value(
    shape: Shape,
    column: FilledColumn,
    by_column: Mapping[str, tuple[int, str]],
    self_named: set[str],
    seed: int,
) -> Composable:
    h = _hash(f"{seed} {shape.name} {column.name}")
    whole = not column.nullable or any(column.name in unique for unique in shape.uniques)
    if column.name in by_column:
        number, theirs = by_column[column.name]
        value: Composable = SQL("{}.{}").format(Identifier(f"release_p{number}"), Identifier(theirs))
        # the columns of a key are NULL together
        return value if whole else _sometimes_null(value, _hash(f"{seed} {shape.name} key {number}"))
    if column.name in self_named and column.nullable:
        return SQL("NULL::{}").format(raw(column.type))
    if own := next((key for key in shape.parents if column.name in key.columns and _names_own_row(shape, key)), None):
        named = own.theirs[own.columns.index(column.name)]
        other = next(each for each in shape.columns if each.name == named)
        if named != column.name:
            return _value(shape, other, by_column, self_named, seed)
    unique = any(column.name == _telling(shape, each, by_column) for each in shape.uniques)
    value = make_value(column, h, unique=unique)
    offers = () if unique else offer(column, shape.constants.get(column.name, ()))
    if offers:
        value = SQL(
            "CASE WHEN k = 0 OR {h} / 7 % {n} = 0 THEN {value} ELSE (ARRAY[{offers}])[{h} / 7 % {n}] END"
        ).format(h=h, n=Literal(len(offers) + 1), value=value, offers=SQL(", ").join(offers))
    return value if whole else _sometimes_null(value, h)


def _hash(salt: str) -> Composable:
    """A number that depends on the row, the attempt and a salt."""
    return SQL("(hashtextextended(i::text || ' ' || k::text, {}) & 9223372036854775807)").format(
        Literal(zlib.crc32(salt.encode()))
    )


def _telling(shape: Shape, unique: Sequence[str], by_column: Mapping[str, object]) -> str | None:
    """The column of a unique key that is another for each row: one that no check restricts, where there is one."""
    free = [name for name in unique if name not in by_column]
    return next((name for name in free if name not in shape.constants), free[0] if free else None)


def _sometimes_null(value: Composable, h: Composable) -> Composable:
    return SQL("CASE WHEN {h} / 11 % 8 <> 0 THEN {value} END").format(h=h, value=value)


def _join(shape: Shape, keys: Sequence[Key], number: int, filled: Mapping[str, int]) -> Composable:
    """Join the parent's row of this row; where only parents make a key unique, every combination in turn."""
    key, stride = keys[number], 1
    for unique in shape.uniques:
        if all(any(name in each.columns for each in keys) for name in unique) and set(unique) & set(key.columns):
            for earlier in keys[:number]:
                if set(unique) & set(earlier.columns):
                    stride *= max(filled[earlier.parent], 1)
    theirs = SQL(", ").join(Identifier(name) for name in key.theirs)
    return SQL(
        " INNER JOIN (SELECT {theirs}, row_number() OVER (ORDER BY {theirs}) - 1 AS release_n FROM {parent}"
        " WHERE ({theirs}) IS NOT NULL) AS {alias} ON {alias}.release_n = (i - 1) / {stride} % {count}"
    ).format(
        theirs=theirs,
        parent=key.identifier,
        alias=Identifier(f"release_p{number}"),
        stride=Literal(stride),
        count=Literal(filled[key.parent]),
    )
