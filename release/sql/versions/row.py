"""A row of the table of what came with a major version: a form, an option, a type, a function, a setting.

A row is a fact about PostgreSQL with the page of its manual that states it, and an example that is run on a real
server: on one that is older than the row says it must fail with the SQLSTATE that the row names, from that version on
it must work.
"""

from __future__ import annotations

from dataclasses import dataclass

SYNTAX_ERROR = "42601"
UNDEFINED_OBJECT = "42704"
UNDEFINED_FUNCTION = "42883"
UNDEFINED_TABLE = "42P01"
UNDEFINED_COLUMN = "42703"
UNSUPPORTED = "0A000"
INVALID_PARAMETER = "22023"
WRONG_TYPE = "42804"
WRONG_OBJECT = "42809"
INVALID_OBJECT = "42P17"
UNDEFINED_FILE = "58P01"


@dataclass(frozen=True, slots=True)
class ServerFeature:
    """Something that a statement can use, and the first major version that has it.

    Attributes:
        key: what of a parse tree it is, as `release.sql.read.features` reads it: `Message`, `Message.field`,
            `Message.field=value`, `Message.field:option` or `Message.field:option=value`; else a kind and a name
            (`function uuidv7`), or words that the matching code has a function for.
        title: what it is, as the manual writes it.
        since: first major version that has it.
        section: page of the PostgreSQL manual that states it.
        example: a statement over `release.sql.locks.forms.WORLD`, run by the test.
        setup: statements that the example needs first; run on every version.
        older: SQLSTATEs by which older versions refuse the example.
        arguments: of a function: the numbers of arguments that are new; empty: the name is.
        parsed: a server that lacks it cannot parse the statement, wherever it stands; otherwise it fails only when the
            statement runs.
        alone: the example runs outside a transaction block.
        untried: why the test cannot run the example where it should work; empty: it can.
    """

    key: str
    title: str
    since: int
    section: str
    example: str
    setup: str = ""
    older: tuple[str, ...] = (SYNTAX_ERROR,)
    arguments: tuple[int, ...] = ()
    parsed: bool = True
    alone: bool = False
    untried: str = ""
