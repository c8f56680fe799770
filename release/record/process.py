"""The process in which revisions run online on a scratch database; `recording.py` starts it and reads what it says."""

from __future__ import annotations

import contextlib
import errno
import functools
import io
import json
import logging
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from alembic.runtime.environment import EnvironmentContext

from release.config import SECTION
from release.errors import MigrationError, NoDowngradeError, ReleaseError
from release.model import Direction, spell_rows
from release.record.fences import raise_fences, watch_raw_connections
from release.record.recording import failure_message, to_message
from release.record.sqlalchemy_events import Listener
from release.source.application import context_of
from release.source.failure import reason_of, where
from release.source.history import open_history
from release.source.implementation import recording_impl
from release.source.internals import json_serializer, set_json_serializer, set_transaction_per_migration
from release.source.online import redirect
from release.source.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from alembic.runtime.migration import MigrationContext, RevisionStep

    from release.source.history import History


class _Process:
    """What the legs share.

    Attributes:
        recorder: that of the leg which runs; None before the first.
    """

    def __init__(self, job: Mapping[str, Any], out: TextIO) -> None:
        self.job = job
        self.out = out
        self.recorder: Recorder | None = None
        self.listener: Listener | None = None
        self.reached: list[str] = []

    def say(self, kind: str, message: Mapping[str, Any]) -> None:
        sys.stdout.flush()  # what was printed comes first: the last word may end this process
        self.out.write(json.dumps({"kind": kind, **message}) + "\n")
        self.out.flush()

    def run(self) -> None:
        SECTION.set(self.job["section"])
        history = open_history(Path(self.job["ini"]))
        self.reached = redirect(self.job["parameters"])
        raise_fences(self.job["parameters"], self._refuse)
        watch_raw_connections(self._refuse, lambda: self.listener is not None and self.listener.active)
        # a revision that rolls back then undoes nothing of another; the segments of a script may have one each
        set_transaction_per_migration()
        for leg in self.job["legs"]:
            if not self._run_leg(history, leg):
                return
        self.say("done", {})

    def _run_leg(self, history: History, leg: Mapping[str, Any]) -> bool:
        direction = Direction(leg["direction"])
        by_id = {script.revision: script for script in history.directory.walk_revisions()}
        scripts = tuple(by_id[revision] for revision in leg["revisions"])
        # the recorder takes scripts in upgrade order
        ordered = scripts if direction is Direction.UPGRADE else scripts[::-1]
        recorder = Recorder(history, ordered, direction, _explain)
        wanted = frozenset(leg["wanted"])
        if self.listener is None:
            self.listener = Listener(recorder, _tape_for(recorder), wanted, shift=self.job["shift"])
            self.listener.attach()
        else:
            self.listener.turn_to(recorder, _tape_for(recorder), wanted)
        self.recorder, listener = recorder, self.listener

        def steps(heads: tuple[str, ...], context: MigrationContext) -> Iterator[RevisionStep]:
            if leg["before"] is not None and sorted(heads) != leg["before"]:
                raise MigrationError(
                    f"the scratch database is at revision {spell_rows(sorted(heads))}, and the release starts "
                    f"at {spell_rows(leg['before'])}",
                    "give a dump of a database that is where the release starts",
                )
            for step in recorder.steps(heads, context):
                self.say("at", {"direction": direction, "revision": step.revision.revision})
                step.migration_fn = self._heard(step.migration_fn, step.revision.revision, context)
                yield step

        environment = EnvironmentContext(
            history.config, history.directory, fn=steps, destination_rev=leg["revisions"][-1], as_sql=False
        )
        folder = Path.cwd()
        try:
            with environment, context_of(history.application), contextlib.chdir(folder):
                history.directory.run_env()
            recorder.raise_refusal()
            self._check_reached()
        except (Exception, SystemExit) as error:  # noqa: BLE001  # it is told to the process that started this one
            self._tell(recorder, listener, direction)
            at = {"direction": direction, "revision": recorder.step.revision} if recorder.step else {}
            self.say("failed", {**at, **failure_message(_explain(error, recorder))})
            return False
        self._tell(recorder, listener, direction)
        return True

    def _check_reached(self) -> None:
        if not self.reached:
            raise MigrationError(
                "env.py ran without opening a connection through SQLAlchemy's engine, so it was not redirected to "
                "the scratch database",
                "let env.py make its engine with create_engine() or engine_from_config(), without creator=",
            )

    def _heard(self, run: Callable[..., None], revision: str, context: MigrationContext) -> Callable[..., None]:
        @functools.wraps(run)
        def heard(**kw: Any) -> None:
            assert self.listener  # noqa: S101 - made before any revision runs
            assert context.connection  # noqa: S101 - online there is one
            with contextlib.chdir(Path.cwd()), self.listener.listening(revision, context.connection):
                run(**kw)

        return heard

    def _tell(self, recorder: Recorder, listener: Listener, direction: Direction) -> None:
        for work in recorder.works:
            if work.revision in listener.wanted:
                self.say("work", to_message(direction, work, listener.heard[work.revision]))

    def _refuse(self, message: str, hint: str) -> BaseException:
        if self.recorder is None:
            return MigrationError(f"{self.job['ini']}: {message}", hint)
        if not self.recorder.source().line:
            return OSError(errno.ENETUNREACH, "the network is not to be used while migrations are recorded")
        return self.recorder.refuse(message, hint)


def _tape_for(recorder: Recorder) -> Callable[[Any], Any]:
    """Alembic's implementation as it is used offline, for the dialect of the connection."""

    def make(dialect: Any) -> Any:
        fresh = type(dialect)()
        fresh.server_version_info = dialect.server_version_info
        set_json_serializer(fresh, json_serializer(dialect))
        return recording_impl(recorder)(fresh, None, True, None, io.StringIO(), {})

    return make


def _explain(error: BaseException, recorder: Recorder) -> ReleaseError:
    if recorder.refused is not None:
        return recorder.refused
    if isinstance(error, ReleaseError):
        return error
    history, step = recorder.history, recorder.step
    reason = reason_of(error)
    if step is None:
        env = history.directory.env_py_location
        place = where(error, (str(Path(os.path.realpath(env)).parent),))
        spot = f"{history.relative(place[0])}:{place[1]}" if place else history.relative(env)
        return MigrationError(
            f"{spot}: env.py failed online, on the scratch database: {reason}", "`alembic current` runs the same code"
        )
    own = where(error, (os.path.realpath(step.path),))
    spot = f"{history.relative(step.path)}:{own[1]}" if own else history.relative(step.path)
    upgrade = recorder.direction is Direction.UPGRADE
    kind: type[MigrationError] = MigrationError
    word = "upgrade" if upgrade else "downgrade"
    hint = f"`alembic {word}` fails at the same line, on a database without rows"
    if not upgrade and isinstance(error, NotImplementedError):
        kind, hint = NoDowngradeError, "write the downgrade, or end the release before this revision"
    return kind(
        f"revision {step.revision}, {spot}: {word}() failed online, on the scratch database: {reason}",
        hint,
        line=own[1] if own else 0,
        reason=reason,
        raised=True,
    )


def _leave_with_parent() -> None:
    """End when the other end of standard input is closed, even in a migration that never ends."""
    sys.stdin.buffer.read()
    os._exit(1)


def main() -> None:
    """Read the job from standard input; say what happens on standard output, one JSON object per line."""
    job = json.loads(sys.stdin.buffer.readline())
    logging.disable(job["quiet"])
    # what migrations print is for people
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    process = _Process(job, out)
    try:
        process.run()
    except ReleaseError as error:
        process.say("failed", failure_message(error))


if __name__ == "__main__":
    main()
