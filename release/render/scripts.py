"""Rendering: templates lay out our text; an author's statement never goes through the template engine."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import jinja2

from release.model import Name, Script, ScriptPart, counted
from release.plan.pages import SettingsPage
from release.psql.pieces import Kind, cut
from release.sql.facts.settings import session_change
from release.sql.read import quote
from release.sql.read.statements import split
from release.sql.read.types import routine_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from release.config import Settings
    from release.model import Statement
    from release.plan.end_state import ObjectOutcome
    from release.plan.pages import Pages, PreflightPage, ScriptPage, VerifyPage

# what Python calls otherwise than SQL
_WORDS = {True: "TRUE", False: "FALSE", None: "NULL"}
# Settings that some servers do not know, each with the value that breaks nothing off and refuses nothing: since 14,
# since 17, and since a minor version of August 2024 (release notes).
_KNOWN_TO_SOME = {"idle_session_timeout": "0", "transaction_timeout": "0", "restrict_nonsystem_relation_kind": ""}
_WIDEST = 100  # what an array may be to stand on one line
_SLOT = "\0"  # cannot stand in SQL, and every untrusted text in our own is made printable first


def render_scripts(pages: Pages) -> tuple[Script, ...]:
    """The scripts of a release: preflight.sql, upgrade.sql, verify.sql and rollback.sql."""
    return (
        Script("preflight.sql", (ScriptPart(_render("preflight.sql.j2", pages.preflight)),)),
        Script("upgrade.sql", tuple(_parts(pages.upgrade))),
        Script("verify.sql", (ScriptPart(_render("verify.sql.j2", pages.verify)),)),
        Script("rollback.sql", tuple(_parts(pages.rollback))),
    )


def _render(template: str, page: ScriptPage | PreflightPage | VerifyPage | SettingsPage) -> str:
    return _environment().get_template(template).render(page=page)


def session_settings(settings: Settings) -> dict[str, str]:
    """What every script sets for its session, by the setting's name, each as a statement."""
    script = _render("settings.sql.j2", SettingsPage(replace(settings, plain=False)))
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


def _parts(page: ScriptPage) -> Iterator[ScriptPart]:
    """Our text, with the authors' statements put into their slots."""
    text = _render("plain/script.sql.j2" if page.settings.plain else "script.sql.j2", page)
    for index, piece in enumerate(text.split(_SLOT)):
        if index % 2:
            statement = page.statements[int(piece)]
            yield ScriptPart(_as_written(statement), statement.source, statement.generated, statement.unread)
        elif piece:
            yield ScriptPart(piece)


def _as_written(statement: Statement) -> str:
    comment = f"{statement.comment}\n" if statement.comment else ""
    return f"{comment}{statement.text};\n"


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
        finalize=_in_sql,
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


def _in_sql(value: object) -> object:
    return _WORDS[value] if value is None or value is True or value is False else value


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
    first = f"-- {label:<{indent}}"
    if len(first) + len(text) <= width:  # as most are; what wraps takes its time
        return f"{first}{text}".rstrip()
    hang = 2 if text.startswith("- ") else 0
    lines = textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=f"-- {'':<{indent + hang}}",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(line.rstrip() for line in lines)


def _hang(text: str, indent: int = 2) -> str:
    """A header line that is nothing but text, indented."""
    return f"-- {'':<{indent}}{text}"


def _array(items: Iterable[str], widest: int = _WIDEST) -> str:
    """An ARRAY of literals, on one line where it fits."""
    written = list(items)
    line = f"ARRAY[{', '.join(written)}]"
    if len(line) <= widest:
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
    roots = ",\n".join(f"    ({_dollars(_for_regclass(each))})" for name in names for each in quote.places(name))
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
