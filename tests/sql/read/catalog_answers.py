"""What a server's catalog says of the objects that statements define, by queries of the tests' own."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from release.model import Name
from release.model.syntax import ObjectKind, Target

K = ObjectKind
_RELATIONS = {
    K.TABLE: "rp",
    K.INDEX: "iI",
    K.VIEW: "v",
    K.MATVIEW: "m",
    K.SEQUENCE: "S",
    K.FOREIGN_TABLE: "f",
}
_ROUTINES = {K.FUNCTION: "fw", K.PROCEDURE: "p", K.AGGREGATE: "a", K.ROUTINE: "fwpa"}
# kind: catalog, its column of the name, its column of the schema
_IN_SCHEMAS = {
    K.TYPE: ("pg_type", "typname", "typnamespace"),
    K.DOMAIN: ("pg_type", "typname", "typnamespace"),
    K.COLLATION: ("pg_collation", "collname", "collnamespace"),
    K.CONVERSION: ("pg_conversion", "conname", "connamespace"),
    K.STATISTIC_EXT: ("pg_statistic_ext", "stxname", "stxnamespace"),
    K.OPERATOR: ("pg_operator", "oprname", "oprnamespace"),
    K.OPCLASS: ("pg_opclass", "opcname", "opcnamespace"),
    K.OPFAMILY: ("pg_opfamily", "opfname", "opfnamespace"),
    K.TSCONFIGURATION: ("pg_ts_config", "cfgname", "cfgnamespace"),
    K.TSDICTIONARY: ("pg_ts_dict", "dictname", "dictnamespace"),
}
_ALONE = {
    K.SCHEMA: ("pg_namespace", "nspname"),
    K.EXTENSION: ("pg_extension", "extname"),
    K.ROLE: ("pg_roles", "rolname"),
    K.PUBLICATION: ("pg_publication", "pubname"),
    K.FDW: ("pg_foreign_data_wrapper", "fdwname"),
    K.FOREIGN_SERVER: ("pg_foreign_server", "srvname"),
    K.EVENT_TRIGGER: ("pg_event_trigger", "evtname"),
}
# kind: catalog, its column of the name, its column of the relation
_INSIDE = {
    K.COLUMN: ("pg_attribute", "attname", "attrelid"),
    K.TABCONSTRAINT: ("pg_constraint", "conname", "conrelid"),
    K.TRIGGER: ("pg_trigger", "tgname", "tgrelid"),
    K.POLICY: ("pg_policy", "polname", "polrelid"),
    K.RULE: ("pg_rewrite", "rulename", "ev_class"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column, or an attribute of a composite type.

    Attributes:
        type, schema: of the element, of an array.
        modifiers: what stands in the parentheses of its type.
        identity, generated: letters, as in pg_attribute.
    """

    type: str
    schema: str
    array: bool
    modifiers: tuple[str, ...]
    not_null: bool
    default: bool
    identity: str
    generated: str


@dataclass(frozen=True, slots=True)
class Constraint:
    name: str
    kind: str
    columns: tuple[str, ...]
    target: Name | None
    target_columns: tuple[str, ...]
    deferrable: bool
    deferred: bool
    valid: bool
    no_inherit: bool
    on_update: str
    on_delete: str
    match: str


class Catalog:
    """Answers of one connection."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        return self._connection.execute(query.encode(), values or None).fetchall()

    def one(self, query: str, *values: object) -> tuple[object, ...]:
        (row,) = self.rows(query, *values)
        return row

    def relation(self, name: Name, schema: str = "public") -> int:
        """The oid of a relation, 0 where it is not there; temporary ones come first."""
        found = self.rows(
            "SELECT c.oid::int8 FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace WHERE relname = %s"
            " AND (nspname = %s OR (%s AND c.relpersistence = 't')) ORDER BY c.relpersistence = 't' DESC",
            name.name,
            name.schema or schema,
            not name.schema,
        )
        oid = found[0][0] if found else 0
        assert isinstance(oid, int)
        return oid

    def has(self, kind: ObjectKind, target: Target, schema: str = "public") -> bool:
        """Whether an object is there."""
        name, own = target.name.name, target.name.schema or schema
        if kind in _RELATIONS:
            oid = self.relation(target.name, schema)
            return (
                bool(oid) and str(self.one("SELECT relkind FROM pg_class WHERE oid = %s", oid)[0]) in _RELATIONS[kind]
            )
        if kind in _ROUTINES:
            found = self.rows(
                "SELECT array(SELECT format_type(each, NULL) FROM unnest(proargtypes) AS each) FROM pg_proc AS p"
                " JOIN pg_namespace AS n ON n.oid = pronamespace"
                " WHERE proname = %s AND nspname = %s AND strpos(%s, prokind) > 0",
                name,
                own,
                _ROUTINES[kind],
            )
            return any(target.arguments is None or [*target.arguments] == arguments for (arguments,) in found)
        if kind in _INSIDE:
            catalog, column, relation = _INSIDE[kind]
            assert target.parent is not None
            there = "AND NOT attisdropped" if kind is K.COLUMN else ""
            query = f"SELECT 1 FROM {catalog} WHERE {column} = %s AND {relation} = %s {there}"
            return bool(self.rows(query, name, self.relation(target.parent, schema)))
        if kind in _ALONE:
            catalog, column = _ALONE[kind]
            return bool(self.rows(f"SELECT 1 FROM {catalog} WHERE {column} = %s", name))
        catalog, column, namespace = _IN_SCHEMAS[kind]
        joined = f"{catalog} JOIN pg_namespace AS n ON n.oid = {namespace}"
        return bool(self.rows(f"SELECT 1 FROM {joined} WHERE {column} = %s AND nspname = %s", name, own))

    def columns(self, relation: int) -> dict[str, Column]:
        found = self.rows(
            "SELECT attname, e.typname, n.nspname, t.typelem <> 0 AND t.typcategory = 'A',"
            " format_type(atttypid, atttypmod), attnotnull, atthasdef, attidentity, attgenerated"
            " FROM pg_attribute JOIN pg_type AS t ON t.oid = atttypid"
            " JOIN pg_type AS e ON e.oid = CASE WHEN t.typcategory = 'A' THEN t.typelem ELSE t.oid END"
            " JOIN pg_namespace AS n ON n.oid = e.typnamespace"
            " WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            relation,
        )
        return {
            str(name): Column(str(kind), str(schema), bool(array), _modifiers(str(text)), bool(null), bool(default),
                              str(identity), str(generated))
            for name, kind, schema, array, text, null, default, identity, generated in found
        }  # fmt: skip

    def constraints(self, relation: int) -> list[Constraint]:
        named = "array(SELECT attname::text FROM unnest({0}) WITH ORDINALITY AS k (number, place)"
        named += " JOIN pg_attribute ON attrelid = {1} AND attnum = number ORDER BY place)"
        found = self.rows(
            f"SELECT conname, contype, {named.format('conkey', 'conrelid')}, t.relname, n.nspname,"
            f" {named.format('confkey', 'confrelid')}, condeferrable, condeferred, convalidated, connoinherit,"
            " confupdtype, confdeltype, confmatchtype FROM pg_constraint LEFT JOIN pg_class AS t ON t.oid = confrelid"
            " LEFT JOIN pg_namespace AS n ON n.oid = relnamespace"
            " WHERE conrelid = %s AND contype IN ('c', 'p', 'u', 'x', 'f') AND conislocal ORDER BY pg_constraint.oid",
            relation,
        )
        return [
            Constraint(
                str(name), str(kind), _texts(columns), Name(str(table), str(schema)) if table else None,
                _texts(others), bool(able), bool(late), bool(valid), bool(alone),
                str(update).strip(), str(delete).strip(), str(match).strip(),
            )
            for name, kind, columns, table, schema, others, able, late, valid, alone, update, delete, match in found
        ]  # fmt: skip

    def parents(self, relation: int) -> set[Name]:
        return {
            Name(str(name), str(schema))
            for name, schema in self.rows(
                "SELECT relname, nspname FROM pg_inherits JOIN pg_class AS c ON c.oid = inhparent"
                " JOIN pg_namespace AS n ON n.oid = relnamespace WHERE inhrelid = %s",
                relation,
            )
        }


def _modifiers(text: str) -> tuple[str, ...]:
    inside = text.partition("(")[2].partition(")")[0] if not text.startswith('"') else ""
    return tuple(each.strip().lower() for each in inside.split(",") if each)


def _texts(value: object) -> tuple[str, ...]:
    assert isinstance(value, list)
    return tuple(map(str, value))
