r"""psql's variables: names, values, and the special ones that steer a run (manual, psql, "Variables")."""

from __future__ import annotations

import re
from math import inf
from sys import float_info
from typing import TYPE_CHECKING

from release.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Callable

_NAME = re.compile(rb"[A-Za-z\x80-\xff_0-9]+")
_INTEGER = re.compile(rb"\s*([+-]?(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*))")  # as C's strtol reads it
_FLOAT = re.compile(  # as C's strtod reads it
    rb"""[ \t\n\v\f\r]*[+-]?(?:(?P<word>inf(?:inity)?|nan(?:\(\w*\))?)
    |0x(?P<hex>[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[+-]?[0-9]+)?
    |(?P<digits>[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?)""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_NONZERO = re.compile(rb"[1-9a-fA-F]")

# Special variables that hold a Boolean, with the values they start with.
_BOOLEANS = {
    b"AUTOCOMMIT": b"on",
    b"HIDE_TABLEAM": b"off",
    b"HIDE_TOAST_COMPRESSION": b"off",
    b"ON_ERROR_STOP": b"off",
    b"QUIET": b"off",
    b"SHOW_ALL_RESULTS": b"on",
    b"SINGLELINE": b"off",
    b"SINGLESTEP": b"off",
}
# Those that hold a word: what psql says is available, the words besides Booleans, whether Booleans are taken.
_WORDS = {
    b"COMP_KEYWORD_CASE": ("lower, upper, preserve-lower, preserve-upper", b"preserve-upper", False),
    b"ECHO": ("none, errors, queries, all", b"none", False),
    b"ECHO_HIDDEN": ("on, off, noexec", b"off", True),
    b"HISTCONTROL": ("none, ignorespace, ignoredups, ignoreboth", b"none", False),
    b"ON_ERROR_ROLLBACK": ("on, off, interactive", b"off", True),
    b"SHOW_CONTEXT": ("never, errors, always", b"errors", False),
    b"VERBOSITY": ("default, verbose, terse, sqlstate", b"default", False),
}
_NUMBERS = {b"FETCH_COUNT": b"0", b"HISTSIZE": b"500", b"IGNOREEOF": b"0"}
_INTERVALS = {b"WATCH_INTERVAL": b"2"}  # seconds
_LONGEST_INTERVAL = 1_000_000
# Written after each statement, what a script sets them to is lost: nothing is ever sent in a pipeline here.
PIPELINE = {b"PIPELINE_COMMAND_COUNT": b"0", b"PIPELINE_RESULT_COUNT": b"0", b"PIPELINE_SYNC_COUNT": b"0"}
# psql would run the script in another way; we do not.
_FIXED = (b"ECHO_HIDDEN", b"FETCH_COUNT", b"SHOW_CONTEXT", b"SINGLELINE", b"SINGLESTEP", b"VERBOSITY")
_STARTING = (
    _BOOLEANS
    | {name: default for name, (_, default, _) in _WORDS.items()}
    | _NUMBERS
    | _INTERVALS
    | {b"PROMPT1": b"%/%R%x%# ", b"PROMPT2": b"%/%R%x%# ", b"PROMPT3": b">> "}
)


def parse_boolean(value: bytes) -> bool | None:
    """Read a Boolean as psql does (any unambiguous beginning, any case); None when it is none."""
    word = value.lower()
    if word and (b"true".startswith(word) or b"yes".startswith(word)):
        return True
    if word and (b"false".startswith(word) or b"no".startswith(word)):
        return False
    if word in (b"on", b"1"):
        return True
    return False if word in (b"of", b"off", b"0") else None


def _is_integer(value: bytes) -> bool:
    match = _INTEGER.fullmatch(value)
    if match is None:
        return False
    digits = match[1].lstrip(b"+-")
    base = 16 if digits[:2] in (b"0x", b"0X") else 8 if digits.startswith(b"0") else 10
    return -(1 << 31) <= int(match[1], base) < 1 << 31


def _judge_interval(name: bytes, value: bytes) -> bytes:
    """Say what psql has against a number of seconds (`ParseVariableDouble`), b"" when nothing."""
    if not value:
        return b'invalid input syntax for variable "%s"' % name
    match = _FLOAT.fullmatch(value)
    if match is None:
        return b'invalid value "%s" for variable "%s"' % (value, name)
    text = value.split(b"(")[0].decode("ascii")
    try:
        number = float.fromhex(text) if match["hex"] else float(text)
    except OverflowError:
        number = inf
    if not match["word"] and (abs(number) == inf or (number == 0 and _NONZERO.search(match["hex"] or match["digits"]))):
        return b'value "%s" is out of range for variable "%s"' % (value, name)
    wrong = b'invalid value "%s" for variable "%s"' % (value, name)
    if 0 < abs(number) < float_info.min:  # strtod says that it has lost digits
        return wrong
    if number < 0:
        return wrong + b": must be greater than 0.00"
    return wrong + b": must be less than %d.00" % _LONGEST_INTERVAL if number > _LONGEST_INTERVAL else b""


class Variables:
    """The variables of a run.

    Args:
        complain: takes the text of psql's error when a name or value is not accepted.

    Attributes:
        autocommit, on_error_stop, quiet, show_all_results: what the special variables of these names say.
        echo, on_error_rollback: likewise, as lower-case words.
    """

    def __init__(self, complain: Callable[[bytes], None]) -> None:
        self._complain = complain
        self._values = _STARTING | PIPELINE
        self.autocommit = True
        self.on_error_stop = False
        self.quiet = False
        self.show_all_results = True
        self.echo = b"none"
        self.on_error_rollback = b"off"

    def get(self, name: bytes) -> bytes | None:
        return self._values.get(name)

    def all(self) -> list[tuple[bytes, bytes]]:
        """Give all variables that are set, by name."""
        return sorted(self._values.items())

    def is_special(self, name: bytes) -> bool:
        return name in _STARTING

    def record(self, values: dict[bytes, bytes]) -> None:
        """Set variables that report what happened; their names need no check."""
        self._values.update(values)

    def unset(self, name: bytes) -> bool:
        """Unset a variable; a special one goes back to a value of its own."""
        if name in _BOOLEANS:
            return self.set(name, b"off")
        if name in _WORDS or name in _NUMBERS or name in _INTERVALS:
            return self.set(name, _STARTING[name])
        self._values.pop(name, None)
        return True

    def set(self, name: bytes, value: bytes) -> bool:
        """Set a variable; False when psql would refuse, which has been said then.

        Raises:
            ReleaseError: psql would go on in a way that `release apply` does not know.
        """
        if not _NAME.fullmatch(name):
            self._complain(b'invalid variable name: "%s"' % name)
            return False
        if name in _STARTING:
            accepted = self._check(name, value)
            if accepted is None:
                return False
            value = accepted
        self._values[name] = value
        return True

    def _check(self, name: bytes, value: bytes) -> bytes | None:
        """Give the value that a special variable takes on, None when it accepts none."""
        if name in _BOOLEANS or (name in _WORDS and _WORDS[name][2]):
            value = value or b"on"
        boolean = parse_boolean(value)
        meaning: bytes | bool = value
        if name in _BOOLEANS:
            if boolean is None:
                self._complain(b'unrecognized value "%s" for "%s": Boolean expected' % (value, name))
                return None
            meaning = boolean
        elif name in _WORDS:
            available, _, booleans = _WORDS[name]
            word = value.lower()
            if word not in available.encode().split(b", ") or (booleans and word in (b"on", b"off")):
                if not booleans or boolean is None:
                    self._complain(
                        b'unrecognized value "%s" for "%s"\nAvailable values are: %s.'
                        % (value, name, available.encode())
                    )
                    return None
                word = b"on" if boolean else b"off"
            meaning = word
        elif name in _NUMBERS and not _is_integer(value):
            if name == b"IGNOREEOF":
                return b"10"  # as bash does it
            self._complain(b'invalid value "%s" for "%s": integer expected' % (value, name))
            return None
        elif name in _INTERVALS and (wrong := _judge_interval(name, value)):
            self._complain(wrong)
            return None
        self._act(name, meaning)
        return value

    def _act(self, name: bytes, meaning: bytes | bool) -> None:
        if name in _FIXED and meaning not in (_STARTING[name], False):
            raise ReleaseError(
                f"{name.decode()} cannot be set here: release apply runs scripts with {name.decode()} = "
                f"{_STARTING[name].decode()}",
                "take the \\set out of the script, or run it with psql",
            )
        attribute = name.decode("ascii", "replace").lower()
        if attribute in ("autocommit", "on_error_stop", "quiet", "show_all_results", "echo", "on_error_rollback"):
            setattr(self, attribute, meaning)
