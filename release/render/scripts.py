"""Rendering: templates lay out our text; an author's statement never goes through the template engine."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import jinja2

from release.model import Name, Script, ScriptPart, Statement, counted
from release.model.syntax import AlterEnum
from release.plan.inspections import preflight_view, verify_view
from release.plan.ledger import ledgers_of
from release.psql.pieces import Kind, cut
from release.render.view import refuse_segments, view_of
from release.sql.facts.settings import session_change, sets_session
from release.sql.read import quote
from release.sql.read.rewriting import with_if_not_exists, with_local
from release.sql.read.statements import split
from release.sql.read.types import routine_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from release.config import Settings
    from release.model import Plan, Release
    from release.plan.end_state import ObjectOutcome

# what Python calls otherwise than SQL
_WORDS = {True: "TRUE", False: "FALSE", None: "NULL"}
# Settings that some servers do not know, each with the value that breaks nothing off and refuses nothing: since 14,
# since 17, and since a minor version of August 2024 (release notes).
_KNOWN_TO_SOME = {"idle_session_timeout": "0", "transaction_timeout": "0", "restrict_nonsystem_relation_kind": ""}
_WIDEST = 100  # what an array may be to stand on one line
_SLOT = "\0"  # cannot stand in SQL, and every untrusted text in our own is made printable first


def render_scripts(release: Release, settings: Settings) -> tuple[Script, ...]:
    """The scripts of a release: preflight.sql, upgrade.sql, verify.sql and rollback.sql.

    Args:
        settings: the project's, which decide timeouts, role and search path.

    Raises:
        PlanError: the release needs several segments, and the settings allow one transaction only.
    """
    refuse_segments(release, settings)
    ledgers = ledgers_of(release, settings.schema)
    upgrade = view_of(release, release.upgrade, ledgers, settings)
    rollback = view_of(release, release.rollback, ledgers, settings)
    script = "plain/script.sql.j2" if settings.plain else "script.sql.j2"
    return (
        _render("preflight", "preflight.sql.j2", upgrade | preflight_view(*ledgers, upgrade["touched"]), ()),
        _render("upgrade", script, upgrade, _authored(release.upgrade, settings)),
        _render("verify", "verify.sql.j2", upgrade | verify_view(*ledgers), ()),
        _render("rollback", script, rollback, _authored(release.rollback, settings)),
    )


def _authored(plan: Plan, settings: Settings) -> tuple[Statement, ...]:
    """What the slots of a script are filled with, by number: the plan's statements, then all settings.

    A plain script is one transaction in a session that may be somebody's for the rest of the day.
    """
    opening = plan.opening
    if settings.plain:
        opening = tuple(
            replace(each, text=with_local(each.text)) if sets_session(each.syntax) else each for each in opening
        )
    return (*plan.statements, *opening, *plan.closing, *(each for segment in plan.segments for each in segment.again))


def session_settings(settings: Settings) -> dict[str, str]:
    """What every script sets for its session, by the setting's name, each as a statement."""
    script = _environment().get_template("settings.sql.j2").render(settings=replace(settings, plain=False))
    for name in ("lock_timeout", "statement_timeout"):  # psql variables, which the DBA may give other values
        script = script.replace(f":'{name}'", quote.literal(getattr(settings, name)))
    statements = [each for piece in cut(script) if piece.kind is Kind.STATEMENT for each in split(piece.text)]
    changes = [session_change(each.syntax, each.text) for each in statements]
    known = {change.name: change.text for change in changes if change}
    return known | {name: _where_known(name, value) for name, value in _KNOWN_TO_SOME.items()}


def _where_known(name: str, value: str) -> str:
    """Give a setting a value for the session, where the server knows it; set_config() is SET (manual 9.28.1)."""
    call = f"pg_catalog.set_config(s.name, {quote.literal(value)}, FALSE)"
    where = f"s.name = {quote.literal(name)}"
    return f"SELECT {call} AS {name} FROM pg_catalog.pg_settings AS s WHERE {where}"  # noqa: S608 - quoted


def _render(name: str, template: str, view: dict[str, Any], statements: tuple[Statement, ...]) -> Script:
    text = _environment().get_template(template).render(view)
    return Script(f"{name}.sql", tuple(_parts(text, statements)))


def _parts(text: str, statements: tuple[Statement, ...]) -> Iterable[ScriptPart]:
    """Our text, with the authors' statements put into their slots."""
    for index, piece in enumerate(text.split(_SLOT)):
        if index % 2:
            statement = statements[int(piece)]
            yield ScriptPart(_as_written(statement), statement.source, statement.generated)
        elif piece:
            yield ScriptPart(piece)


def _as_written(statement: Statement) -> str:
    comment, text = f"{statement.comment}\n" if statement.comment else "", statement.text
    match statement.syntax:
        case AlterEnum(old="", if_not_exists=False):  # a label outlives a rollback, and the upgrade is run again
            comment += "-- IF NOT EXISTS is added here: no rollback takes a label away\n"
            text = with_if_not_exists(text)
    return f"{comment}{text};\n"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("release"),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701  # SQL, not HTML; the filters below do the quoting
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        finalize=lambda value: _WORDS.get(value, value) if isinstance(value, bool | None) else value,
    )
    environment.filters |= {
        "identifier": _identifier,
        "name_literal": lambda name: quote.name_literal(Name(name) if isinstance(name, str) else name),
        "literal": lambda value: quote.literal(str(value)),
        "line": lambda value: quote.one_line(str(value)),
        "argument": quote.psql_argument,
        "texts": _texts,
        "place": _place,
        "slot": lambda index: f"{_SLOT}{index}{_SLOT}",
        "block": _block,
        "hang": _hang,
        "rule": lambda text: f"{text:-<88}",
        "row_dump": _row_dump,
        "array": _array,
    }
    environment.globals |= {"counted": counted, "known_to_some": _KNOWN_TO_SOME}
    return environment


def _texts(values: Sequence[str]) -> str:
    """An array of strings."""
    return f"ARRAY[{', '.join(quote.literal(value) for value in values)}]" if values else "'{}'"


def _place(outcome: ObjectOutcome) -> str:
    """What to_regclass, to_regtype or to_regprocedure finds an object by, or its table."""
    thing = outcome.thing
    if outcome.arguments is not None:
        return quote.literal(routine_text(thing.name, outcome.arguments))
    return quote.name_literal(thing.parent if outcome.inside and thing.parent else thing.name)


def _identifier(name: Name | str) -> str:
    return quote.identifier(name) if isinstance(name, str) else quote.dotted(name)


def _block(text: str, label: str = "", indent: int = 14, width: int = 100) -> str:
    """A header entry: a label in the margin and text wrapped beside it, every line a comment; "- " hangs."""
    text = quote.one_line(text)
    hang = 2 if text.startswith("- ") else 0
    lines = textwrap.wrap(
        text,
        width,
        initial_indent=f"-- {label:<{indent}}",
        subsequent_indent=f"-- {'':<{indent + hang}}",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(line.rstrip() for line in lines or [f"-- {label}"])


def _hang(text: str, indent: int = 2) -> str:
    """A header line that is nothing but text, indented."""
    return f"-- {'':<{indent}}{text}"


def _array(items: Iterable[str]) -> str:
    """An ARRAY of literals, on one line where it fits."""
    written = list(items)
    line = f"ARRAY[{', '.join(written)}]"
    if len(line) <= _WIDEST:
        return line
    lines = [""]
    for item in written:
        if lines[-1] and len(lines[-1]) + len(item) > _WIDEST:
            lines.append("")
        lines[-1] += f" {item}," if lines[-1] else f"{item},"
    return "ARRAY[\n    " + "\n    ".join(lines).removesuffix(",") + "\n]"


def _row_dump(names: Sequence[Name], dump: str) -> str:
    """Header lines: the shell command that saves the rows of tables, with those of all that inherits from them.

    pg_dump takes a table alone for -t; --table-and-children is there since 16 (pg_dump manual). So psql lists what
    there is, as patterns that stand for one name each (psql manual, Patterns: quoted, nothing else is special), with a
    zero byte after each; `xargs -x` fails rather than start a second pg_dump, which would overwrite the first file.
    """
    roots = ",\n".join(f"    ({_dollars(_for_regclass(name))})" for name in names)
    # to_regclass() is NULL for what is not there: a rollback may start from the middle of an upgrade
    query = f"""\
WITH RECURSIVE t (oid) AS (
    SELECT to_regclass(v.name)::oid FROM (VALUES
{roots}
    ) AS v (name) UNION SELECT i.inhrelid FROM pg_inherits AS i JOIN t ON i.inhparent = t.oid
) SELECT format($$--table=%I.%I$$, n.nspname, c.relname) FROM t JOIN pg_class AS c USING (oid)
JOIN pg_namespace AS n ON n.oid = c.relnamespace"""  # noqa: S608 - quoted
    inside = query.replace("'", "'\\''")
    command = f"""\
psql -X -q -At0 -d DATABASE -c 'SET search_path = pg_catalog, pg_temp' -c '{inside}' \\
| xargs -0 -r -n 99999 -x pg_dump -Fc -a -d DATABASE -f {dump}-rows.dump"""
    return "\n".join(f"--{'':<15}{line}" for line in command.split("\n"))


def _for_regclass(name: Name) -> str:
    """A name as regclass reads it, which knows no U&"…" (manual 8.19)."""
    if quote.dotted(name) == str(name):
        return str(name)
    return ".".join(quote.quoted(part) for part in (name.schema, name.name) if part)


def _dollars(text: str) -> str:
    """A string constant between dollars (manual 4.1.2.4), in which a shell's single quotes need no doubling.

    With escapes (4.1.2.2) where it has what would end the comment that it stands in, or what nobody can see.
    """
    if not text.isprintable():
        escaped = text.replace("\\", "\\\\").replace("'", "''")
        return "E'" + "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in escaped) + "'"
    tag = "$$"
    while tag in f"{text}$":
        tag = f"${tag[1:-1]}q$"
    return f"{tag}{text}{tag}"
