"""Rendering: templates lay out our text; an author's statement never goes through the template engine."""

from __future__ import annotations

import json
import textwrap
from functools import cache
from typing import TYPE_CHECKING

import jinja2

from release.model import Name, Script, ScriptPart, counted
from release.plan.script_rows import path_of
from release.psql.pieces import Kind, cut
from release.render.machinery import NUMBER, Fixed
from release.render.rows import values
from release.render.segment_table import WIDTH, header_text, segment_table
from release.sql.facts.settings import session_change
from release.sql.read import quote
from release.sql.read.statements import split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from release.config import Settings
    from release.model import Statement
    from release.plan.pages import Pages, PreflightPage, ScriptPage, VerifyPage
    from release.render.machinery import Machinery

# what Python calls otherwise than SQL
_WORDS = {True: "TRUE", False: "FALSE", None: "NULL"}
# Settings that some servers do not know, each with the value that breaks nothing off and refuses nothing: since 14,
# since 17, and since a minor version of August 2024 (release notes).
_KNOWN_TO_SOME = {"idle_session_timeout": "0", "transaction_timeout": "0", "restrict_nonsystem_relation_kind": ""}
_WIDEST = 100  # what an array may be to stand on one line
_SLOT = "\0"  # cannot stand in SQL, and every untrusted text in our own is made printable first
_FIXED = "\2"  # before and after text that is the same in every release
_NOT_ASCII = "\1"  # where the characters of a script stand that are not ASCII: nobody knows them before it is laid out


def render_scripts(pages: Pages) -> tuple[Script, ...]:
    """The scripts of a release: preflight.sql, upgrade.sql, monitor.sql, verify.sql and rollback.sql."""
    return (
        Script("preflight.sql", tuple(_own(_render("preflight.sql.j2", pages.preflight, _authored(pages.upgrade))))),
        Script("upgrade.sql", tuple(_parts(pages.upgrade))),
        Script("monitor.sql", tuple(_own(_render("monitor.sql.j2", pages.verify)))),
        Script("verify.sql", tuple(_own(_render("verify.sql.j2", pages.verify)))),
        Script("rollback.sql", tuple(_parts(pages.rollback))),
    )


def _render(template: str, page: ScriptPage | PreflightPage | VerifyPage, authored: str = "") -> str:
    """Our text.

    Args:
        authored: what is put into its slots, or asked about: the database must have its characters.
    """
    text = _environment().get_template(template).render(page=page)
    head, place, rest = text.partition(_NOT_ASCII)
    # comments before a statement are nothing that psql sends, and what it prints itself is not either
    sent = "\n".join(line for line in rest.splitlines() if not line.startswith(("--", "\\echo")))
    found = _characters(sent + authored)
    if page.settings.plain:
        asked = f"SET release.characters = {found or quote.literal('')};"
    else:
        asked = f"\\set characters {found}" if found else ""
    if place and not asked:
        return f"{head.rstrip()}\n{rest}"
    return f"{head}{asked}{rest}" if place else text


def _characters(text: str) -> str:
    """The characters of a text that are not ASCII, as a literal: U+0142=c582, the code point and its bytes in UTF-8.

    "" where there are none.
    """
    found = " ".join(f"U+{ord(each):04X}={each.encode().hex()}" for each in sorted(set(text)) if each > "\x7f")
    return quote.literal(found) if found else ""


def machinery() -> tuple[Machinery, ...]:
    """The text that is the same in every release, by kind of script."""
    return _fixed().kinds()


@cache
def _fixed() -> Fixed:
    return Fixed(_environment())


def session_settings(settings: Settings) -> dict[str, str]:
    """What every script sets for its session, by the setting's name, each as a statement."""
    fixed = _environment().get_template("machinery/settings.sql.j2").render(plain=False)
    script = fixed + "".join(
        f"SET {name} = {value};\n"
        for name, value in {
            "search_path": ", ".join(map(quote.identifier, path_of(settings))),
            "timezone": quote.literal(settings.timezone),
            "lock_timeout": quote.literal(settings.lock_timeout),
            "statement_timeout": quote.literal(settings.statement_timeout),
            **({"role": quote.identifier(settings.role)} if settings.role else {}),
        }.items()
    )
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
    template = "plain/script.sql.j2" if page.settings.plain else "script.sql.j2"
    text = _render(template, page, _authored(page))
    for index, piece in enumerate(text.split(_SLOT)):
        if index % 2:
            statement = page.statements[int(piece)]
            yield ScriptPart(_as_written(statement), statement.source, statement.generated, statement.unread)
        else:
            yield from _own(piece)


def _authored(page: ScriptPage) -> str:
    return "".join(map(_as_written, page.statements))


def _own(text: str) -> Iterator[ScriptPart]:
    """Text of ours: what is the same in every release, and what is not."""
    for index, piece in enumerate(text.split(_FIXED)):
        if piece:
            yield ScriptPart(piece, fixed=bool(index % 2))


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
        "slot": lambda index: f"{_SLOT}{index}{_SLOT}",
        "block": _block,
        "entry": _entry,
        "segment_table": segment_table,
        "values": values,
        "text_array": _text_array,
        "listed": _listed,
    }
    environment.globals |= {
        "counted": counted,
        "known_to_some": _KNOWN_TO_SOME,
        "machinery_number": NUMBER,
        "machinery_checksum": lambda scripts, plain: _fixed().checksum(scripts, plain),
        "machinery": lambda name, plain: f"{_FIXED}{_fixed().part(name, plain=plain)}{_FIXED}",
        "not_ascii": _NOT_ASCII,
    }
    return environment


def _in_sql(value: object) -> object:
    return _WORDS[value] if value is None or value is True or value is False else value


def _text_array(values: Sequence[str]) -> str:
    """An array of texts as a string constant (manual 8.15.2)."""
    plain = all(value.isascii() and value.isalnum() and value.upper() != "NULL" for value in values)
    written = values if plain else [json.dumps(value, ensure_ascii=False) for value in values]
    return quote.literal("{" + ",".join(written) + "}")


def _listed(items: Iterable[str], column: int) -> str:
    """Items with commas, in as many lines as they need; the first begins at a column."""
    lines = [" " * column]
    for item in items:
        if lines[-1].strip() and len(lines[-1]) + len(item) > _WIDEST:
            lines.append("    ")
        lines[-1] += f"{item}, "
    return "\n".join(lines).strip().removesuffix(",").replace(", \n", ",\n")


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


def _entry(text: str, label: str = "", indent: int = 9) -> str:
    """An entry of a header, as wide as a screen."""
    return _block(header_text(text), label, indent, WIDTH)
