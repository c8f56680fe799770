"""A release with a revision that nothing undoes: how far its rollback goes, from wherever the upgrade stopped."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from release.cli import run
from tests.databases import NewDatabase, Psql
from tests.projects import Revision, write_project

START = Revision("a1", 'op.execute("CREATE TABLE t (id int PRIMARY KEY, a int)")', 'op.execute("DROP TABLE t")')
WHY = "the old codes are not kept"
RAISES = 'raise NotImplementedError("no")'


def alone(sql: str) -> str:
    return f"with op.get_context().autocommit_block():\n    op.execute({sql!r})\n"


def adds(revision: str, column: str, down: str) -> Revision:
    """A column, and then an index on it outside a transaction."""
    upgrade = f'op.execute("ALTER TABLE t ADD COLUMN {column} int")\n'
    upgrade += alone(f"CREATE INDEX CONCURRENTLY by_{column} ON t ({column})")
    downgrade = f'op.execute("DROP INDEX by_{column}")\nop.execute("ALTER TABLE t DROP COLUMN {column}")'
    return Revision(revision, upgrade, downgrade, f"add {column}", down)


def loses(revision: str, down: str, *, first: bool = True) -> Revision:
    """Column a, whose values nothing brings back; before, or after, what runs outside a transaction."""
    parts = ('op.execute("ALTER TABLE t DROP COLUMN a")\n', alone(f"CREATE INDEX CONCURRENTLY of_{revision} ON t (id)"))
    work = "".join(parts if first else parts[::-1])
    return Revision(revision, f"# release: irreversible: {WHY}\n{work}", RAISES, "lose a", down)


def built(folder: Path, *revisions: Revision, options: tuple[str, ...] = ()) -> Path:
    """The bundles of release 1.0, the first revision, and 1.1, the others."""
    ini = write_project(folder, *revisions)
    assert run(["-c", str(ini), "build", "1.0", "--to", revisions[0].id, "--no-lint"]) == 0
    assert run(["-c", str(ini), "build", "1.1", "--no-lint", *options]) == 0
    return folder / "scripts"


def rows_after(upgrade: Path) -> list[str]:
    """The version row after each segment of an upgrade, from before the first one on."""
    found = re.search(r'"after": (\[[^\]]*\])', upgrade.read_text(encoding="utf-8"))
    assert found
    rows: list[str] = json.loads(found[1])
    return rows


def cut_after(script: Path, number: int, folder: Path) -> Path:
    """An upgrade whose session ends when a segment is done."""
    lines = script.read_text(encoding="utf-8").split("\n")
    begin = next(at for at, line in enumerate(lines) if line.startswith(rf"\echo 'segment {number} of "))
    at = next(at for at, line in enumerate(lines) if at > begin and line.startswith("SELECT pg_temp.release_done("))
    at += 1 + (lines[at + 1] == "COMMIT;")
    (cut := folder / "cut.sql").write_text("\n".join([*lines[:at], r"\quit", *lines[at:]]), encoding="utf-8")
    return cut


@pytest.mark.parametrize("first", [True, False], ids=["loses first", "loses last"])
def test_a_rollback_from_every_segment(psql: Psql, new_database: NewDatabase, tmp_path: Path, *, first: bool) -> None:
    """It undoes all until the irreversible revision has begun, refuses within it, and goes back to it from behind."""
    revisions = (START, adds("b2", "b", "a1"), loses("c3", "b2", first=first), adds("d4", "d", "c3"))
    scripts = built(tmp_path, *revisions)
    upgrade, rollback, verify = (scripts / f"1.1/{name}.sql" for name in ("upgrade", "rollback", "verify"))
    rows = rows_after(upgrade)
    begun = next(at for at, row in enumerate(rows) if row == "c3") - 1  # what begins it stands in the segment before
    seen = set()
    for number in range(1, len(rows)):
        database = new_database()
        assert psql(database, script=scripts / "1.0/upgrade.sql").returncode == 0
        assert psql(database, "-c", "INSERT INTO t (id) VALUES (1)").returncode == 0
        assert psql(database, script=cut_after(upgrade, number, tmp_path)).returncode == 0
        before = state(psql, database)
        went = psql(database, script=rollback)
        after = state(psql, database)
        if after[0] == "a1":
            way = "all"
            assert went.returncode == 0
            assert "it goes no farther back" not in went.stdout
            assert after[1:] == ("id,a", "t_pkey")
            assert number < begun
        elif after == before:
            way = "refused"
            assert went.returncode == 3
            assert "rollback refused, nothing changed" in went.stderr
            assert ("run upgrade.sql again to finish it first" in went.stderr) is (rows[number] != "c3")
        else:
            way = "to the wall"
            assert went.returncode == 0, went.stderr
            assert f"it goes no farther back: revision c3 is irreversible: {WHY}" in went.stdout
            assert after == ("c3", "id,b", "by_b,of_c3,t_pkey")
        seen.add(way)
        if way != "refused":
            assert psql(database, "-v", "direction=rollback", script=verify).returncode == 0
            again = psql(database, script=rollback)
            assert state(psql, database) == after
            assert again.returncode == (0 if way == "all" else 3)
            assert ("nothing to do: the database is at revision c3 already" in again.stderr) is (way != "all")
    assert seen == {"all", "refused", "to the wall"}


@pytest.mark.parametrize("plain", [False, True], ids=["psql", "plain"])
def test_one_transaction_that_ends_with_it(
    psql: Psql, new_database: NewDatabase, tmp_path: Path, *, plain: bool
) -> None:
    """There is nothing to undo but by the backup: rollback.sql says so at once."""
    lost = Revision(
        "c3", f'# release: irreversible: {WHY}\nop.execute("ALTER TABLE t DROP COLUMN a")', RAISES, "x", "a1"
    )
    scripts = built(tmp_path, START, lost, options=("--plain",) if plain else ())
    database = new_database()
    assert psql(database, script=scripts / "1.0/upgrade.sql").returncode == 0
    on_error = ("-v", "ON_ERROR_STOP=1")
    early = psql(database, *on_error, script=scripts / "1.1/rollback.sql")
    assert "nothing to do: the database is at a1 already" in early.stdout + early.stderr
    said = psql(database, *on_error, script=scripts / "1.1/preflight.sql").stdout
    assert f"rollback.sql undoes nothing: revision c3 is irreversible: {WHY}" in said
    assert psql(database, *on_error, script=scripts / "1.1/upgrade.sql").returncode == 0
    before = state(psql, database)
    refused = psql(database, *on_error, script=scripts / "1.1/rollback.sql")
    assert refused.returncode == 3
    assert "nothing to do: the database is at revision c3 already; revision c3 is irreversible" in refused.stderr
    assert "The way back from c3 to a1 is to restore the backup" in refused.stderr
    assert state(psql, database) == before


def test_one_transaction_with_it_in_the_middle(psql: Psql, new_database: NewDatabase, tmp_path: Path) -> None:
    """The rollback leads to it, and the upgrade does not go on from there: it is whole, or it is not there."""
    add = Revision("d4", 'op.execute("ALTER TABLE t ADD d int")', 'op.execute("ALTER TABLE t DROP d")', "x", "c3")
    lost = Revision(
        "c3", f'# release: irreversible: {WHY}\nop.execute("ALTER TABLE t DROP COLUMN a")', RAISES, "x", "a1"
    )
    scripts = built(tmp_path, START, lost, add)
    assert "upgrade.sql does not go on from there" in unwrapped(scripts / "1.1/upgrade.sql")
    database = new_database()
    assert psql(database, script=scripts / "1.0/upgrade.sql").returncode == 0
    assert psql(database, script=scripts / "1.1/upgrade.sql").returncode == 0
    went = psql(database, script=scripts / "1.1/rollback.sql")
    assert went.returncode == 0
    assert "it goes no farther back: revision c3 is irreversible" in went.stdout
    assert state(psql, database) == ("c3", "id", "t_pkey")
    assert psql(database, "-v", "direction=rollback", script=scripts / "1.1/verify.sql").returncode == 0
    for name in ("rollback", "upgrade"):
        assert psql(database, script=scripts / f"1.1/{name}.sql").returncode == 3
    assert state(psql, database) == ("c3", "id", "t_pkey")


def test_an_upgrade_goes_on_from_where_its_rollback_ended(
    psql: Psql, new_database: NewDatabase, tmp_path: Path
) -> None:
    scripts = built(tmp_path, START, loses("c3", "a1"), adds("d4", "d", "c3"), adds("e5", "e", "d4"))
    assert "upgrade.sql goes on from there" in unwrapped(scripts / "1.1/upgrade.sql")
    database = new_database()
    for release in ("1.0", "1.1"):
        assert psql(database, script=scripts / f"{release}/upgrade.sql").returncode == 0
    upgraded = state(psql, database)
    for _ in (1, 2):
        assert psql(database, script=scripts / "1.1/rollback.sql").returncode == 0
        assert state(psql, database) == ("c3", "id", "of_c3,t_pkey")
        again = psql(database, script=scripts / "1.1/upgrade.sql")
        assert again.returncode == 0, again.stderr
        assert (state(psql, database)[0], state(psql, database)[2]) == (upgraded[0], upgraded[2])


def test_two_of_them(psql: Psql, new_database: NewDatabase, tmp_path: Path) -> None:
    """From between them it goes back to the first, and from behind the second to that."""
    more = loses("e5", "d4")
    more = Revision("e5", more.upgrade.replace("COLUMN a", "COLUMN d"), RAISES, "lose d", "d4")
    scripts = built(tmp_path, START, loses("c3", "a1"), adds("d4", "d", "c3"), more, adds("f6", "f", "e5"))
    rows = rows_after(scripts / "1.1/upgrade.sql")
    for stop, end in (("d4", "c3"), ("f6", "e5")):
        database = new_database()
        assert psql(database, script=scripts / "1.0/upgrade.sql").returncode == 0
        assert psql(database, "-c", "INSERT INTO t (id) VALUES (1)").returncode == 0
        cut = cut_after(scripts / "1.1/upgrade.sql", rows.index(stop), tmp_path)
        assert psql(database, script=cut).returncode == 0
        assert psql(database, script=scripts / "1.1/rollback.sql").returncode == 0
        assert state(psql, database)[0] == end
        assert psql(database, "-v", "direction=rollback", script=scripts / "1.1/verify.sql").returncode == 0
        assert psql(database, script=scripts / "1.1/rollback.sql").returncode == 3


def test_it_is_allowed_on_the_command_line_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lost = Revision("c3", 'op.execute("ALTER TABLE t DROP COLUMN a")', RAISES, "lose a", "a1")
    ini = write_project(tmp_path, START, lost)
    build = ["-c", str(ini), "build", "1.0", "--no-lint"]
    assert run(build) == 1
    assert f"# release: irreversible: why (or --allow-irreversible {lost.id})" in " ".join(
        capsys.readouterr().err.split()
    )
    assert run(["-c", str(ini), "check", "--from", "a1"]) == 1
    for command in (["check", "--from", "a1"], ["plan"], ["lint", "--from", "a1"]):
        assert run(["-c", str(ini), *command, "--allow-irreversible", "c3"]) == 0, command
    assert run([*build, "--allow-irreversible", "c3"]) == 0
    first = (tmp_path / "scripts/1.0/manifest.json").read_text(encoding="utf-8")
    assert '"irreversible": {' in first
    assert run(build) == 0
    assert "unchanged" in capsys.readouterr().out
    assert run([*build, "--regenerate"]) == 0
    assert (tmp_path / "scripts/1.0/manifest.json").read_text(encoding="utf-8") == first
    assert run(["-c", str(ini), "lint", "1.0"]) == 0
    assert run([*build, "--allow-irreversible", "nonsense"]) == 1


def test_a_comment_gives_a_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = write_project(tmp_path, START, Revision("c3", "# release: irreversible:\npass", RAISES, "x", "a1"))
    for command in (["build", "1.0"], ["check"]):
        assert run(["-c", str(ini), *command]) == 1
        assert "c3_x.py:10: '# release: irreversible:' is not understood" in capsys.readouterr().err


def test_a_downgrade_that_does_nothing_is_told_what_to_write(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ini = write_project(tmp_path, START, Revision("c3", 'op.execute("ALTER TABLE t DROP COLUMN a")', "pass", "x", "a1"))
    assert run(["-c", str(ini), "lint", "--from", "a1", "--select", "RL107"]) == 1
    assert "# release: irreversible: the old codes are not kept" in capsys.readouterr().out


def unwrapped(script: Path) -> str:
    """The text of a script's header, without its line ends."""
    return " ".join(script.read_text(encoding="utf-8").replace("\n--", " ").split())


def state(psql: Psql, database: str) -> tuple[str, ...]:
    """The version row, the columns of the table and its indexes."""
    columns = "attrelid = 't'::regclass AND attnum > 0 AND NOT attisdropped"
    indexes = "pg_index AS x JOIN pg_class AS i ON x.indexrelid = i.oid WHERE x.indrelid = 't'::regclass"
    queries = (
        "SELECT version_num FROM alembic_version",
        f"SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute WHERE {columns}",
        f"SELECT string_agg(i.relname, ',' ORDER BY i.relname) FROM {indexes}",
    )
    return tuple(psql(database, "-At", "-c", query).stdout.strip() for query in queries)
