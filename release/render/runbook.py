"""RUNBOOK.md: Markdown in which other people's text is text.

Whatever a template prints is escaped, unless a filter here has made Markdown of it. There is no raw HTML, and a word
that Markdown could take for anything stands in a code span, which is also how names are best read.
"""

from __future__ import annotations

import re
import shlex
import textwrap
from functools import cache
from typing import TYPE_CHECKING

import jinja2

from release.model import counted
from release.sql.read import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from release.model import Name
    from release.plan.runbook import RunbookPage

_WIDTH = 100
# What starts or ends something within a line: CommonMark 0.31, 6; GitHub's autolinks, formulas and emoji.
# Names of files and of things in schemas are read better so, too.
_INLINE = re.compile(r"[\\`*_\[\]<>&~|#$@^]|://|:\w+:|[^\W\d]\.[^\W\d]")
# What does at the start of a line, where a word may come to stand: lists, rules, underlines of headings (4 and 5).
_BLOCK = re.compile(r"[-+=]+|\d+[.)]")
_WORD = re.compile(r"(\(*)(.*?)([,.;:)]*)")
_KEPT = "\0"  # a space that no line ends at; cannot stand in text that was made printable


class Markdown(str):
    """Text that is Markdown already."""

    __slots__ = ()


def render_runbook(page: RunbookPage) -> str:
    """The text of RUNBOOK.md."""
    return _environment().get_template("runbook.md.j2").render(page=page)


def prose(text: object) -> Markdown:
    """Other people's text, or ours with their names in it, within a paragraph."""
    return Markdown(_prose(text).replace(_KEPT, " "))


def code(text: object) -> Markdown:
    """Text as a code span: between more backticks than it has in a row (CommonMark 0.31, 6.1)."""
    line = quote.one_line(str(text)) or " "
    runs = {len(run) for run in re.findall("`+", line)}
    ticks = "`" * next(number for number in range(1, len(runs) + 2) if number not in runs)
    pad = " " if "`" in (line[0], line[-1]) else ""
    return Markdown(f"{ticks}{pad}{line}{pad}{ticks}")


def item(text: object, indent: int = 0) -> Markdown:
    """An item of a list."""
    start = f"{'':<{indent}}- "
    lines = textwrap.wrap(
        _prose(text),
        _WIDTH,
        initial_indent=start,
        subsequent_indent=f"{'':<{len(start)}}",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return Markdown("\n".join(lines).replace(_KEPT, " "))


def _prose(text: object) -> str:
    return " ".join(_word(word) for word in quote.one_line(str(text)).split(" "))


def _word(word: str) -> str:
    if _BLOCK.fullmatch(word):
        return code(word)
    before, inside, after = _split(word)
    return f"{before}{code(inside).replace(' ', _KEPT)}{after}" if _INLINE.search(inside) else word


def _split(word: str) -> tuple[str, str, str]:
    found = _WORD.fullmatch(word)
    assert found  # noqa: S101 - each part may be empty
    before, inside, after = found.groups()
    if after.startswith(")") and "(" in inside:  # f(x) is one name
        inside, after = f"{inside})", after[1:]
    return before, inside, after


def relations(names: Sequence[Name]) -> Markdown:
    """The rows of a VALUES list: names for to_regclass, in each schema where they may lie."""
    return Markdown(",\n".join(f"        ({string(_for_regclass(each))})" for each in _places(names)))


def _places(names: Sequence[Name]) -> Iterator[Name]:
    return (each for name in names for each in quote.places(name))


def string(text: str) -> Markdown:
    """A string constant in ASCII, on one line, whatever the encoding of the client and the setting of the server."""
    quoted = text.replace("'", "''")
    if text.isascii() and text.isprintable() and "\\" not in text:
        return Markdown(f"'{quoted}'")
    escaped = quoted.replace("\\", "\\\\")
    return Markdown("E'" + "".join(c if c.isascii() and c.isprintable() else f"\\U{ord(c):08X}" for c in escaped) + "'")


def shell(text: str) -> Markdown:
    """A word of the shell."""
    return Markdown(shlex.quote(text))


def _for_regclass(name: Name) -> str:
    """A name as regclass reads it, which knows no U&"…" (manual 8.19)."""
    if quote.dotted(name) == str(name):
        return str(name)
    return ".".join(quote.quoted(part) for part in (name.schema, name.name) if part)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("release"),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701  # Markdown, not HTML; what is printed goes through `finalize`
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        finalize=lambda value: value if isinstance(value, Markdown) else prose(value),
    )
    environment.filters |= {
        "code": code,
        "item": item,
        "md": Markdown,
        "relations": relations,
        "shell": shell,
        "string": string,
    }
    environment.globals |= {"counted": counted}
    return environment
