r"""The backslash commands that scripts may use (manual, psql, "Meta-Commands"), done as psql 18 does them.

Conditionals are in `conditionals`; what is not here is refused, or, where psql itself knows no such command, an error.
"""

from __future__ import annotations

from enum import Enum, unique
from pathlib import Path
from typing import TYPE_CHECKING

from release.psql.conninfo import describe_connection
from release.psql.transcript import format_table
from release.psql.variables import parse_boolean

if TYPE_CHECKING:
    from collections.abc import Callable

    from release.psql.mainloop import RunningScript


@unique
class AfterCommand(Enum):
    """What a command asks the script's loop to do."""

    SKIP = "go on"
    SEND = "send what has been read"
    QUIT = "leave the script"
    ERROR = "an error; the rest of the line is dropped"


def echo(script: RunningScript, name: bytes) -> AfterCommand:
    transcript = script.run.transcript
    # each word is printed before the next is read, which may be an error
    write = transcript.warn if name == b"warn" else transcript.write
    said = b""
    newline = b"\n"
    first = True
    while (argument := script.lexer.argument()) is not None:
        if first and newline and argument == (b"-n", b""):
            newline = b""
        else:
            word = argument[0] if first else b" " + argument[0]
            write(word)
            said += word
            first = False
    write(newline)
    if script.run.reporter:
        script.run.reporter.echoed(said)
    return AfterCommand.SKIP


def set_variable(script: RunningScript, _name: bytes) -> AfterCommand:
    first = script.lexer.argument()
    if first is None:
        for name, value in script.run.variables.all():
            script.run.transcript.write(b"%s = '%s'\n" % (name, value))
        return AfterCommand.SKIP
    value = b"".join(script.lexer.arguments())
    return AfterCommand.SKIP if script.run.variables.set(first[0], value) else AfterCommand.ERROR


def unset_variable(script: RunningScript, name: bytes) -> AfterCommand:
    argument = script.lexer.argument()
    if argument is None:
        return _miss_argument(script, name)
    return AfterCommand.SKIP if script.run.variables.unset(argument[0]) else AfterCommand.ERROR


def include(script: RunningScript, name: bytes) -> AfterCommand:
    argument = script.lexer.argument(semicolons=False)
    if argument is None:
        return _miss_argument(script, name)
    path = argument[0]
    if path.startswith(b"~"):
        path = bytes(Path(path.decode(errors="surrogateescape")).expanduser())
    return (
        AfterCommand.SKIP if script.include(path, relative=name in (b"ir", b"include_relative")) else AfterCommand.ERROR
    )


def gset(script: RunningScript, _name: bytes) -> AfterCommand:
    argument = script.lexer.argument()
    script.run.prefix = argument[0] if argument else b""
    script.copy_previous()
    return AfterCommand.SEND


def gexec(script: RunningScript, _name: bytes) -> AfterCommand:
    script.run.executes = True
    script.copy_previous()
    return AfterCommand.SEND


def go(script: RunningScript, _name: bytes) -> AfterCommand:
    if script.lexer.argument() is not None:
        raise script.refusal("\\g with a file, a pipe or options", "write \\g alone, or end the statement with ;")
    script.copy_previous()
    return AfterCommand.SEND


def leave(_script: RunningScript, _name: bytes) -> AfterCommand:
    return AfterCommand.QUIT


def reset(script: RunningScript, _name: bytes) -> AfterCommand:
    script.query.clear()
    script.lexer.reset()
    if not script.run.variables.quiet:
        script.run.transcript.write(b"Query buffer reset (cleared).\n")
    return AfterCommand.SKIP


def timing(script: RunningScript, _name: bytes) -> AfterCommand:
    argument = script.lexer.argument()
    well = True
    if argument is None:
        script.run.timing = not script.run.timing
    else:
        wanted = parse_boolean(argument[0])
        if wanted is None:
            script.run.transcript.error(b'unrecognized value "%s" for "\\timing": Boolean expected' % argument[0])
            well = False
        else:
            script.run.timing = wanted
    if not script.run.variables.quiet:
        script.run.transcript.write(b"Timing is %s.\n" % (b"on" if script.run.timing else b"off"))
    return AfterCommand.SKIP if well else AfterCommand.ERROR


def tell_connection(script: RunningScript, _name: bytes) -> AfterCommand:
    rows = describe_connection(script.run.session.pgconn)
    script.run.transcript.write(b"Connection Information\n" + format_table((b"Parameter", b"Value"), rows))
    return AfterCommand.SKIP


def restrict(script: RunningScript, name: bytes) -> AfterCommand:
    r"""Do no command but `\unrestrict` with this key from here on, as dumps ask for (pg_dump, --restrict-key)."""
    argument = script.lexer.argument()
    if argument is None or not argument[0]:
        return _miss_argument(script, name)
    script.run.key = argument[0]
    return AfterCommand.SKIP


def unrestrict(script: RunningScript, name: bytes) -> AfterCommand:
    key = script.lexer.rest_of_line().rstrip(b"; \t\n\v\f\r")
    if not key:
        return _miss_argument(script, name)
    if script.run.key is None:
        script.run.transcript.error(b"\\%s: not currently in restricted mode" % name)
        return AfterCommand.ERROR
    if key != script.run.key:
        script.run.transcript.error(b"\\%s: wrong key" % name)
        return AfterCommand.ERROR
    script.run.key = None
    return AfterCommand.SKIP


def _miss_argument(script: RunningScript, name: bytes) -> AfterCommand:
    script.run.transcript.error(b"\\%s: missing required argument" % name)
    return AfterCommand.ERROR


COMMANDS: dict[bytes, Callable[[RunningScript, bytes], AfterCommand]] = {
    b"conninfo": tell_connection,
    b"echo": echo,
    b"g": go,
    b"gexec": gexec,
    b"gset": gset,
    b"i": include,
    b"include": include,
    b"include_relative": include,
    b"ir": include,
    b"q": leave,
    b"qecho": echo,
    b"quit": leave,
    b"r": reset,
    b"reset": reset,
    b"restrict": restrict,
    b"set": set_variable,
    b"timing": timing,
    b"unrestrict": unrestrict,
    b"unset": unset_variable,
    b"warn": echo,
}
WHOLE_LINE = frozenset((b"unrestrict",))  # those whose one argument is the rest of the line, as it stands
CONDITIONALS = frozenset((b"if", b"elif", b"else", b"endif"))

# What psql does besides; `d` stands for all that start with it.
_OTHERS = frozenset(
    b"! ? C H T a bind bind_named c cd close_prepared connect copy copyright crosstabview d e ef encoding endpipeline "
    b"errverbose ev f flush flushrequest gdesc getenv getresults gx h help l l+ l+x list list+ list+x listx "
    b"lo_export lo_import lo_list lo_unlink lx lx+ o out p parse password print prompt pset s sendpipeline setenv sf "
    b"sf+ startpipeline sv sv+ syncpipeline t w watch write x z zS zSx zx zxS".split()
)


def is_known_to_psql(name: bytes) -> bool:
    """Say whether psql has a command of this name that `release apply` does not do."""
    return name in _OTHERS or name.startswith(b"d") or name.lower() == b"copy"  # the one in which case does not matter
