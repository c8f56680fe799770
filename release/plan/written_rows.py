"""What the preflight asks of rows that an UPDATE or an INSERT writes: as they will be, without being written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import Name
from release.model.syntax import RelationUse, TruncateTables, Use
from release.plan.name_resolution import is_system
from release.sql.facts.row_conditions import COLLIDING, COLLIDING_KEYS, LIMIT, ORPHANED
from release.sql.facts.spatial import spatial_of
from release.sql.read.quote import dotted, identifier, literal, name_literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from release.model.syntax import ChangeRows, InsertedRows
    from release.plan.ledger import LedgerStep

_EXPRESSION = "\0"  # cannot stand in SQL

# the rows as they will be, but for the columns of which that cannot be told; nothing where triggers may change them
_WRITTEN = """(
            SELECT CASE
                WHEN c.relkind NOT IN ('r', 'p') OR c.relhasrules OR EXISTS (
                    SELECT FROM pg_trigger AS g
                    WHERE (g.tgrelid = c.oid OR g.tgrelid IN (SELECT p.relid FROM pg_partition_tree(c.oid) AS p))
                        AND NOT g.tgisinternal AND g.tgtype::integer & {trigger} = {trigger})
                    OR EXISTS (
                        SELECT FROM pg_class AS s
                        WHERE s.oid = ANY ({doubtful}) AND (s.relkind = 'v' OR EXISTS (
                            SELECT FROM pg_inherits AS h WHERE s.oid IN (h.inhrelid, h.inhparent))))
                THEN 'SELECT 0'
                ELSE concat('WITH written AS (SELECT ', w.columns, {source}, ') SELECT ', {answer})
            END
            FROM pg_class AS c
            CROSS JOIN LATERAL (
                SELECT
                    string_agg(format('%s AS %I', v.value, a.attname), ', ' ORDER BY a.attnum)
                        FILTER (WHERE v.value <> '') AS columns,
                    coalesce(array_agg(a.attnum) FILTER (WHERE v.value <> '' AND {new}), '{{}}') AS new,
                    coalesce(array_agg(a.attnum) FILTER (WHERE v.value IS NULL), '{{}}') AS unknown,
                    string_agg(format('%I IS NULL', a.attname), ' OR ')
                        FILTER (WHERE v.value <> '' AND {new} AND a.attnotnull) AS empty,
                    string_agg(format('char_length(rtrim(%I::text)) > %s', a.attname, a.atttypmod - 4), ' OR ')
                        FILTER (WHERE g.value <> '' AND a.atttypmod > 0 AND a.atttypid IN (1042, 1043)) AS longer,
                    string_agg(format(' + 0 * count(%I)', a.attname), '')
                        FILTER (WHERE v.value <> '' AND {new}) AS evaluated
                FROM pg_attribute AS a
                JOIN pg_type AS t ON t.oid = a.atttypid
                LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                CROSS JOIN LATERAL (
                    SELECT
                        {given},
                        format_type(a.atttypid, CASE WHEN a.atttypid IN (1042, 1043) THEN -1 ELSE a.atttypmod END)
                ) AS g (value, type)
                CROSS JOIN LATERAL (
                    SELECT CASE WHEN g.value <> '' THEN format('(%s)::%s', g.value, g.type) ELSE {other} END
                ) AS v (value)
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            ) AS w
            WHERE c.oid = to_regclass({table}))"""

_UPDATED = "CASE WHEN a.attgenerated = '' THEN quote_ident(a.attname) END"
# what an INSERT does not give: a constant, but for what a function makes
_DEFAULT = """CASE
                        WHEN a.attgenerated <> '' OR a.attidentity <> '' THEN NULL
                        WHEN d.oid IS NULL THEN CASE WHEN t.typdefault IS NULL THEN format('NULL::%s', g.type) END
                        WHEN strpos(pg_get_expr(d.adbin, d.adrelid), '(') = 0
                        THEN format('(%s)::%s', pg_get_expr(d.adbin, d.adrelid), g.type)
                    END"""
_NUMBERED = """(SELECT count(*) FROM pg_attribute AS b
                        WHERE b.attrelid = c.oid AND b.attnum BETWEEN 1 AND a.attnum AND NOT b.attisdropped)"""

# against the columns' types, NOT NULL and the CHECKs
_FITTING = """'count(*) FILTER (WHERE ', concat_ws(' OR ', 'FALSE', w.empty, w.longer, (
                    SELECT string_agg(format('NOT (%s)', pg_get_expr(k.conbin, k.conrelid)), ' OR ')
                    FROM pg_constraint AS k
                    WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conkey && w.new AND NOT k.conkey && w.unknown
                        AND to_jsonb(k) ->> 'conenforced' IS DISTINCT FROM 'false'
                )), ')', w.evaluated, ' FROM written'"""

# against the unique indexes: what is there, and each other
_KEYS = """coalesce((
                    SELECT string_agg(format(
                        '(SELECT count(*) FROM (SELECT FROM (SELECT %s FROM written WHERE %s) AS n WHERE %s '
                        'GROUP BY %s HAVING count(*) > 1 OR EXISTS ('
                        'SELECT FROM (SELECT %s FROM %s WHERE %s) AS o WHERE %s) LIMIT {limit}) AS found)',
                        k.keys, k.condition, k.there, k.names, k.keys,
                        CASE c.relkind WHEN 'r' THEN 'ONLY ' ELSE '' END || c.oid::regclass, k.condition, k.same
                    ), ' + ')
                    FROM pg_index AS i
                    CROSS JOIN LATERAL (
                        SELECT
                            string_agg(format('%s AS k%s', pg_get_indexdef(i.indexrelid, u.n, FALSE), u.n), ', '),
                            string_agg(format('k%s IS NOT NULL', u.n), ' AND '),
                            string_agg(format('k%s', u.n), ', '),
                            string_agg(format('o.k%s OPERATOR(%s) n.k%s', u.n, p.amopopr::regoper, u.n), ' AND '),
                            coalesce(pg_get_expr(i.indpred, i.indrelid), 'TRUE')
                        FROM generate_series(1, i.indnkeyatts) AS u (n)
                        JOIN pg_opclass AS x ON x.oid = i.indclass[u.n - 1]
                        JOIN pg_amop AS p ON p.amopfamily = x.opcfamily AND p.amopstrategy = 3
                            AND p.amoplefttype = x.opcintype AND p.amoprighttype = x.opcintype
                    ) AS k (keys, there, names, same, condition)
                    WHERE i.indrelid = c.oid AND i.indisunique AND i.indimmediate AND i.indisvalid
                        AND NOT i.indisexclusion AND NOT i.indkey::smallint[] && w.unknown
                        AND NOT EXISTS (
                            SELECT FROM pg_depend AS p
                            WHERE p.classid = 'pg_class'::regclass AND p.objid = i.indexrelid
                                AND p.refobjid = c.oid AND p.refobjsubid = ANY (w.unknown))
                        AND NOT EXISTS ( -- rows that were there may be gone with others
                            SELECT FROM pg_constraint AS f
                            WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid = ANY ({changed})
                                AND concat(f.confdeltype, f.confupdtype) ~ '[cnd]')
                ), '0')"""

# against the tables that foreign keys refer to, whose rows are as they are now
_PARENTS = """coalesce((
                    SELECT string_agg(format(
                        '(SELECT count(*) FROM (SELECT FROM written AS n WHERE %s '
                        'AND NOT EXISTS (SELECT FROM %s AS r WHERE %s)%s LIMIT {limit}) AS found)',
                        k.there, f.confrelid::regclass, k.same, CASE WHEN f.confrelid = c.oid THEN
                            format(' AND NOT EXISTS (SELECT FROM written AS r WHERE %s)', k.same) END), ' + ')
                    FROM pg_constraint AS f
                    CROSS JOIN LATERAL (
                        SELECT
                            string_agg(format('n.%I IS NOT NULL', a.attname), ' AND '),
                            string_agg(format('r.%I OPERATOR(%s) n.%I', b.attname, u.same::regoper, a.attname), ' AND ')
                        FROM unnest(f.conkey, f.confkey, f.conpfeqop) AS u (own, other, same)
                        JOIN pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = u.own
                        JOIN pg_attribute AS b ON b.attrelid = f.confrelid AND b.attnum = u.other
                    ) AS k (there, same)
                    WHERE f.conrelid = c.oid AND f.contype = 'f' AND NOT f.condeferrable
                        AND NOT f.conkey && w.unknown AND (f.confrelid <> c.oid OR NOT f.confkey && w.unknown)
                        AND f.confrelid <> ALL ({changed}) AND ({changed} = '{{}}' OR NOT EXISTS (
                            SELECT FROM pg_inherits AS h WHERE f.confrelid IN (h.inhrelid, h.inhparent)))
                        AND to_jsonb(f) ->> 'conenforced' IS DISTINCT FROM 'false'
                        AND to_jsonb(f) ->> 'conperiod' IS DISTINCT FROM 'true'
                        AND NOT EXISTS ( -- one for each partition of the other table
                            SELECT FROM pg_constraint AS p WHERE p.oid = f.conparentid AND p.conrelid = f.conrelid)
                ), '0')"""

# the keys as they will be, row by row: two of them are one too many, whatever the order in which they are written
_COLLISION = """(
            SELECT coalesce('SELECT ' || string_agg(format(
                '(SELECT count(*) FROM (SELECT FROM (SELECT %s FROM %s AS %s) AS written '
                'WHERE %s GROUP BY %s HAVING count(*) > 1 LIMIT %s) AS found)',
                k.written, {table}, {alias}, k.there, k.names, {limit}), ' + '), 'SELECT 0')
            FROM pg_index AS i
            JOIN pg_class AS c ON i.indrelid = c.oid
            CROSS JOIN LATERAL (
                SELECT
                    string_agg(CASE WHEN n.value <> '' THEN
                        format('CASE WHEN %s THEN (%s)::%s ELSE %I END AS ', {where}, n.value,
                            format_type(a.atttypid, a.atttypmod), a.attname)
                        ELSE '' END || quote_ident(a.attname), ', ') AS written,
                    string_agg(format('%I IS NOT NULL', a.attname), ' AND ') AS there,
                    string_agg(quote_ident(a.attname), ', ') AS names,
                    bool_or(n.value <> '') AS touched,
                    bool_or(a.attgenerated <> '') AS computed
                FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS u (number, place)
                JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = u.number
                LEFT JOIN (VALUES {values}) AS n (name, value) ON n.name = a.attname
                WHERE u.place <= i.indnkeyatts
            ) AS k
            WHERE i.indrelid = to_regclass({table}) AND i.indisunique AND i.indisvalid
                AND i.indpred IS NULL AND i.indexprs IS NULL
                AND k.touched AND NOT k.computed AND c.relkind IN ('r', 'p') AND NOT EXISTS (
                    SELECT FROM pg_trigger AS g
                    WHERE g.tgrelid = i.indrelid AND NOT g.tgisinternal AND g.tgtype::integer & 3 = 3))"""


def query_of_change(change: ChangeRows, trouble: str, step: LedgerStep) -> str:
    """An SQL expression that gives the query; "" where their table, or what is said of it, is not as it was by then."""
    table, contents = change.relation.name, change.contents
    if step.has_touched("definition", table) or step.former(table).name != table.name:
        return ""
    if any(step.has_touched("label", Name(each)) for each in contents.strings):
        return ""
    if any(step.has_touched("type", each.name) for each in contents.types):
        return ""
    if change.inserted:
        return _of_insert(change, change.inserted, trouble, step)
    return _of_update(change, step, collisions=trouble == COLLIDING)


def _of_update(change: ChangeRows, step: LedgerStep, *, collisions: bool) -> str:
    table = change.relation.name
    only = "ONLY " if change.relation.only else ""
    where = f" WHERE {change.where.text}" if change.where else ""
    source = f" FROM {only}{place(step.former(table))} AS {identifier(table.name)}{where}"
    values = ", ".join(f"({literal(column)}, {literal(value.text)})" for column, value in change.assigned)
    given = f"(SELECT n.value FROM (VALUES {values}) AS n (name, value) WHERE n.name = a.attname)"  # noqa: S608  # literals
    former = name_literal(step.former(table))
    if not collisions:
        return _WRITTEN.format(
            trigger=3,  # BEFORE … FOR EACH ROW, in catalog/pg_trigger.h
            source=text(source),
            answer=_FITTING,
            new="g.value <> ''",
            given=given,
            doubtful=_oids(()),
            other=_UPDATED,
            table=former,
        )
    if change.relation.only:
        return ""
    condition = literal(change.where.text if change.where else "TRUE")
    alias = literal(identifier(table.name))
    return _COLLISION.format(table=former, alias=alias, where=condition, values=values, limit=LIMIT)


def _of_insert(change: ChangeRows, rows: InsertedRows, trouble: str, step: LedgerStep) -> str:
    table = change.relation.name
    if step.is_after_opaque() or any(step.has_touched("srid", Name(str(each))) for each in spatial_of(change).srids):
        return ""
    uses = [each for each in change.contents.uses if isinstance(each, RelationUse)]
    read = tuple(dict.fromkeys(step.at(each.relation) for each in uses if each.use is Use.READ))
    if not all(_is_as_it_was(each, step) for each in read):
        return ""
    changed = step.changed()
    if trouble == COLLIDING_KEYS and (step.may_have_changed(table) or _has_cascaded(step)):
        return ""
    number = f"array_position(ARRAY[{', '.join(map(literal, change.columns))}]::text[], a.attname::text)"
    if not change.columns:
        number = _NUMBERED
    given = f"(SELECT format('given.c%s', u.n) FROM (SELECT {number}) AS u (n) WHERE u.n <= {rows.width})"  # noqa: S608
    answer = {COLLIDING_KEYS: _KEYS, ORPHANED: _PARENTS}.get(trouble)
    names = ", ".join(f"c{each}" for each in range(1, rows.width + 1))
    return _WRITTEN.format(
        trigger=6,  # BEFORE INSERT, in catalog/pg_trigger.h
        source=literal(f" FROM ({rows.query}) AS given ({names})"),
        answer=answer.format(limit=LIMIT, changed=_oids(changed)) if answer else _FITTING,
        new="TRUE",
        given=given,
        doubtful=_oids([*read, *([table] if trouble == COLLIDING_KEYS else [])] if changed else ()),
        other=_DEFAULT,
        table=name_literal(step.former(table)),
    )


def _is_as_it_was(table: Name, step: LedgerStep) -> bool:
    """Whether a query reads the same of a table before the release, under the name that it has in its statement."""
    if is_system(table) or step.may_be_new(table) or step.is_elsewhere(table) or step.former(table) != step.at(table):
        return False
    return not step.has_touched("definition", table) and not step.may_have_changed(table)


def _oids(names: Iterable[Name]) -> str:
    """An SQL array of those that are there."""
    found = ", ".join(f"to_regclass({name_literal(each)})" for each in names)
    return f"array_remove(ARRAY[{found}]::oid[], NULL)"


def _has_cascaded(step: LedgerStep) -> bool:
    earlier = (each.statement.syntax for each in step.ledger.steps[: step.index])
    return any(isinstance(each, TruncateTables) and each.cascade for each in earlier)


def place(former: Name) -> str:
    """A table in the text of a query; what only the database can tell stands there as an SQL expression."""
    return f"{_EXPRESSION}{name_literal(former)}{_EXPRESSION}" if former.needs_lookup else dotted(former)


def text(query: str) -> str:
    """An SQL expression that gives the text of a query."""
    pieces = query.split(_EXPRESSION)
    if len(pieces) == 1:
        return literal(query)
    return f"concat({', '.join(each if at % 2 else literal(each) for at, each in enumerate(pieces))})"
