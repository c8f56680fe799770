"""What a role with nothing but CREATE on public can plant there, to be called instead of what a script means.

For every function and operator that is called, an overload for each combination of types that a call may come with and
no function of pg_catalog has exactly: PostgreSQL takes the better match, wherever it lies on the search path (manual
10.2 and 10.3). Each of them counts its call, which no rollback takes back, and fails in words that a test looks for.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import psycopg

from release.sql.read.quote import identifier, literal
from tests.attacks.calls import Calls

CALLED = "planted called"
# Types of the catalog, of what is computed from it, and of version and history table.
_COMMON = (
    *("text", "name", "varchar", '"char"', "oid", "regclass", "integer", "bigint", "smallint", "boolean"),
    *("timestamptz", "interval", "numeric", "float8", "jsonb", "regtype", "regprocedure", "regnamespace", "pg_lsn"),
)
_ARRAYS = tuple(f"{each}[]" for each in ("text", "oid", "name", "integer", "smallint", "bigint", "regclass", '"char"'))
_POLYMORPHIC = {
    **dict.fromkeys(("anyelement", "anynonarray", "anycompatible", "anycompatiblenonarray"), _COMMON),
    **dict.fromkeys(("anyarray", "anycompatiblearray"), _ARRAYS),
    '"any"': (*_COMMON, *_ARRAYS[:2]),
}
_PSEUDO = frozenset({"internal", "cstring", "trigger", "event_trigger", "record", "void", "anyrange", "anyenum"})
_MOST = 300  # overloads for one function and number of arguments

_FUNCTIONS = """
SELECT p.proname::text, p.pronargs::integer, p.pronargdefaults::integer, p.provariadic <> 0, p.prokind::text,
    p.proretset, format_type(p.prorettype, NULL),
    ARRAY(SELECT format_type(a.type, NULL) FROM unnest(p.proargtypes) WITH ORDINALITY AS a (type, n) ORDER BY a.n)
FROM pg_proc AS p
WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname = ANY (%s) AND p.prokind <> 'p' ORDER BY p.oid
"""
_OPERATORS = """
SELECT o.oprname::text, format_type(o.oprleft, NULL), format_type(o.oprright, NULL), format_type(o.oprresult, NULL)
FROM pg_operator AS o WHERE o.oprnamespace = 'pg_catalog'::regnamespace AND o.oprname = ANY (%s) AND o.oprleft <> 0
ORDER BY o.oid
"""
_IMPLICIT = """
SELECT format_type(c.casttarget, NULL), array_agg(format_type(c.castsource, NULL)) FROM pg_cast AS c
WHERE c.castcontext = 'i' AND c.castsource <> c.casttarget GROUP BY c.casttarget
"""
_NAMES = """
SELECT w.name FROM unnest(%s::text[]) AS w (name)
JOIN pg_type AS t ON t.oid = to_regtype('pg_catalog.' || quote_ident(w.name)) AND t.typtype <> 'p'
"""
_RELATIONS = """
SELECT w.name FROM unnest(%s::text[]) AS w (name)
WHERE to_regclass('pg_catalog.' || quote_ident(w.name)) IS NOT NULL
"""
# Calls that are made even by a transaction that fails are counted, where track_functions says so (manual 28.2).
TALLY = """
CREATE FUNCTION public.planted_tally() RETURNS void LANGUAGE plpgsql AS 'BEGIN NULL; END';
CREATE FUNCTION public.planted(what pg_catalog.text) RETURNS boolean LANGUAGE plpgsql AS $f$
BEGIN PERFORM public.planted_tally(); RAISE EXCEPTION 'planted called: %', what; END $f$;
"""
_SAFE = "SET search_path = pg_catalog, pg_temp"  # what is planted is not called by the tests themselves
_COUNT = "SELECT coalesce(sum(calls), 0) FROM pg_stat_user_functions WHERE funcname = 'planted_tally'"


@dataclass(frozen=True, slots=True)
class Overload:
    """A function or operator to plant.

    Attributes:
        kind: of pg_proc's prokind, or "o" for an operator.
        result: its type, with SETOF where it is a set.
    """

    name: str
    arguments: tuple[str, ...]
    kind: str
    result: str

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.arguments)})"


def overloads(connection: psycopg.Connection, calls: Calls) -> tuple[Overload, ...]:
    """Find what can be planted for some calls, as the server knows them."""
    implicit = {target: tuple(sources) for target, sources in connection.execute(_IMPLICIT.encode())}
    return (*_functions(connection, calls, implicit), *_operators(connection, calls, implicit))


def _functions(
    connection: psycopg.Connection, calls: Calls, implicit: Mapping[str, tuple[str, ...]]
) -> Iterator[Overload]:
    rows = connection.execute(_FUNCTIONS.encode(), [sorted({name for name, _ in calls.functions})]).fetchall()
    there = {(name, tuple(types)) for name, *_, types in rows}
    for name, most, defaults, variadic, kind, several, result, types in rows:
        if variadic and (name, (*types[:-1], "text[]")) not in there:  # as it is called with VARIADIC and an array
            there.add((name, (*types[:-1], "text[]")))
            yield Overload(name, (*types[:-1], "VARIADIC text[]"), kind, _result(result, (), (), several=several))
        for called in sorted(count for each, count in calls.functions if each == name):
            if called < most - defaults or (called > most and not variadic) or _PSEUDO & set(types):
                continue
            declared = [*types[:-1], *[types[-1].removesuffix("[]")] * (called - most + 1)] if variadic else types
            declared = declared[:called]
            for arguments in _combinations([_given(each, implicit) for each in declared]):
                if (name, arguments) not in there:
                    there.add((name, arguments))
                    yield Overload(name, arguments, kind, _result(result, declared, arguments, several=several))


def _operators(
    connection: psycopg.Connection, calls: Calls, implicit: Mapping[str, tuple[str, ...]]
) -> Iterator[Overload]:
    rows = connection.execute(_OPERATORS.encode(), [sorted(calls.operators)]).fetchall()
    done = {(name, left, right) for name, left, right, _ in rows}
    wanted = {*_COMMON, *_ARRAYS, *map(_spelled, (*_COMMON, *_ARRAYS))}
    for name, left, right, result in rows:
        for arguments in itertools.product(_given(left, implicit), _given(right, implicit)):
            if wanted.issuperset(arguments) and (name, *arguments) not in done:
                done.add((name, *arguments))
                yield Overload(name, arguments, "o", _result(result, (left, right), arguments, several=False))


def _given(declared: str, implicit: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The types that an argument may be of where a function has one declared."""
    if declared in _POLYMORPHIC:
        return tuple(map(_spelled, _POLYMORPHIC[declared]))
    return (declared, *(each for each in implicit.get(declared, ()) if each not in _PSEUDO))


def _spelled(written: str) -> str:
    """A type as format_type spells it."""
    for short, long in (
        ("varchar", "character varying"),
        ("timestamptz", "timestamp with time zone"),
        ("float8", "double precision"),
    ):
        written = long if written == short else written
    return written


def _combinations(given: list[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """All combinations, or those of the first few types of each argument where that would be too many."""
    few = max(map(len, given), default=0)
    while few > 1 and math.prod(min(len(each), few) for each in given) > _MOST:
        few -= 1
    return itertools.product(*(each[:few] for each in given))


def _result(result: str, declared: Iterable[str], arguments: Iterable[str], *, several: bool) -> str:
    """The type of a result; one that depends on the arguments' is what it would be (manual 38.2.5)."""
    given = [(each, got) for each, got in zip(declared, arguments, strict=False) if each in _POLYMORPHIC]
    plain = "text" if result in _PSEUDO else result
    if result in _POLYMORPHIC:
        kind, got = given[0] if given else ("", "text")
        element = got.removesuffix("[]") if kind.endswith("array") and "non" not in kind else got
        plain = f"{element}[]" if result in {"anyarray", "anycompatiblearray"} else element
    return f"SETOF {plain}" if several else plain


def plant(connection: psycopg.Connection, planter: str, calls: Calls, *, but: Iterable[str] = ()) -> int:
    """Plant overloads, and relations and types named as those of pg_catalog, as a role that may CREATE in public.

    Args:
        but: names of functions and operators that the authors' own statements call: of these no function is planted,
            and no operator of the type that their columns have.

    Returns:
        how many overloads there are now.
    """
    connection.execute(_SAFE)
    found = [each for each in overloads(connection, calls) if not _is_theirs(each, frozenset(but))]
    statements = [f"SET ROLE {identifier(planter)};", TALLY]
    statements += [text for number, each in enumerate(found) for text in _create(each, number)]
    statements += shadows(connection, calls, "public")
    with connection.transaction():
        connection.execute("\n".join(statements).encode())
    connection.execute("RESET ROLE")
    return len(found)


def _is_theirs(overload: Overload, names: frozenset[str]) -> bool:
    return overload.name in names and (overload.kind != "o" or "character varying" in overload.arguments)


def shadows(connection: psycopg.Connection, calls: Calls, schema: str) -> Iterator[str]:
    """Views and domains named as what is called of pg_catalog; all that reads or casts calls what was planted."""
    for (name,) in connection.execute(_RELATIONS.encode(), [sorted(calls.relations)]).fetchall():
        quoted = f"{schema}.{identifier(name)}"
        temporary = "TEMPORARY " if schema == "pg_temp" else ""
        yield f"CREATE {temporary}VIEW {quoted} AS SELECT public.planted({literal(name)}) AS oid;"
    for (name,) in connection.execute(_NAMES.encode(), [sorted(calls.types)]).fetchall():
        check = f"CHECK (public.planted({literal(name)}))"
        yield f"CREATE DOMAIN {schema}.{identifier(name)} AS pg_catalog.{identifier(name)} {check};"


def _create(overload: Overload, number: int) -> Iterator[str]:
    body = f"$f$ BEGIN PERFORM public.planted({literal(str(overload))}); END $f$"
    listed = ", ".join(overload.arguments)
    if overload.kind == "o":
        yield f"CREATE FUNCTION public.planted_{number}({listed}) RETURNS {overload.result} LANGUAGE plpgsql AS {body};"
        left, right = overload.arguments
        yield (
            f"CREATE OPERATOR public.{overload.name} "
            f"(FUNCTION = public.planted_{number}, LEFTARG = {left}, RIGHTARG = {right});"
        )
    elif overload.kind == "a" and overload.arguments:
        step = f"public.planted_{number}"
        yield f"CREATE FUNCTION {step}(text, {listed}) RETURNS text LANGUAGE plpgsql AS {body};"
        yield f"CREATE AGGREGATE public.{identifier(overload.name)}({listed}) (SFUNC = {step}, STYPE = text);"
    elif overload.arguments:
        name = f"public.{identifier(overload.name)}"
        yield f"CREATE FUNCTION {name}({listed}) RETURNS {overload.result} LANGUAGE plpgsql AS {body};"


def count_calls(connection: psycopg.Connection) -> int:
    """How often something planted was called in this database, by sessions that have ended."""
    connection.execute(_SAFE)
    row = connection.execute(_COUNT.encode()).fetchone()
    return int(row[0]) if row else 0
