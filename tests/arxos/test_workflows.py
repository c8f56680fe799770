"""Every workflow of the migration guide, with the real program on a real server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from release.scratch.server import Server
from tests.arxos.conftest import PROJECT, Alembic, At, Rows
from tests.databases import Dump, NewDatabase, clean_environment, url_of

REVISIONS = ("001", "002", "003", "004", "005", "006", "007", "008", "009")


def test_upgrade_head_then_downgrade_base_leaves_postgis_and_the_version_table(
    new_database: NewDatabase, alembic: Alembic, rows: Rows, dump: Dump, postgis_template: str
) -> None:
    database = new_database()  # without postgis: revision 001 creates it
    alembic(database, "upgrade", "head")
    assert rows(database, "SELECT version_num FROM alembic_version") == [("009",)]
    alembic(database, "downgrade", "base")
    assert rows(database, "SELECT version_num FROM alembic_version") == []
    left = dump(database, exclude=("public.alembic_version",))
    assert left == dump(new_database(postgis_template))


@pytest.mark.parametrize(
    ("start", "command", "end"),
    [
        ("002", ("upgrade", "head"), "009"),
        ("002", ("upgrade", "005"), "005"),
        ("002", ("upgrade", "+1"), "003"),
        ("005", ("downgrade", "-1"), "004"),
        ("005", ("downgrade", "003"), "003"),
        ("005", ("stamp", "002"), "002"),
        ("002", ("stamp", "head"), "009"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_version_after_command(
    at: At, alembic: Alembic, rows: Rows, start: str, command: tuple[str, ...], end: str
) -> None:
    database = at(start, seeded=True)
    alembic(database, *command)
    assert rows(database, "SELECT version_num FROM alembic_version") == [(end,)]


def test_stamp_changes_no_schema(at: At, alembic: Alembic, dump: Dump) -> None:
    database = at("005", seeded=True)
    before = dump(database, exclude=("public.alembic_version",))
    alembic(database, "stamp", "002")
    assert dump(database, exclude=("public.alembic_version",)) == before


def test_current(unchanged: At, alembic: Alembic) -> None:
    assert alembic(unchanged("009"), "current").stdout.split() == ["009", "(head)"]
    assert alembic(unchanged("005", seeded=True), "current").stdout.split() == ["005"]


def test_history_and_heads_and_show_need_no_database(alembic: Alembic) -> None:
    nowhere = "there_is_no_such_database"
    history = alembic(nowhere, "history", "--verbose").stdout
    assert [line for line in history.splitlines() if line.startswith("Rev:")] == [
        "Rev: 009 (head)",
        *(f"Rev: {revision}" for revision in reversed(REVISIONS[:-1])),
    ]
    assert "create building management tables" in history
    assert alembic(nowhere, "heads").stdout.split() == ["009", "(head)"]
    shown = alembic(nowhere, "show", "005").stdout
    assert "005_create_building_management_tables.py" in shown


def test_check_is_clean_at_head_and_says_what_is_missing_before(at: At, alembic: Alembic) -> None:
    head = at("009")
    assert "No new upgrade operations detected." in alembic(head, "check").stdout
    # stamped only: models and database disagree
    behind = at("005", seeded=True)
    alembic(behind, "stamp", "head")
    assert "projects" in alembic(behind, "check", status=255).stderr


def test_check_and_autogenerate_refuse_a_database_behind_head(unchanged: At, alembic: Alembic, project: Path) -> None:
    behind = unchanged("005", seeded=True)
    for command in (("check",), ("revision", "--autogenerate", "-m", "too early")):
        assert "Target database is not up to date" in alembic(behind, *command, project=project, status=255).stderr


def test_unknown_revision_is_refused(unchanged: At, alembic: Alembic) -> None:
    assert (
        "Can't locate revision identified by '999'"
        in alembic(unchanged("002", seeded=True), "upgrade", "999", status=255).stderr
    )


def test_upgrade_minus_one_does_not_exist(at: At, alembic: Alembic, rows: Rows) -> None:
    database = at("002", seeded=True)
    alembic(database, "upgrade", "-1", status=255)
    assert rows(database, "SELECT version_num FROM alembic_version") == [("002",)]


def test_new_revision_is_named_after_its_message(alembic: Alembic, project: Path, at: At) -> None:
    before = set((project / "alembic/versions").glob("*.py"))
    alembic("there_is_no_such_database", "revision", "-m", "Add user authentication fields!", project=project)
    (made,) = set((project / "alembic/versions").glob("*.py")) - before
    revision, slug = made.stem.split("_", 1)
    assert slug == "add_user_authentication_fields"
    assert len(revision) == 12
    database = at("009")
    alembic(database, "upgrade", "head", project=project)
    assert alembic(database, "current", project=project).stdout.split() == [revision, "(head)"]
    alembic(database, "downgrade", "-1", project=project)


def test_new_revision_takes_a_number(alembic: Alembic, project: Path) -> None:
    alembic("there_is_no_such_database", "revision", "--rev-id", "010", "-m", "add rooftops", project=project)
    text = (project / "alembic/versions/010_add_rooftops.py").read_text()
    assert "down_revision: str | Sequence[str] | None = '009'" in text


def test_a_url_without_driver_gets_the_one_that_is_installed(unchanged: At, server: Server) -> None:
    database = unchanged("005", seeded=True)
    url = url_of(server, database).replace("postgresql+psycopg:", "postgresql:")
    command = [sys.executable, "-m", "alembic", "current"]
    done = subprocess.run(
        command, cwd=PROJECT, env=clean_environment({"DATABASE_URL": url}), capture_output=True, encoding="utf-8"
    )
    assert done.stdout.split() == ["005"], done.stderr


def test_two_heads_are_named_and_can_be_merged(unchanged: At, alembic: Alembic, project: Path) -> None:
    database = unchanged("009")
    for revision in ("010", "011"):
        alembic(database, "revision", "--head", "009", "--splice", "--rev-id", revision, "-m", "fork", project=project)
    assert (
        "Multiple head revisions are present"
        in alembic(database, "upgrade", "head", project=project, status=255).stderr
    )
    alembic(database, "merge", "heads", "-m", "join", project=project)
    assert len(alembic(database, "heads", project=project).stdout.splitlines()) == 1


def test_index_build_that_was_broken_off_is_finished_once_what_it_left_is_dropped(
    at: At, alembic: Alembic, rows: Rows, server: Server
) -> None:
    invalid = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
    database = at("005", seeded=True)
    with server.connect(database, autocommit=False) as writer:
        writer.execute("UPDATE devices SET layer = 'Z'")  # CREATE INDEX CONCURRENTLY waits for us
        broken = alembic(database, "upgrade", "006", status=1, options="&options=-clock_timeout%3D300ms")
        writer.rollback()
    assert "lock timeout" in broken.stderr
    assert rows(database, "SELECT version_num FROM alembic_version") == [("005",)]
    assert rows(database, invalid) == [("ix_devices_building_id_active",)]
    with server.connect(database) as connection:
        connection.execute("DROP INDEX ix_rooms_floor_id_covering, ix_devices_building_id_active")
    alembic(database, "upgrade", "006")
    assert rows(database, invalid) == []
    assert rows(
        database, "SELECT count(*) FROM pg_class WHERE relname ~ '^ix_.*(covering|active)$' AND relkind = 'i'"
    ) == [(3,)]
