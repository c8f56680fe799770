"""Where psql would put the value of one of its variables: `:name`, `:'name'`, `:"name"` outside quotes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.psql.arguments import ScriptLexer
from release.psql.lexer import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.psql.lexer import Quoting


def variables_in(text: str) -> Iterator[tuple[str, int]]:
    """Name and 1-based line of each place in SQL that psql takes for a variable, arguments of commands left out."""
    found: list[str] = []

    def note(name: bytes, _quoting: Quoting) -> None:
        found.append(name.decode(errors="replace"))

    lexer = ScriptLexer(note)
    out = bytearray()
    for number, line in enumerate(text.encode("utf-8", "surrogateescape").split(b"\n"), 1):
        lexer.start_line(line)
        while True:
            stop = lexer.scan(out)
            yield from ((name, number) for name in found)
            found.clear()
            if stop is Stop.SEMICOLON:
                out.clear()
            elif stop is Stop.BACKSLASH:
                lexer.command_name()
                lexer.arguments()
                lexer.end_command()
                found.clear()
            else:
                break
