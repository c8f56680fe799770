"""sqlfluff, so that no limit of its makes it pass over anything.

By default sqlfluff skips files over 20,000 bytes with a warning and exit status 0, and gives up at 100,000 parse nodes.
Here a script is linted in chunks of whole statements, with those limits off, over all cores; every violation is mapped
back to its line, and whatever keeps a chunk from being linted is a finding. What was linted before comes from the
cache, without sqlfluff being imported at all.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from release.cache import digest_of, load, save
from release.errors import ConfigError
from release.fluff.config import read_config
from release.fluff.workers import Workers
from release.lint.chunks import Chunk, chunks_of
from release.lint.own import GAVE_UP, UNPARSABLE
from release.lint.place import sources_by_line
from release.model import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from release.fluff.worker import Violations
    from release.model import Script, Source

_FORMAT = "2"
_GAVE_UP = "gave up"
# Layout, letter case, aliasing and naming of an author's statement are the author's own.
_OWN_TASTE = ("LT", "CP", "AL", "RF", "ST", "CV", "JJ", "AM", "TQ")


class Fluff:
    """sqlfluff at work: `expect` starts it on a text, `findings` waits for what it says of the scripts.

    Args:
        config: a sqlfluff configuration file to use instead of ours.
        folder: of the cache; None works without one.

    Raises:
        ConfigError: the configuration cannot be read.
    """

    def __init__(self, config: Path | None, folder: str | None) -> None:
        self._settings = read_config(config)
        self._folder = folder
        self._workers = Workers(self._settings, str(config))
        self._known: dict[str, Violations] = {}
        self._asked: set[str] = set()

    def expect(self, texts: Iterable[str]) -> None:
        """Begin to lint these texts, the longest chunk first, so that no core is left with it at the end."""
        chunks = {chunk.text for text in texts for chunk in chunks_of(text)} - self._asked
        self._asked |= chunks
        missing = []
        for text in sorted(chunks, key=lambda each: (-len(each), each)):
            kept = load(self._folder, self._key(text)) if self._folder else None
            if kept is None:
                missing.append(text)
            else:
                self._known[text] = [tuple(each) for each in json.loads(kept)]
        self._workers.submit(missing)

    def findings(
        self, scripts: Iterable[Script], verdict: Callable[[str, int], str | None], *, authored: bool
    ) -> Iterator[Finding]:
        """What sqlfluff finds.

        Args:
            verdict: PostgreSQL's complaint about the statement on a line of a script; "" when it parses, None when no
                statement is there.
            authored: all text is somebody's own, not ours.

        Raises:
            ConfigError: sqlfluff does not take the configuration.
        """
        scripts = tuple(scripts)
        self.expect(script.text for script in scripts)
        for script in scripts:
            sources = sources_by_line(script)
            for chunk in chunks_of(script.text):
                violations = self._violations(chunk.text)
                yield from _findings(script, chunk, violations, sources, verdict, authored=authored)

    def close(self) -> None:
        """End its processes."""
        self._workers.close()

    def _violations(self, text: str) -> Violations:
        known = self._known.get(text)
        if known is None:
            try:
                result = self._workers.result(text)
            except ConfigError as error:
                raise ConfigError(error.message, "`sqlfluff lint --config FILE` tells more") from error
            known = [(_GAVE_UP, 1, 1, result)] if isinstance(result, str) else result
            self._known[text] = known
            if self._folder and not any(code == _GAVE_UP for code, *_ in known):
                save(self._folder, self._key(text), json.dumps(known).encode())
        return known

    def _key(self, text: str) -> str:
        parts = ("fluff", _FORMAT, installed("sqlfluff"), installed("sqlfluffrs"), sys.version, self._settings, text)
        return digest_of(*(part.encode("utf-8", "surrogateescape") for part in parts))


def installed(package: str) -> str:
    """The version of a package, "" where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _findings(
    script: Script,
    chunk: Chunk,
    violations: Violations,
    sources: tuple[Source | None, ...],
    verdict: Callable[[str, int], str | None],
    *,
    authored: bool,
) -> Iterator[Finding]:
    name = script.name
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
