"""Parts of statements that define things: columns, constraints, index keys, options, and what ALTER TABLE does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from release.model.facts import Name
    from release.model.syntax.enums import ActionKind, ConstraintKind, ParameterMode
    from release.model.syntax.expression import Expression, TypeName


@dataclass(frozen=True, slots=True)
class Option:
    """An option in a list, `name = value` or `name value` (DefElem in nodes/parsenodes.h).

    Attributes:
        value: as written, a number as text, "*" for a star; None where the option has no value.
        string: the value stands in quotes, or is a keyword that the grammar takes for a string.
        words: of a value that is a list of names.
    """

    name: str
    value: str | None = None
    string: bool = False
    words: tuple[str, ...] = ()

    @property
    def on(self) -> bool:
        """Its boolean value (PostgreSQL's defGetBoolean)."""
        return (
            self.value is None or self.value.lower() in {"true", "on"} or (self.value.isdigit() and int(self.value) > 0)
        )


@dataclass(frozen=True, slots=True)
class IndexKey:
    """A column or expression of an index.

    Attributes:
        name: of the column; "" for an expression.
        ordered: it says ASC, DESC, NULLS FIRST or NULLS LAST.
        called: what the server calls the column of an expression; "" where that depends on its version.
    """

    name: str
    expression: Expression | None = None
    collation: tuple[str, ...] = ()
    opclass: tuple[str, ...] = ()
    ordered: bool = False
    called: str = ""


@dataclass(frozen=True, slots=True)
class ConstraintSpec:
    """A constraint, or what the grammar treats as one: DEFAULT, NOT NULL, GENERATED, DEFERRABLE.

    Attributes:
        name: "" where its author leaves it to the server.
        columns: of a key, or those that a foreign key is on; none where it is written in a column.
        target, target_columns: what a foreign key refers to.
        expression: of DEFAULT, CHECK, GENERATED.
        generated_when: "a" always, "d" by default; generated_kind: "s" stored, "v" virtual.
        exclusions: of EXCLUDE: keys, each with the words of its operator.
        index: that USING INDEX makes its own.
        match: "f" of MATCH FULL; on_update, on_delete: the letters of parsenodes.h (FKCONSTR_ACTION).
        set_columns: of ON DELETE SET NULL (…).
        sequence: that an identity column names.
        method: the access method of EXCLUDE.
    """

    kind: ConstraintKind
    name: str = ""
    columns: tuple[str, ...] = ()
    target: Name | None = None
    target_columns: tuple[str, ...] = ()
    expression: Expression | None = None
    deferrable: bool = False
    deferred: bool = False
    enforced: bool = True
    not_valid: bool = False
    no_inherit: bool = False
    generated_when: str = ""
    generated_kind: str = ""
    nulls_not_distinct: bool = False
    without_overlaps: bool = False
    including: tuple[str, ...] = ()
    exclusions: tuple[tuple[IndexKey, tuple[str, ...]], ...] = ()
    index: str = ""
    where: Expression | None = None
    match: str = ""
    on_update: str = ""
    on_delete: str = ""
    set_columns: tuple[str, ...] = ()
    with_period: bool = False
    sequence: Name | None = None
    method: str = ""

    @property
    def named_columns(self) -> tuple[str, ...]:
        """Columns of its own table that it names, wherever; it goes when one of them goes."""
        found = [*self.columns, *self.including]
        for key, _ in self.exclusions:
            found += [key.name] if key.name else key.expression.columns if key.expression else ()
        for each in (self.expression, self.where):
            found += each.columns if each else ()
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """A column as a statement defines it.

    Attributes:
        type: None where the statement does not say it (a typed table, a partition).
        using: the expression after USING, of ALTER COLUMN … TYPE.
        value, converted: of ALTER COLUMN … TYPE: the values that it converts, and these cast to the new type, both as
            PostgreSQL's deparser writes them.
        uncast: what USING casts to the new type, where such a cast is the whole of it; else "".
    """

    name: str
    type: TypeName | None = None
    constraints: tuple[ConstraintSpec, ...] = ()
    using: Expression | None = None
    value: str = ""
    converted: str = ""
    uncast: str = ""

    def constraint(self, kind: ConstraintKind) -> ConstraintSpec | None:
        """The last of its constraints of a kind."""
        return next((each for each in reversed(self.constraints) if each.kind is kind), None)


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """A parameter of a routine."""

    mode: ParameterMode
    type: TypeName


@dataclass(frozen=True, slots=True)
class AlterAction:
    """One thing that an ALTER TABLE does.

    Attributes:
        name: of the column, constraint, trigger, rule or whatever it is done to; "" where there is none.
        column: that ADD COLUMN, or ALTER COLUMN … TYPE, defines.
        constraint: that it adds, or of an identity.
        expression: of SET DEFAULT, None of DROP DEFAULT.
        relation: a parent (INHERIT) or a partition.
        options: of SET (…) and RESET (…).
        enforceability: an ALTER CONSTRAINT says ENFORCED or NOT ENFORCED.
    """

    kind: ActionKind
    name: str = ""
    column: ColumnSpec | None = None
    constraint: ConstraintSpec | None = None
    expression: Expression | None = None
    relation: Name | None = None
    options: tuple[Option, ...] = ()
    missing_ok: bool = False
    cascade: bool = False
    concurrently: bool = False
    enforceability: bool = False
