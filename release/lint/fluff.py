"""sqlfluff, so that no limit of its makes it pass over anything.

By default sqlfluff skips files over 20,000 bytes with a warning and exit status 0, and gives up at 100,000 parse nodes.
Here a script is linted in chunks of whole parts, with those limits off, and every violation is mapped back to its line.
Whatever keeps a chunk from being linted is a finding.
"""

from __future__ import annotations

import configparser
import logging
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sqlfluff.core import FluffConfig, Linter
from sqlfluff.core.errors import SQLFluffSkipFile, SQLFluffUserError

from release.errors import ConfigError
from release.lint.place import sources_by_line
from release.model import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from release.model import Script, Source

_CHUNK = 10_000  # characters; sqlfluff's time grows faster than its input
_UNPARSABLE = frozenset({"PRS", "LXR"})
# Layout, letter case, aliasing and naming of an author's statement are the author's own.
_OWN_TASTE = ("LT", "CP", "AL", "RF", "ST", "CV", "JJ", "AM", "TQ")


def fluff_findings(script: Script, config: Path | None) -> Iterator[Finding]:
    """What sqlfluff finds in one script.

    Args:
        config: a sqlfluff configuration file to use instead of ours.

    Raises:
        ConfigError: the configuration cannot be used.
    """
    linter = Linter(config=_config(config))
    logging.getLogger("sqlfluff").setLevel(logging.ERROR)
    sources = sources_by_line(script)
    for text, first_line in _chunks(script):
        yield from _lint(linter, text, first_line, script.name, sources)


def _lint(
    linter: Linter, text: str, first_line: int, name: str, sources: tuple[Source | None, ...]
) -> Iterator[Finding]:
    try:
        violations = linter.lint_string(text, fname=name).get_violations(filter_warning=False)
    except (SQLFluffSkipFile, RecursionError) as error:
        reason = f"sqlfluff gave up on the lines from here on: {error or type(error).__name__}"
        yield Finding("SF001", Severity.ERROR, reason, name, first_line, 1, sources[first_line - 1])
        return
    for violation in violations:
        line = first_line + violation.line_no - 1
        source = sources[min(line, len(sources)) - 1]
        code = violation.rule_code()
        if code in _UNPARSABLE:
            message = f"sqlfluff cannot parse this: {violation.desc()}"
            severity = Severity.ERROR if source is None else Severity.WARNING
        elif source is not None and code.startswith(_OWN_TASTE):
            continue
        else:
            message, severity = violation.desc(), Severity.ERROR if source is None else Severity.WARNING
        yield Finding(code, severity, message, name, line, violation.line_pos, source)


def _chunks(script: Script) -> Iterator[tuple[str, int]]:
    """Runs of whole parts with the line that each starts on; a long part is a chunk by itself."""
    text, first, line = "", 1, 1
    for part in script.parts:
        if text and len(text) + len(part.text) > _CHUNK:
            yield text, first
            text, first = "", line
        text += part.text
        line += part.text.count("\n")
    if text:
        yield text, first


def _config(path: Path | None) -> FluffConfig:
    # the recursion of sqlfluff's parser is bounded by Python's own limit, which raises RecursionError
    limits: dict[str, Any] = {"large_file_skip_byte_limit": 0, "large_file_skip_char_limit": 0, "max_parse_nodes": 0}
    try:
        if path is None:
            return FluffConfig.from_string(files("release.lint").joinpath("sqlfluff.cfg").read_text(), overrides=limits)
        text = path.read_text(encoding="utf-8")
        return FluffConfig.from_string(text, overrides={"dialect": "postgres", "templater": "raw", **limits})
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}", "see `sqlfluff` under [tool.release]") from error
    except (SQLFluffUserError, configparser.Error, ValueError) as error:
        raise ConfigError(
            f"{path}: sqlfluff does not take it: {error}", "`sqlfluff lint --config FILE` tells more"
        ) from error
