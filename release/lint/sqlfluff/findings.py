"""sqlfluff, so that no limit of its makes it pass over anything.

By default sqlfluff skips files over 20,000 bytes with a warning and exit status 0, and gives up at 100,000 parse nodes.
Here a script is linted in chunks of whole statements, with those limits off, over all cores; every violation is mapped
back to its line, and whatever keeps a chunk from being linted is a finding. What was linted before comes from the
cache, without sqlfluff being imported at all.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from release.cache import digest_of, load, save
from release.errors import ConfigError
from release.lint.notices import GAVE_UP, UNPARSABLE
from release.lint.origin import parts_by_line
from release.lint.sqlfluff.chunks import chunks_of
from release.lint.sqlfluff.config import read_config
from release.lint.sqlfluff.rules import PARSE_CODES
from release.lint.sqlfluff.workers import Workers
from release.model import Finding, ScriptPart, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from release.lint.sqlfluff.worker import Violations
    from release.model import Script, Source

_FORMAT = "2"
_GAVE_UP = "gave up"
# How our configuration has letters written is no author's business: it is for our own text, which our tests judge.
_OWN_POLICY = "CP"


@dataclass(frozen=True, slots=True)
class _Violation:
    """What sqlfluff says, at its place in the script."""

    code: str
    line: int
    column: int
    text: str


class Fluff:
    """sqlfluff at work: `expect` starts it on a text, `findings` waits for what it says of the scripts.

    Args:
        config: a sqlfluff configuration file to use instead of ours.
        folder: of the cache; None works without one.

    Raises:
        ConfigError: the configuration cannot be read.
    """

    def __init__(self, config: Path | None, folder: Path | None) -> None:
        self._settings = read_config(config)
        self._house = config is None
        self._folder = folder
        self._workers = Workers(self._settings, str(config))
        self._known: dict[str, Violations] = {}
        self._asked: set[str] = set()

    def expect(self, texts: Iterable[str]) -> None:
        """Begin to lint these texts."""
        self._ask({chunk.text for text in texts for chunk in chunks_of(text)})

    def _ask(self, chunks: set[str]) -> None:
        """Hand over what is not known yet, the longest first, so that no core is left with it at the end."""
        chunks = chunks - self._asked
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
        self.expect(script.read_text for script in scripts)
        for script in scripts:
            found = [
                _Violation(code, chunk.line + line - 1, column, text)
                for chunk in chunks_of(script.read_text)
                for code, line, column, text in self._violations(chunk.text)
            ]
            if authored:
                yield from (_finding(each, script.name, None, verdict) for each in found)
            else:
                yield from self._by_part(script, found, verdict)

    def _by_part(
        self, script: Script, found: Iterable[_Violation], verdict: Callable[[str, int], str | None]
    ) -> Iterator[Finding]:
        """Findings on a script of ours: opinions on an author's statements, alike ones told once.

        The layout of what SQLAlchemy wrote is nobody's choice, so nothing is said of it; nor of our own text, which is
        whatever the names and messages in it make of it: there only what PostgreSQL cannot parse counts.
        """
        parts = parts_by_line(script)
        alike: dict[tuple[str, Source | None], list[Finding]] = {}
        for each in found:
            part = parts[min(each.line, len(parts)) - 1] if parts else ScriptPart("")
            finding = _finding(each, script.name, part.source, verdict)
            if each.code == _GAVE_UP:
                if _has_authored(script, parts, each.line):
                    yield finding
            elif part.source is None:
                if finding.code in PARSE_CODES and finding.severity is Severity.ERROR:
                    yield finding
            elif each.code in PARSE_CODES:
                yield finding
            elif not part.generated and not (self._house and each.code.startswith(_OWN_POLICY)):
                alike.setdefault((each.code, part.source), []).append(finding)
        for first, *more in alike.values():
            count = f" ({len(more) + 1} times on this line of the migration)" if more else ""
            yield replace(first, message=first.message + count)

    def close(self) -> None:
        """End its processes."""
        self._workers.close()

    def _violations(self, text: str) -> Violations:
        known = self._lookup(text)
        if not any(code == _GAVE_UP for code, *_ in known):
            return known
        single = list(chunks_of(text, 0))
        if len(single) < 2:
            return known
        self._ask({chunk.text for chunk in single})  # so that one statement hides no other
        return [
            (code, chunk.line + line - 1, column, what)
            for chunk in single
            for code, line, column, what in self._lookup(chunk.text)
        ]

    def _lookup(self, text: str) -> Violations:
        known = self._known.get(text)
        if known is None:
            try:
                result = self._workers.result(text)
            except ConfigError as error:
                raise ConfigError(error.message, "`sqlfluff lint --config FILE` tells more") from error
            known = [(_GAVE_UP, 1, 1, result)] if isinstance(result, str) else result
            known = list(dict.fromkeys(known))
            self._known[text] = known
            if self._folder and not any(code == _GAVE_UP for code, *_ in known):
                save(self._folder, self._key(text), json.dumps(known).encode())
        return known

    def _key(self, text: str) -> str:
        parts = ("fluff", _FORMAT, installed("sqlfluff"), installed("sqlfluffrs"), sys.version, self._settings, text)
        return digest_of(*(part.encode("utf-8", "surrogateescape") for part in parts))


def _has_authored(script: Script, parts: Sequence[ScriptPart], line: int) -> bool:
    """Whether an author wrote any of the statement, with the comments above it, that starts on a line."""
    for chunk in chunks_of(script.own_text, 0):
        if chunk.line == line:
            lines = parts[line - 1 : line - 1 + len(chunk.text.split("\n"))]
            return any(part.source for part in lines)
    return True


def installed(package: str) -> str:
    """The version of a package, "" where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _finding(
    violation: _Violation, name: str, source: Source | None, verdict: Callable[[str, int], str | None]
) -> Finding:
    code, line, column, text = violation.code, violation.line, violation.column, violation.text
    if code == _GAVE_UP:
        return GAVE_UP.finding(f"sqlfluff gave up on the lines from here on: {text}", name, line, source)
    if code not in PARSE_CODES:
        return Finding(code, Severity.WARNING, text, name, line, column, source)
    complaint = verdict(name, line)
    said = f"nor can PostgreSQL: {complaint}" if complaint else "PostgreSQL can parse it"
    if complaint is None:
        said = "it is no statement for PostgreSQL"
    severity = Severity.ERROR if complaint else Severity.WARNING
    where, _, what = text.partition(": ")  # its own place, counted from the start of the chunk
    message = f"sqlfluff cannot parse this ({said}): {what if where.startswith('Line ') else text}"
    return Finding(code, severity, message, name, line, column, source, UNPARSABLE.why, UNPARSABLE.fix)
