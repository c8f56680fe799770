"""Run revisions online on a scratch database, and take down what the stubborn ones change there.

They run in a process of their own (`recording_process.py`): env.py may configure logging, start an event loop or keep
global state, and a migration may exit the interpreter or never end.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

from release.config import SECTION
from release.errors import MigrationError, NeedsDatabaseError, NoDowngradeError, ReleaseError
from release.model import Direction, Name, Note, Source
from release.source.online import private_environment
from release.source.recorder import Emission, RevisionWork

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from alembic.script import Script

    from release.source.history import History


@dataclass(frozen=True, slots=True)
class Leg:
    """Revisions to run one after the other.

    Attributes:
        before: version rows that the database must be at; None: wherever it is.
        revisions: full ids in the order to run.
        wanted: those to record.
    """

    direction: Direction
    before: tuple[str, ...] | None
    revisions: tuple[str, ...]
    wanted: tuple[str, ...] = ()


Key = tuple[Direction, str]


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of it.

    Attributes:
        works: by direction and revision; those that were wanted and ran to their end.
        failed: the direction and revision at which it ended early, or None.
        failure: why it did.
    """

    works: Mapping[Key, RevisionWork]
    failed: Key | None = None
    failure: ReleaseError | None = None


@dataclass(frozen=True, slots=True)
class RecordingRequest:
    """What is to be recorded.

    Attributes:
        scripts: the revisions of the release, in upgrade order.
        start: version rows that it starts from.
        stubborn: those that cannot be rendered offline, by direction.
        version_table: with its schema.
    """

    history: History
    scripts: tuple[Script, ...]
    start: tuple[str, ...]
    stubborn: Mapping[Direction, frozenset[str]]
    version_table: Name


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was taken down.

    Attributes:
        works: by direction and revision.
        notes: statements that another run would write differently.
        server: PostgreSQL's major version.
        heard: how far it came, and why it did not come to the end.
    """

    works: Mapping[Key, RevisionWork]
    notes: tuple[Note, ...]
    server: int
    heard: Heard


class Record(Protocol):
    """Records on a scratch database."""

    def __call__(self, wanted: RecordingRequest, /) -> Recorded: ...


def run_legs(
    history: History,
    parameters: Mapping[str, str],
    legs: Sequence[Leg],
    *,
    shift: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Heard:
    """Run legs on the database that libpq's parameters name; a failure of a migration is in what is returned.

    Args:
        shift: before each revision that is wanted, move every sequence on.
        say: told which revision runs.

    Raises:
        ReleaseError: env.py does not work online, or does not connect where it is sent.
    """
    job = {
        "ini": _configuration(history),
        "section": SECTION.get(),
        "parameters": dict(parameters),
        "shift": shift,
        "quiet": logging.root.manager.disable,
        "legs": [asdict(leg) for leg in legs],
    }
    works: dict[Key, RevisionWork] = {}
    at: Key | None = None
    with subprocess.Popen(
        [sys.executable, "-m", "release.record.process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=private_environment(parameters),
    ) as process:
        try:
            for kind, said in _messages(process, job):
                key = (Direction(said["direction"]), str(said["revision"])) if "revision" in said else None
                if kind == "at" and key:
                    at = key
                    say(f"{key[0]} of {key[1]} on the scratch database")
                elif kind == "work" and key:
                    works[key] = _work(said)
                elif kind == "failed":
                    return Heard(works, key, _failure(said))
                elif kind == "done":
                    return Heard(works)
        finally:
            process.kill()  # it may be in a loop that catches everything
    where = f"revision {at[1]}" if at else history.relative(history.directory.env_py_location)
    error = MigrationError(
        f"{where}: the process that ran it ended (status {process.returncode}) without a word",
        "a migration must not end the interpreter (os._exit, a crash in a C library)",
        reason="it ends the process that runs it",
        raised=True,
    )
    return Heard(works, at, error)


def _messages(process: subprocess.Popen[str], job: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    assert process.stdin  # noqa: S101 - both were asked for
    assert process.stdout  # noqa: S101
    process.stdin.write(json.dumps(job) + "\n")
    process.stdin.flush()  # and left open: its end tells the process that we are gone
    for line in process.stdout:
        said = json.loads(line)
        yield said.pop("kind"), said


def _configuration(history: History) -> str:
    config = history.config
    return str(config.config_file_name or getattr(config, "toml_file_name", None) or history.root / "pyproject.toml")


def to_message(direction: Direction, work: RevisionWork, reads: Sequence[Note]) -> dict[str, Any]:
    """A recorded work as JSON values."""
    return {
        "direction": direction,
        "revision": work.revision,
        "emissions": [_fields(emission) for emission in work.emissions],
        "before": work.before,
        "after": work.after,
        "recorded": [_fields(note) for note in reads],
    }


def _fields(value: Emission | Note) -> dict[str, Any]:
    """The fields of a value with its source; asdict() copies each deeply, which takes as long as all else."""
    own = {name: getattr(value, name) for name in value.__slots__ if name not in {"source", "read"}}
    return {**own, "source": [value.source.revision, value.source.file, value.source.line]}


def _work(said: Mapping[str, Any]) -> RevisionWork:
    return RevisionWork(
        said["revision"],
        tuple(Emission(**{**each, "source": Source(*each["source"])}) for each in said["emissions"]),
        tuple(said["before"]),
        tuple(said["after"]),
        None,
        tuple(Note(each["text"], Source(*each["source"])) for each in said["recorded"]),
    )


_KINDS: Mapping[str, type[MigrationError]] = {
    each.__name__: each for each in (MigrationError, NeedsDatabaseError, NoDowngradeError)
}


def failure_message(error: ReleaseError) -> dict[str, Any]:
    """An error as JSON values."""
    return {
        "type": type(error).__name__,
        "message": error.message,
        "hint": error.hint,
        **({name: getattr(error, name) for name in ("line", "reason", "raised") if hasattr(error, name)}),
    }


def _failure(said: Mapping[str, Any]) -> ReleaseError:
    kind = _KINDS.get(said["type"])
    if kind is None:
        return ReleaseError(said["message"], said["hint"])
    return kind(said["message"], said["hint"], line=said["line"], reason=said["reason"], raised=said["raised"])
