"""What was let through for up to so many rows: a database that has more is refused, before anything is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from release.scratch.server import Server
from release.source.waivers import declared_waivers
from tests.databases import NewDatabase, Psql
from tests.projects import Revision, build_two

REWRITE = "op.execute('ALTER TABLE t ADD b text NOT NULL DEFAULT gen_random_uuid()::text')"
BACK = "op.execute('ALTER TABLE t DROP b')"
START = "op.execute('CREATE TABLE t (id int)')\nop.execute('CREATE TABLE o (id int)')"
REASON = "up to 1,000 rows: less than a second"


@pytest.mark.parametrize(
    ("comment", "limit", "complaint"),
    [
        ("up to 10,000 rows", 10_000, ""),
        ("up to 10_000 rows, no more", 10_000, ""),
        ("it takes a second for Up to 5 rows.", 5, ""),
        ("up to some rows", 0, "up to some rows is no number; write up to 10,000 rows"),
        ("up to 0 rows", 0, "up to 0 rows is no number; write up to 10,000 rows"),
        ("it is not up to us", 0, ""),
    ],
)
def test_a_limit_is_read(comment: str, limit: int, complaint: str) -> None:
    (waiver,) = declared_waivers(f"# release: ignore[RL208] until=2030-01-01 {comment}\n", "r", "x.py")
    assert (waiver.limit, waiver.complaint, waiver.reason) == (limit, complaint, comment)


@pytest.mark.parametrize("rows", [1000, 1001])
@pytest.mark.parametrize("plain", [False, True], ids=["psql", "plain"])
def test_a_database_is_held_to_it(
    rows: int, *, plain: bool, tmp_path: Path, new_database: NewDatabase, psql: Psql, server: Server
) -> None:
    upgrade = f"# release: ignore[RL208] {REASON}\n{REWRITE}"
    second = Revision("r2", upgrade, BACK, down="r1")
    pyproject = "[tool.release]\nplain = true\n" if plain else ""
    folder = build_two(tmp_path, Revision("r1", START), second, pyproject=pyproject)
    database = new_database()
    stop = ("-v", "ON_ERROR_STOP=1")
    assert psql(database, *stop, script=folder / "1.0/upgrade.sql").returncode == 0
    with server.connect(database) as connection:
        connection.execute(f"INSERT INTO t SELECT generate_series(1, {rows})".encode())
        connection.execute(b"INSERT INTO o SELECT generate_series(1, 5000)")
    refusal = (
        "public.t has more than the 1,000 rows up to which its author let RL208 in r2_x.py:10 "
        "through: rehearse with as many rows as there are, then raise the limit and build again, or do it otherwise"
    )
    for script in ("preflight", "upgrade"):
        done = psql(database, *stop, script=folder / f"1.1/{script}.sql")
        assert done.returncode == (3 if rows > 1000 else 0), done.stdout + done.stderr
        assert (refusal in done.stdout + done.stderr) == (rows > 1000)


def test_what_has_expired_limits_nothing(tmp_path: Path) -> None:
    upgrade = f"# release: ignore[RL208] until=2020-01-01 {REASON}\n{REWRITE}"
    folder = build_two(tmp_path, Revision("r1", START), Revision("r2", upgrade, BACK, down="r1"))
    assert "('limit'," not in (folder / "1.1/upgrade.sql").read_text(encoding="utf-8")
