"""The document and the tests know the same faults."""

from __future__ import annotations

from tests.faults.table import (
    DOCUMENT,
    FAULTS,
    SCRIPTS,
    Seen,
    read_rows,
    read_table,
    replace_rows,
    rows_of,
    tell_points,
)

TEXT = DOCUMENT.read_text(encoding="utf-8")


def test_each_fault_has_words_of_its_own() -> None:
    words = [words for faults in FAULTS.values() for words in faults.values()]
    assert len(words) == len(set(words))


def test_every_fault_is_in_the_document_and_nothing_else() -> None:
    """Each line's own words are compared by the test that tries its fault."""
    for table, faults in FAULTS.items():
        known = [line for fault in faults for line in read_rows(TEXT, fault)]
        assert list(read_table(TEXT, table)) == known
        assert [fault for fault in faults if not read_rows(TEXT, fault)] == []


def test_runs_that_end_alike_share_a_line() -> None:
    both = [Seen(way, runner, "exit 3: no", "unchanged") for way in SCRIPTS[:2] for runner in ("psql", "release apply")]
    words = FAULTS["refused"]["revision"]
    assert rows_of("revision", both) == (
        f"| {words} | upgrade, rollback | psql, release apply | exit 3: no | unchanged |",
    )
    other = Seen("rollback", "release apply", "exit 3: a|b", "unchanged")
    assert rows_of("revision", [*both[:3], other]) == (
        f"| {words} | upgrade, rollback | psql | exit 3: no | unchanged |",
        f"| {words} | upgrade | release apply | exit 3: no | unchanged |",
        f"| {words} | rollback | release apply | exit 3: a\\|b | unchanged |",
    )


def test_lines_are_replaced_in_their_place() -> None:
    for table, faults in FAULTS.items():
        for fault in faults:
            assert replace_rows(TEXT, fault, read_rows(TEXT, fault)) == TEXT, table
            assert read_rows(replace_rows(TEXT, fault, ()), fault) == ()


def test_the_points_are_added_up() -> None:
    assert f"\n{tell_points(TEXT)}\n" in TEXT
    assert "In all 12 points" in tell_points("| after each of 5 statements |\n| after each of 7 statements |")
