"""docs/servers.md: on which versions the tests passed, and the sentence of README.md that says so in short."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from release.config import NEWEST_SERVER, OLDEST_SERVER

ROOT = Path(__file__).parents[2]
DOCUMENT, README = ROOT / "docs" / "servers.md", ROOT / "README.md"
BEGIN, END = "<!-- results: make test-servers writes them -->", "<!-- end of results -->"
HEAD = ("PostgreSQL", "PostGIS", "psql", "passed", "skipped", "failed", "seconds")
NONE = "none"


@dataclass(frozen=True, slots=True)
class Result:
    """How the tests went on one server.

    Attributes:
        server: its exact version, e.g. "17.12".
        postgis: that of its PostGIS, "" without.
        psql: that of the psql which ran the scripts.
    """

    server: str
    postgis: str
    psql: str
    passed: int
    skipped: int
    failed: int
    seconds: int

    @property
    def major(self) -> int:
        return int(self.server.split(".")[0])

    def row(self) -> str:
        counts = map(str, (self.passed, self.skipped, self.failed, self.seconds))
        return f"| {' | '.join((self.server, self.postgis or NONE, self.psql, *counts))} |"


def read_results(text: str) -> dict[int, Result]:
    """Read the table, by major version."""
    lines = text.split(BEGIN)[1].split(END)[0].strip().splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    results = [Result(row[0], "" if row[1] == NONE else row[1], row[2], *map(int, row[3:])) for row in rows]
    return {result.major: result for result in results}


def write_results(text: str, results: Iterable[Result]) -> str:
    """Put results into the table, in the place of those of the same majors."""
    known = read_results(text) | {result.major: result for result in results}
    table = [f"| {' | '.join(HEAD)} |", f"|{' --- |' * len(HEAD)}", *(known[major].row() for major in sorted(known))]
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n" + "\n".join(table) + f"\n{END}{rest.partition(END)[2]}"


def sentence(results: Mapping[int, Result]) -> str:
    """The line of README.md: only majors without a failure are claimed."""
    good = {major: result for major, result in sorted(results.items()) if not result.failed}
    bare = _listed([str(major) for major, result in good.items() if not result.postgis])
    without = f" (on {bare} without PostGIS)" if bare else ""
    tried = f"Tried on {_listed([str(major) for major in good])}{without}" if good else "Not tried on any"
    return (
        f"PostgreSQL {OLDEST_SERVER} to {NEWEST_SERVER}. {tried}: [docs/servers.md](docs/servers.md) has the versions."
    )


def with_sentence(readme: str, results: Mapping[int, Result]) -> str:
    """README.md with today's sentence, which is a line of its own."""
    start = f"PostgreSQL {OLDEST_SERVER} to {NEWEST_SERVER}. "
    return "\n".join(sentence(results) if line.startswith(start) else line for line in readme.split("\n"))


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
