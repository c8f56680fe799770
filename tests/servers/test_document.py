"""docs/servers.md and README.md say the same, and claim nothing that the table does not hold."""

from __future__ import annotations

import pytest

from release.config import TRIED_SERVERS
from tests.servers.document import BEGIN, DOCUMENT, END, README, Result, read_results, sentence, write_results

EMPTY = f"before\n{BEGIN}\n| a |\n| - |\n{END}\nafter\n"
OLD = Result("13.23", "3.1.1", "13.23", 900, 40, 0, 300)
BARE = Result("14.23", "", "15.20", 500, 400, 0, 200)
BAD = Result("18.6", "3.6.1", "18.6", 900, 4, 1, 300)


def test_every_version_was_tried() -> None:
    results = read_results(DOCUMENT.read_text(encoding="utf-8"))
    assert tuple(results) == TRIED_SERVERS


def test_the_readme_says_what_the_table_says() -> None:
    results = read_results(DOCUMENT.read_text(encoding="utf-8"))
    assert sentence(results) in README.read_text(encoding="utf-8").splitlines()


def test_results_are_put_in_their_place() -> None:
    text = write_results(EMPTY, [BAD, OLD])
    assert read_results(text) == {13: OLD, 18: BAD}
    again = write_results(text, [BARE])
    assert list(read_results(again)) == [13, 14, 18]
    assert write_results(again, [BARE]) == again
    assert again.startswith("before\n")
    assert again.endswith(f"{END}\nafter\n")


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ([], "Not tried on any:"),
        ([BAD], "Not tried on any:"),
        ([OLD, BAD], "Tried on 13:"),
        ([OLD, BARE], "Tried on 13 and 14 (on 14 without PostGIS):"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_only_what_passed_is_claimed(results: list[Result], said: str) -> None:
    known = {result.major: result for result in results}
    assert sentence(known) == f"PostgreSQL 13 to 18. {said} [docs/servers.md](docs/servers.md) has the versions."
