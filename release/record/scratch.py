"""Recording: what cannot be rendered offline is run on a scratch database, and what it changes there is taken down."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from release.model import Direction, Note
from release.record.recording import Heard, Leg, Recorded, RecordingRequest, run_legs
from release.scratch.container import any_scratch_server
from release.scratch.dump import create_postgis, create_version_schema, restore_schema
from release.source.stability import CHANGES
from release.sql.read.quote import identifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from release.record.recording import Key, Record
    from release.scratch.server import Server
    from release.source import RevisionWork


@dataclass(frozen=True, slots=True)
class Scratch:
    """A server to record on.

    Attributes:
        schema: a dump to start from, instead of running the earlier revisions.
        say: told what is being done.
    """

    server: Server
    schema: Path | None = None
    say: Callable[[str], None] = lambda _: None

    def record(self, wanted: RecordingRequest) -> Recorded:
        """Record; every database made for it is dropped.

        A revision is recorded twice, the second time where all sequences stand elsewhere: a statement that differs
        holds a key that the database generated, or (when a third run in the first place differs too) a value that
        Python takes from its clock, uuid or random.

        Raises:
            ReleaseError: the dump cannot be restored, env.py does not work online, or an earlier revision fails.
        """
        made: list[str] = []

        def make(name: str, template: str | None = None) -> str:
            database = f"{self.server.prefix}recording_{name}"
            self.server.create_database(database, template)
            made.append(database)
            with self.server.connect(database) as connection:
                # a migration that waits for a lock waits for itself, on another connection
                connection.execute(f"ALTER DATABASE {identifier(database)} SET lock_timeout = '{_PATIENCE}'".encode())
            return database

        def run(name: str, *, shift: bool = False) -> Heard:
            parameters = self.server.parameters_of(make(name, start))
            return run_legs(wanted.history, parameters, legs, shift=shift, say=self.say)

        try:
            start = make("start")
            self._reach_start(wanted, start)
            legs = _legs(wanted)
            first = run("first")
            second = run("second", shift=True) if first.works else first
            third = run("third") if any(_differences(first, second)) else second
        finally:
            self.server.drop_databases(made)
        works, notes = _judge(first, second, third)
        heard = next((each for each in (first, second, third) if each.failure), first)
        return Recorded(works, notes, self.server.major, heard)

    def _reach_start(self, wanted: RecordingRequest, database: str) -> None:
        if self.schema is not None:
            self.say(f"restoring {self.schema.name}")
            restore_schema(self.server, self.schema, database, wanted.version_table, wanted.start)
            create_version_schema(self.server, database, wanted.version_table.schema)
            return
        create_version_schema(self.server, database, wanted.version_table.schema)
        if _expects_postgis(wanted):
            create_postgis(self.server, database)
        earlier = wanted.history.between((), wanted.start) if wanted.start else ()
        if earlier:
            leg = Leg(Direction.UPGRADE, (), tuple(script.revision for script in earlier))
            parameters = self.server.parameters_of(database)
            heard = run_legs(wanted.history, parameters, [leg], say=self.say)
            if heard.failure:
                raise heard.failure


@contextmanager
def recorder_on(conninfo: str | None, schema: Path | None, say: Callable[[str], None]) -> Iterator[Record]:
    """Give what records on a server, which is connected to or started at the first recording, if there is one.

    Args:
        conninfo: of a server that may make databases; None: one of our own, from the installed binaries.
        schema: a dump to start from.
    """
    with ExitStack() as stack:
        servers: list[Server] = []

        def record(wanted: RecordingRequest, /) -> Recorded:
            if not servers:
                say("starting a scratch server")
                servers.append(stack.enter_context(any_scratch_server(conninfo)))
            return Scratch(servers[0], schema, say).record(wanted)

        yield record


_PATIENCE = "10s"


def _legs(wanted: RecordingRequest) -> tuple[Leg, ...]:
    """The way up, and down as far as something is to be recorded there.

    Revisions that were rendered offline are run too, as `alembic upgrade` runs them: what a recorded revision sees is
    what its author saw. That the script does the same is for the rehearsal to prove.
    """
    revisions = tuple(script.revision for script in wanted.scripts)
    up, down = (wanted.stubborn[direction] for direction in (Direction.UPGRADE, Direction.ROLLBACK))
    last = len(revisions) if down else max(revisions.index(each) for each in up) + 1
    legs = [Leg(Direction.UPGRADE, wanted.start, revisions[:last], tuple(sorted(up)))]
    if down:
        first = min(revisions.index(each) for each in down)
        legs.append(Leg(Direction.ROLLBACK, None, revisions[first:][::-1], tuple(sorted(down))))
    return tuple(legs)


def _expects_postgis(wanted: RecordingRequest) -> bool:
    """Whether the migrations take PostGIS for given, as they may where a DBA creates the extension."""
    history = wanted.history
    earlier = history.between((), wanted.start) if wanted.start else ()
    texts = [Path(script.path).read_text(encoding="utf-8").lower() for script in (*earlier, *wanted.scripts)]
    creates = any("create extension" in text and "postgis" in text for text in texts)
    return not creates and any(word in text for text in texts for word in ("geoalchemy2", "geometry(", "geography("))


def _differences(first: Heard, second: Heard) -> Iterator[tuple[Key, int]]:
    """Where two recordings differ: the revision and the number of the statement; -1: not as many statements."""
    for key, work in first.works.items():
        other = second.works.get(key)
        if other is None:
            continue  # it failed there, and that is told
        if len(other.emissions) != len(work.emissions):
            yield key, -1
            continue
        for number, (one, two) in enumerate(zip(work.emissions, other.emissions, strict=True)):
            if one.text != two.text:
                yield key, number


def _judge(first: Heard, second: Heard, third: Heard) -> tuple[dict[Key, RevisionWork], tuple[Note, ...]]:
    """The works with what they depend on, and notes on what is another in every run."""
    varying = set(_differences(first, third))
    works = dict(first.works)
    notes: list[Note] = []
    for key, number in _differences(first, second):
        work = works[key]
        emissions = work.emissions or second.works[key].emissions
        source = emissions[max(number, 0)].source
        if (key, number) in varying:
            notes.append(Note(f"{CHANGES}: a value comes from Python's clock, uuid or random", source))
            continue
        if not first.works[key].recorded:  # what was read of rows that hold such keys says more
            read = Note("writes a key that the database generated", source)
            works[key] = replace(work, recorded=tuple(dict.fromkeys((*(work.recorded or ()), read))))
    return works, tuple(notes)
