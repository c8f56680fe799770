"""sqlfluff at work, in a process of its own that may serve many chunks.

Importing this module loads sqlfluff and its dialect: the server that workers are forked from does so once for all.
"""

from __future__ import annotations

import configparser
import gc
import logging
import signal
import sys
import threading
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlfluff
from sqlfluff.core import FluffConfig, Linter
from sqlfluff.core.errors import SQLFluffSkipFile, SQLFluffUserError

from release.errors import ConfigError
from release.lint.sqlfluff.config import read_config

if TYPE_CHECKING:
    from collections.abc import Iterator

    Violations = list[tuple[str, int, int, str]]
    """Code, 1-based line and column in the chunk, and what sqlfluff says."""

GAVE_UP = "gave up"
SECONDS = 600  # for one chunk; some texts take sqlfluff's parser exponentially long

_DEPTH = 6_000  # of calls; Python's 1,000 are 40 nested parentheses
# The recursion of sqlfluff's parser is bounded by that limit, which raises RecursionError. What would keep a rule from
# judging an author's text (noqa) is off: there is one way to let a finding through, and the DBA sees it.
_OVERRIDES: dict[str, Any] = {
    "large_file_skip_byte_limit": 0,
    "large_file_skip_char_limit": 0,
    "max_parse_nodes": 0,
    "max_parse_depth": 0,
    "disable_noqa": True,
    "disable_noqa_except": None,
    "ignore": None,
    "warnings": None,
    "warn_unused_ignores": False,
    "templater": "raw",
    "dialect": "postgres",
}


@cache
def make_linter(settings: str, name: str) -> Linter:
    """A linter for the text of a configuration.

    Args:
        name: what to call the configuration in an error.

    Raises:
        ConfigError: sqlfluff does not take it.
    """
    try:
        linter = Linter(config=FluffConfig.from_string(settings, overrides=_OVERRIDES))
        linter.get_rulepack()
    except (SQLFluffUserError, ValueError, configparser.Error) as error:
        raise ConfigError(f"{name}: sqlfluff does not take it: {error}") from error
    logging.getLogger("sqlfluff").setLevel(logging.ERROR)
    return linter


def start() -> None:
    """Begin to serve: sqlfluff's garbage comes by the megabyte, and what was loaded before is none."""
    sys.setrecursionlimit(_DEPTH)
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)


def violations_in(settings: str, name: str, text: str) -> Violations:
    """Violations in one chunk.

    Raises:
        ConfigError: sqlfluff does not take the configuration.
    """
    linter = make_linter(settings, name)
    try:
        with _limited(SECONDS):
            found = linter.lint_string(text).get_violations(filter_ignore=False, filter_warning=False)
    except SQLFluffSkipFile as error:
        return [(GAVE_UP, 1, 1, str(error))]
    except Exception as error:  # noqa: BLE001  # whatever it is: these lines have not been judged
        return [(GAVE_UP, 1, 1, f"{type(error).__name__}: {error}".rstrip(": "))]
    return [(each.rule_code(), each.line_no, each.line_pos, each.desc()) for each in found]


def rule_codes() -> tuple[str, ...]:
    """The code of every rule that sqlfluff and its plugins have."""
    return tuple(rule.code for rule in sqlfluff.list_rules())


@contextmanager
def _limited(seconds: int) -> Iterator[None]:
    """Break off after some seconds, where the system can."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise TimeoutError(f"no answer after {seconds} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


make_linter(read_config(None), "")
