"""sqlfluff, so that no limit of its makes it pass over anything.

By default sqlfluff skips files over 20,000 bytes with a warning and exit status 0, and gives up at 100,000 parse nodes.
Here a script is linted in chunks of whole parts, with those limits off, over all cores; every violation is mapped back
to its line, and whatever keeps a chunk from being linted is a finding. What was linted before comes from the cache,
without sqlfluff being imported at all.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from release.errors import ConfigError
from release.lint.cache import cache_folder, key_of, load, save
from release.lint.config import read_config
from release.lint.own import GAVE_UP, UNPARSABLE
from release.lint.place import sources_by_line
from release.model import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor, Future
    from pathlib import Path

    from sqlfluff.core import Linter

    from release.model import Script, Source

    Violations = list[tuple[str, int, int, str]]
    """Code, 1-based line and column in the chunk, and what sqlfluff says."""

_CHUNK = 5_000  # characters; sqlfluff's time grows faster than its input
_GAVE_UP = "gave up"
# Layout, letter case, aliasing and naming of an author's statement are the author's own.
_OWN_TASTE = ("LT", "CP", "AL", "RF", "ST", "CV", "JJ", "AM", "TQ")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of whole parts of a script.

    Attributes:
        line: 1-based line of the script that it starts on.
        key: its name in the cache.
    """

    script: Script
    text: str
    line: int
    key: str


class Fluff:
    """sqlfluff at work on some scripts: started when made, `findings` waits for it.

    Args:
        config: a sqlfluff configuration file to use instead of ours.
        folder: of the cache; None works without one.

    Raises:
        ConfigError: the configuration cannot be used.
    """

    def __init__(self, scripts: Sequence[Script], config: Path | None, folder: Path | None) -> None:
        settings = read_config(config)
        self._folder = folder
        self._chunks = [
            Chunk(script, text, line, key_of(settings, str(config is None), text))
            for script in scripts
            for text, line in _cut(script)
        ]
        self._known: dict[str, Violations] = {}
        self._pending: dict[str, Future[Violations]] = {}
        self._pool: Executor | None = None
        missing: dict[str, str] = {}
        for chunk in self._chunks:
            kept = load(folder, chunk.key) if folder else None
            if kept is None:
                missing[chunk.key] = chunk.text
            else:
                self._known[chunk.key] = kept
        if missing:
            self._start(missing, settings, config)

    def _start(self, missing: dict[str, str], settings: str, config: Path | None) -> None:
        make_linter(settings, config is None, str(config))  # a configuration that cannot be used shows here
        workers = min(_cores(), len(missing))
        if workers < 2:
            for key, text in missing.items():
                self._keep(key, violations_in(settings, config is None, str(config), text))
            return
        self._pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context(_start_method()))
        # the longest first, so that no core is left with one at the end
        for key, text in sorted(missing.items(), key=lambda pair: -len(pair[1])):
            self._pending[key] = self._pool.submit(violations_in, settings, config is None, str(config), text)

    def _keep(self, key: str, violations: Violations) -> None:
        self._known[key] = violations
        if self._folder and not any(code == _GAVE_UP for code, *_ in violations):
            save(self._folder, key, violations)

    def findings(self, verdict: Callable[[str, int], str | None], *, authored: bool) -> Iterator[Finding]:
        """What sqlfluff found.

        Args:
            verdict: PostgreSQL's complaint about the statement on a line of a script; "" when it parses, None when no
                statement is there.
            authored: all text is somebody's own, not ours.
        """
        if self._pool:
            try:
                for key, future in self._pending.items():
                    self._keep(key, future.result())
            finally:
                self._pool.shutdown(cancel_futures=True)
        for script in dict.fromkeys(chunk.script for chunk in self._chunks):
            sources = sources_by_line(script)
            for chunk in self._chunks:
                if chunk.script is script:
                    yield from _findings(chunk, self._known[chunk.key], sources, verdict, authored=authored)


def _findings(
    chunk: Chunk,
    violations: Violations,
    sources: tuple[Source | None, ...],
    verdict: Callable[[str, int], str | None],
    *,
    authored: bool,
) -> Iterator[Finding]:
    name = chunk.script.name
    for code, at, column, text in violations:
        line = chunk.line + at - 1
        source = sources[min(line, len(sources)) - 1] if sources and not authored else None
        own = source is None and not authored
        if code == _GAVE_UP:
            yield GAVE_UP.finding(f"sqlfluff gave up on the lines from here on: {text}", name, line, source)
        elif code in {"PRS", "LXR"}:
            complaint = verdict(name, line)
            said = "PostgreSQL can parse it" if not complaint else f"nor can PostgreSQL: {complaint}"
            severity = Severity.ERROR if complaint else Severity.WARNING
            where, _, what = text.partition(": ")  # its own place, counted from the start of the chunk
            message = f"sqlfluff cannot parse this ({said}): {what if where.startswith('Line ') else text}"
            yield Finding(code, severity, message, name, line, column, source, UNPARSABLE.why, UNPARSABLE.fix)
        elif own or authored or not code.startswith(_OWN_TASTE):
            severity = Severity.ERROR if own else Severity.WARNING
            yield Finding(code, severity, text, name, line, column, source)


def _cut(script: Script) -> Iterator[tuple[str, int]]:
    """Runs of whole parts with the line that each starts on; a long part is a chunk by itself."""
    text: list[str] = []
    size, first, line = 0, 1, 1
    for part in script.parts:
        if size and size + len(part.text) > _CHUNK:
            yield "".join(text), first
            text, size, first = [], 0, line
        text.append(part.text)
        size += len(part.text)
        line += part.text.count("\n")
    if size:
        yield "".join(text), first


def violations_in(settings: str, ours: bool, name: str, text: str) -> Violations:
    """Violations in one chunk, in a process that may serve many."""
    from sqlfluff.core.errors import SQLFluffSkipFile

    try:
        found = make_linter(settings, ours, name).lint_string(text).get_violations(filter_warning=False)
    except (SQLFluffSkipFile, RecursionError, MemoryError) as error:
        return [(_GAVE_UP, 1, 1, str(error) or type(error).__name__)]
    return [(each.rule_code(), each.line_no, each.line_pos, each.desc()) for each in found]


@cache
def make_linter(settings: str, ours: bool, name: str) -> Linter:
    """A linter for a configuration, one per process.

    Raises:
        ConfigError: sqlfluff does not take it.
    """
    import configparser
    import logging

    from sqlfluff.core import FluffConfig, Linter
    from sqlfluff.core.errors import SQLFluffUserError

    # the recursion of sqlfluff's parser is bounded by Python's own limit, which raises RecursionError
    limits: dict[str, Any] = {"large_file_skip_byte_limit": 0, "large_file_skip_char_limit": 0, "max_parse_nodes": 0}
    own = {} if ours else {"dialect": "postgres", "templater": "raw"}
    try:
        linter = Linter(config=FluffConfig.from_string(settings, overrides={**own, **limits}))
        linter.get_rulepack()
    except (SQLFluffUserError, ValueError, configparser.Error) as error:
        raise ConfigError(
            f"{name}: sqlfluff does not take it: {error}", "`sqlfluff lint --config FILE` tells more"
        ) from error
    logging.getLogger("sqlfluff").setLevel(logging.ERROR)
    return linter


def default_cache() -> Path | None:
    """The cache's folder; None when RELEASE_NO_CACHE is set."""
    return None if os.environ.get("RELEASE_NO_CACHE") else cache_folder()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _start_method() -> str:
    """A forked worker has sqlfluff already; with other threads about, a fork could inherit a lock that nobody opens."""
    return "fork" if "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1 else "spawn"
