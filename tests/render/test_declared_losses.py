"""What the header says of a way back that looks complete, and of which the author has declared a loss."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projects import Revision, build_two

_FORTH, _BACK = 'op.execute("UPDATE t SET b = 1 WHERE b = 0")', 'op.execute("UPDATE t SET b = 0 WHERE b = 1")'
_INDEX = 'op.execute("CREATE INDEX i ON t (b)")', 'op.execute("DROP INDEX i")'


def headers(root: Path, forth: str, back: str, head: str = "") -> tuple[str, ...]:
    """What upgrade.sql and rollback.sql say before they do anything, as one line each."""
    first = Revision("a1", 'op.execute("CREATE TABLE t (b int)")', 'op.execute("DROP TABLE t")')
    scripts = build_two(root, first, Revision("b2", forth, back, down="a1", head=head))
    texts = ((scripts / "1.1" / f"{each}.sql").read_text(encoding="utf-8") for each in ("upgrade", "rollback"))
    return tuple(" ".join(text.partition("\n\n")[0].replace("--", "").split()) for text in texts)


@pytest.mark.parametrize("head", ["", "# release: loses t.b one was it before"])
def test_nothing_is_lost_but_what_is_declared(tmp_path: Path, head: str) -> None:
    upgrade, rollback = headers(tmp_path, _FORTH, _BACK, head)
    told = "public.t.b: one was it before (declared in "
    assert (told in upgrade, told in rollback) == (bool(head), bool(head))
    other = "else " if head else ""
    assert f"drops nothing {other}that was written since, and may change some of it: UPDATE t" in upgrade
    assert ("drops nothing that was written since, but for what is declared, and" in rollback) is bool(head)
    assert "may change some of it: UPDATE t" in rollback
    assert "loses nothing" not in upgrade


@pytest.mark.parametrize("head", ["", "# release: loses t.b one was it before"])
def test_that_nothing_is_lost_is_said_where_no_statement_may_lose_it(tmp_path: Path, head: str) -> None:
    upgrade, rollback = headers(tmp_path, *_INDEX, head)
    assert f"rollback.sql loses nothing {'else ' if head else ''}that was written since" in upgrade
    assert "LOSES nothing that was written since" in rollback


@pytest.mark.parametrize(
    ("back", "told"),
    [
        ("MERGE INTO t USING (SELECT 1 AS b) AS s ON t.b = s.b WHEN MATCHED THEN DELETE", "MERGE t"),
        ("ALTER TABLE t ALTER COLUMN b TYPE smallint", "another type of t.b"),
        ("DO $$ BEGIN EXECUTE 'DELETE FROM t'; END $$", "DO (migrations/versions/b2_x.py:"),
    ],
)
def test_what_may_lose_is_named(tmp_path: Path, back: str, told: str) -> None:
    upgrade, rollback = headers(tmp_path, 'op.execute("SELECT 1")', f"op.execute({back!r})")
    for header in (upgrade, rollback):
        assert f"and may change some of it: {told}" in header
        assert "loses nothing" not in header


@pytest.mark.parametrize("back", ["DELETE FROM t WHERE b = 1", "TRUNCATE t"])
def test_a_rollback_that_deletes_rows_is_not_said_to_lose_nothing(tmp_path: Path, back: str) -> None:
    for header in headers(tmp_path, 'op.execute("SELECT 1")', f"op.execute({back!r})"):
        assert f"may change some of it: {back.split()[0]}" in header or "t: the rollback deletes rows" in header
        assert "loses nothing" not in header


@pytest.mark.parametrize(
    ("down", "told"),
    [
        ("DELETE FROM t", "public.t: the rollback deletes rows"),
        ("TRUNCATE t", "public.t: the rollback deletes rows"),
        ("DROP SCHEMA s CASCADE", "s: dropped with all that is in it"),
        ("DROP TYPE m CASCADE", "m: dropped with all columns of it"),
    ],
)
def test_what_a_rollback_loses_by_other_means(tmp_path: Path, down: str, told: str) -> None:
    """It is not said that nothing is lost which was written since."""
    start = ("CREATE TABLE t (b int)", "CREATE SCHEMA s", "CREATE TYPE m AS ENUM ('a')")
    first = Revision("a1", "\n".join(f"op.execute({each!r})" for each in start))
    scripts = build_two(tmp_path, first, Revision("b2", _FORTH, f"op.execute({down!r})", down="a1"))
    text = (scripts / "1.1/rollback.sql").read_text(encoding="utf-8")
    assert told in text
    assert "nothing that was written since" not in text
    assert "rollback.sql loses nothing" not in (scripts / "1.1/upgrade.sql").read_text(encoding="utf-8")
