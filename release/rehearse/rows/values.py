"""SQL expressions that give a plausible value of a type for row `i`, attempt `k`, from a hash `h`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from json import dumps
from typing import TYPE_CHECKING

from psycopg.sql import SQL, Composable, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from release.rehearse.rows.shape import FilledColumn

_TEXTS = frozenset({"text", "varchar", "bpchar", "name", "citext"})
_WHOLE = frozenset({"int2", "int4", "int8"})
_REAL = frozenset({"float4", "float8", "money"})
_LONGEST = 500
_TIMES = frozenset({"date", "timestamp", "timestamptz"})
# Words that a plan may trip over: quotes, a backslash, a percent sign, a colon, letters beyond ASCII, a tab, blanks.
_WORDS = (
    "north wing", "Lobby", "O'Brien", 'the "blue" room', "50 %", "a:b", "C:\\plans", "Straße", "東京", "tab\there",
    " padded ", "level 2", "draft", "Active", "x", "emergency exit",
)  # fmt: skip
_SHAPES = {
    "POINT": "POINT({x} {y})",
    "LINESTRING": "LINESTRING({x} {y},{x}.5 {y}.5)",
    "POLYGON": "POLYGON(({x} {y},{x}.5 {y},{x}.5 {y}.5,{x} {y}.5,{x} {y}))",
    "MULTIPOINT": "MULTIPOINT({x} {y},{x}.5 {y})",
    "MULTILINESTRING": "MULTILINESTRING(({x} {y},{x}.5 {y}.5))",
    "MULTIPOLYGON": "MULTIPOLYGON((({x} {y},{x}.5 {y},{x}.5 {y}.5,{x} {y}.5,{x} {y})))",
    "GEOMETRYCOLLECTION": "GEOMETRYCOLLECTION(POINT({x} {y}))",
    "TRIANGLE": "TRIANGLE(({x} {y},{x}.5 {y},{x}.5 {y}.5,{x} {y}))",
    "CIRCULARSTRING": "CIRCULARSTRING({x} {y},{x}.5 {y}.5,{x} {y}.9)",
    "COMPOUNDCURVE": "COMPOUNDCURVE(({x} {y},{x}.5 {y}.5))",
    "CURVEPOLYGON": "CURVEPOLYGON(({x} {y},{x}.5 {y},{x}.5 {y}.5,{x} {y}))",
    "MULTICURVE": "MULTICURVE(({x} {y},{x}.5 {y}.5))",
    "MULTISURFACE": "MULTISURFACE((({x} {y},{x}.5 {y},{x}.5 {y}.5,{x} {y})))",
    "POLYHEDRALSURFACE": "POLYHEDRALSURFACE((({x} {y},{x}.5 {y},{x}.5 {y}.5,{x} {y})))",
    "TIN": "TIN((({x} {y},{x}.5 {y},{x}.5 {y}.5,{x} {y})))",
}
# Type to an expression over the hash {h} and the row {i}; `d` is 128 bits that depend on the hash.
_OTHERS = {
    "bool": "{h} % 2 = 0",
    "time": "time '00:00' + ({h} % 86400) * interval '1 second'",
    "timetz": "(time '00:00' + ({h} % 86400) * interval '1 second')::timetz",
    "interval": "({h} % 100000) * interval '1 minute'",
    "uuid": "md5({h}::text)::uuid",
    "bytea": "decode(md5({h}::text), 'hex')",
    "json": "json_build_object('n', {h} % 100, 'text', 'it''s \"' || {h} || '\"')",
    "jsonb": "jsonb_build_object('n', {h} % 100, 'text', 'it''s :x 50 %')",
    "inet": "'10.0.0.0'::inet + {h} % 16777216",
    "cidr": "network(set_masklen('10.0.0.0'::inet + {h} % 16777216, 32))",
    "macaddr": "left(md5({h}::text), 12)::macaddr",
    "macaddr8": "left(md5({h}::text), 16)::macaddr8",
    "xml": "('<n>' || {h} % 100 || '</n>')::xml",
    "tsvector": "to_tsvector('simple', 'word ' || {h} % 100)",
    "tsquery": "to_tsquery('simple', 'word' || {h} % 100)",
    "point": "point({h} % 100, {h} / 100 % 100)",
    "box": "box(point({h} % 100, 0), point(100, 100))",
    "circle": "circle(point({h} % 100, 0), 1)",
    "int4range": "int4range(({h} % 100)::integer, ({h} % 100)::integer + 5)",
    "int8range": "int8range({h} % 100, {h} % 100 + 5)",
    "numrange": "numrange({h} % 100, {h} % 100 + 5)",
    "daterange": "daterange(date '2020-01-01' + ({h} % 1000)::integer, date '2023-01-01')",
    "tsrange": "tsrange(timestamp '2020-01-01' + ({h} % 1000) * interval '1 day', timestamp '2023-01-01')",
    "tstzrange": "tstzrange('2020-01-01 00:00+00'::timestamptz + ({h} % 1000) * interval '1 day', 'infinity')",
    "oid": "{h} % 10000",
    "regclass": "'pg_class'::regclass",
    "regtype": "'text'::regtype",
    "char": "'c'",
    "xid8": "({h} % 10000)::text",
    "pg_lsn": "('0/' || to_hex(1 + {h} % 10000))::pg_lsn",  # it can be added to from PostgreSQL 14
    "jsonpath": "'$.n'",
    "line": "line(point({h} % 100, 0), point(0, 1 + {h} % 7))",
    "lseg": "lseg(point({h} % 100, 0), point(0, 1))",
    "path": "path(polygon(box(point({h} % 100, 0), point(100, 100))))",
    "polygon": "polygon(box(point({h} % 100, 0), point(100, 100)))",
    "hstore": "'\"n\" => ' || {h} % 100",
    "ltree": "'top.n' || {h} % 100",
    "box2d": "'BOX(0 0,1 1)'",
    "box3d": "'BOX3D(0 0 0,1 1 1)'",
}
# Ranges of which no two overlap, for what an exclusion constraint asks.
_APART = {
    "int4range": "int4range(({i} * 2)::integer, ({i} * 2 + 1)::integer)",
    "int8range": "int8range({i} * 2, {i} * 2 + 1)",
    "numrange": "numrange({i} * 2, {i} * 2 + 1)",
    "daterange": "daterange(date '2020-01-01' + ({i} * 2)::integer, date '2020-01-01' + ({i} * 2 + 1)::integer)",
    "tsrange": "tsrange({start}::timestamp + {i} * {step}, {start}::timestamp + ({i} + 0.5) * {step})",
    "tstzrange": "tstzrange({start}::timestamptz + {i} * {step}, {start}::timestamptz + ({i} + 0.5) * {step})",
}
# Values of types that somebody made, by their kind: a range, a multirange, a composite of NULLs.
_EMPTY = {"r": "'empty'", "m": "'{{}}'", "c": "jsonb_populate_record(NULL::{type}, '{{}}')"}


def raw(text: str) -> SQL:
    """SQL that the server's own catalog wrote, such as a type or an expression."""
    return SQL(text)


def make_value(column: FilledColumn, h: Composable, *, unique: bool) -> Composable:
    """Give an expression of the column's type; NULL for a type that nothing is known of.

    Args:
        h: expression, a bigint that is not negative.
        unique: another value for each row `i`.
    """
    i = SQL("(i::bigint)") if unique else SQL("({h} % 1000)").format(h=h)
    made: Composable = SQL("NULL")
    if column.array:
        one = make_value(replace(column, array=False), h, unique=unique)
        return SQL("ARRAY[{}]::{}").format(one, raw(column.whole))
    if unique and column.base in _APART:
        made = raw(_APART[column.base]).format(i=i, start=Literal("2020-01-01 00:00Z"), step=SQL("interval '2 hours'"))
    elif column.kind == "e":
        labels = SQL("enum_range(NULL::{})").format(raw(column.base_type))
        made = SQL("({labels})[1 + {h} % array_length({labels}, 1)]").format(labels=labels, h=h)
    elif column.base in _TEXTS:
        return _text(column, h, unique=unique)
    elif column.base in _WHOLE:
        made = SQL("{i} % 32000 + 1").format(i=i) if column.base == "int2" else SQL("{i} + 1").format(i=i)
    elif column.base == "numeric":
        made = _numeric(column.modifier, i)
    elif column.base in _REAL:
        made = SQL("({i} + 0.25)::numeric").format(i=i)
    elif column.base in _TIMES:
        # never the same twice when `i` is the row; with parts that a change to a narrower type would lose
        day = column.base == "date"
        begin = Literal("2020-01-01 00:00+00" if day else "2020-01-01 00:00:00.25+00")
        made = SQL("timestamptz {} + {} * interval {}").format(begin, i, Literal("1 day" if day else "1 hour"))
    elif column.base in {"bit", "varbit"}:
        made = SQL("{h}::bit(64)").format(h=h)
    elif column.base in {"geometry", "geography"}:
        made = _geometry(column, h, i, unique=unique)
    elif column.base in _OTHERS:
        made = raw(_OTHERS[column.base]).format(h=h)
    elif column.kind in _EMPTY:
        made = raw(_EMPTY[column.kind].format(type=column.base_type))
    return SQL("({})::{}").format(made, raw(column.base_type))


def offer(column: FilledColumn, constants: Sequence[str]) -> tuple[Composable, ...]:
    """Values of the column's type that constants of its checks suggest."""
    if column.array:
        return ()  # theirs are never empty, which is what checks ask of them
    if column.base in {"geometry", "geography"}:
        return _offer_shapes(column, constants) if constants and column.modifier < 0 else ()
    chosen: list[str] = []
    for text in constants:
        number = text.lstrip("-").replace(".", "", 1).isdigit()
        if column.base in _TEXTS or column.kind == "e":
            chosen.append(text)
            if column.kind != "e" and text.isdigit() and 0 < int(text) <= _LONGEST:
                chosen.append(("abcdefghij" * (_LONGEST // 10))[: int(text)])  # of the length that is asked for
        elif number and (column.base in _WHOLE or column.base in _REAL or column.base == "numeric"):
            whole = int(float(text))
            chosen += [str(whole), str(whole + 1), str(whole - 1), str(-whole)]
        elif column.base in _TIMES and _is_time(text):
            chosen.append(text)
    if column.base in {"json", "jsonb"} and constants:
        keys = dict.fromkeys(constants, "x")
        chosen += ["{}", "[]", "[1]", dumps(keys), dumps(dict.fromkeys(keys, 1)), dumps(list(keys))]
    cast = raw(column.base_type)
    return tuple(SQL("({})::{}").format(Literal(text), cast) for text in dict.fromkeys(chosen))


def _offer_shapes(column: FilledColumn, constants: Sequence[str]) -> tuple[Composable, ...]:
    """Shapes of the types and SRIDs that stand in checks, as PostGIS 1 wrote them instead of a typmod."""
    srids = [int(text) for text in constants if text.isdigit() and int(text) < 1 << 20][:3]
    names = [name for text in constants if (name := text.upper().removeprefix("ST_")) in _SHAPES][:5]
    return tuple(
        SQL("{here}.st_geomfromtext({text}, {srid})::{type}").format(
            here=raw(column.schema),
            text=Literal(_SHAPES[name].replace("{x}", "1").replace("{y}", "2")),
            srid=Literal(srid),
            type=raw(column.base_type),
        )
        for srid in srids or [0]
        for name in names or ["POINT", "LINESTRING", "POLYGON"]
    )


def _text(column: FilledColumn, h: Composable, *, unique: bool) -> Composable:
    limit = column.modifier - 4 if column.base in {"varchar", "bpchar"} and column.modifier > 4 else 0
    if unique:
        start = "user" if "mail" in column.name else f"{column.name}-"
        end = "@example.org" if "mail" in column.name and (not limit or limit > 30) else ""
        made = SQL("{} || i::text || {}").format(Literal(start), Literal(end))
        # the end of it tells rows apart, so that is what is kept
        return SQL("right({}, {})::{}").format(made, Literal(limit or 1000), raw(column.base_type))
    words = SQL(", ").join(Literal(word) for word in _WORDS)
    made = SQL("(ARRAY[{words}])[1 + {h} % {n}]").format(words=words, h=h, n=Literal(len(_WORDS)))
    return SQL("left({}, {})::{}").format(made, Literal(limit or 1000), raw(column.base_type))


def _numeric(modifier: int, i: Composable) -> Composable:
    if modifier < 4:
        return SQL("{i} + 0.5").format(i=i)
    precision, scale = (modifier - 4) >> 16, (modifier - 4) & 0x7FF
    whole = max(precision - scale, 0)
    if not whole:
        return SQL("{i} % {most} / {most}::numeric").format(i=i, most=Literal(10 ** min(scale, 9)))
    made = SQL("{i} % {most}").format(i=i, most=Literal(10 ** min(whole, 9)))
    # digits after the point, which a change to a narrower type would lose
    return SQL("{} + {}").format(made, Literal(Decimal(7).scaleb(-scale))) if scale else made


def _geometry(column: FilledColumn, h: Composable, i: Composable, *, unique: bool) -> Composable:
    """A shape of the type, SRID and dimensions that the typmod asks for, on a grid of degrees."""
    modifier = column.modifier
    # PostGIS' gserialized typmod: 21 bits of SRID above 8, 6 of type above 2, one each for Z and M
    srid = (modifier >> 8) & 0x1FFFFF if modifier >= 0 else 0
    number = (modifier >> 2) & 0x3F if modifier >= 0 else 0
    has_z, has_m = (bool(modifier & 2), bool(modifier & 1)) if modifier >= 0 else (False, False)
    if not srid and column.base == "geography":
        srid = 4326
    names = ("", "POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON",
             "GEOMETRYCOLLECTION", "CIRCULARSTRING", "COMPOUNDCURVE", "CURVEPOLYGON", "MULTICURVE", "MULTISURFACE",
             "POLYHEDRALSURFACE", "TRIANGLE", "TIN")  # fmt: skip
    name = names[number] if number < len(names) else "POINT"
    shapes = [_SHAPES[name]] if name in _SHAPES else [_SHAPES[each] for each in ("POLYGON", "LINESTRING", "POINT")]
    x = SQL("({i} % 170)").format(i=i) if unique else SQL("({h} % 170)").format(h=h)
    y = SQL("({i} / 170 % 80)").format(i=i) if unique else SQL("({h} / 170 % 80)").format(h=h)
    texts = SQL(", ").join(
        SQL("replace(replace({}, '{{x}}', {}::text), '{{y}}', {}::text)").format(Literal(shape), x, y)
        for shape in shapes
    )
    here = raw(column.schema)
    made = SQL("{here}.st_geomfromtext((ARRAY[{texts}])[1 + {h} % {n}], {srid})").format(
        here=here, texts=texts, h=h, n=Literal(len(shapes)), srid=Literal(srid)
    )
    if has_z or has_m:
        force = "st_force4d" if has_z and has_m else "st_force3dz" if has_z else "st_force3dm"
        made = SQL("{here}.{force}({made})").format(here=here, force=raw(force), made=made)
    return SQL("({made})::{here}.geometry").format(made=made, here=here)


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
