"""monitor.sql: what a second terminal shows of a release on its way, and of whom it waits for."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import StringIO
from pathlib import Path

import psycopg
import pytest

from release.scratch.server import Server
from tests.attacks.conftest import Bundles, build_small
from tests.databases import NewDatabase, clean_environment, find_program, run_psql
from tests.faults.cluster import running_cluster, running_standby, wait_for
from tests.faults.trial import by_psql
from tests.faults.way import end_of, under_way

Row = dict[str, str]


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Bundles:
    return build_small(tmp_path_factory.mktemp("monitored"))


@pytest.fixture
def database(server: Server, new_database: NewDatabase, bundles: Bundles) -> str:
    """Give a database that has the first release."""
    name = new_database()
    done = by_psql(server, name, bundles.script("1.0", "upgrade"))
    assert done.status == 0, done.err
    return name


def look(server: Server, dbname: str, script: Path, options: str = "") -> list[Row]:
    """Run it as a DBA would, and read the rows."""
    env = {"PGOPTIONS": options}
    done = run_psql(server, dbname, "-q", "--csv", "-v", "ON_ERROR_STOP=1", script=script, env=env)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    head, *lines = csv.reader(StringIO(done.stdout))
    assert head == ["what", "process", "age", "who", "detail", "to_end_it"]
    return [dict(zip(head, line, strict=True)) for line in lines]


def of(rows: list[Row], what: str) -> list[Row]:
    return [row for row in rows if row["what"] == what]


@contextmanager
def open_transaction(server: Server, database: str, *statements: str) -> Iterator[psycopg.Connection]:
    connection = server.connect(database)
    try:
        connection.execute("BEGIN")
        for statement in statements:
            connection.execute(statement.encode())
        yield connection
    finally:
        connection.close()


def test_where_nothing_runs(server: Server, database: str, bundles: Bundles) -> None:
    rows = look(server, database, bundles.script("2.0", "monitor"))
    assert [(row["what"], row["detail"]) for row in rows if row["what"] != "slot"] == [
        ("release", f"none is running in database {database}"),
        ("segment", "1.0 upgrade: done"),
    ]


def test_before_there_is_a_history(server: Server, new_database: NewDatabase, bundles: Bundles) -> None:
    (row,) = of(look(server, new_database(), bundles.script("1.0", "monitor")), "segment")
    assert row["detail"] == "no history yet, or none that this role may read: public.release_history"


def test_a_release_that_is_held_up(server: Server, database: str, bundles: Bundles) -> None:
    """The index waits for a transaction that has written, and another session for the index."""
    upgrade, monitor = bundles.script("2.0", "upgrade"), bundles.script("2.0", "monitor")
    hostile = "UPDATE public.kept SET n = 3 /* \x1b[2J \u202e \x9b */ WHERE id = 2"
    with (
        open_transaction(server, database, hostile) as report,
        closing(server.connect(database)) as behind,
        under_way(server, database, upgrade, "psql") as process,
    ):
        behind.pgconn.send_query(b"VACUUM public.kept")
        wait_for(lambda: of(look(server, database, monitor), "waits"))
        rows = look(server, database, monitor)
        (release,) = of(rows, "release")
        assert "CREATE INDEX CONCURRENTLY ix_kept_n" in release["detail"]
        assert release["to_end_it"] == f"SELECT pg_cancel_backend({release['process']});"
        (segment,) = of(rows, "segment")
        assert segment["detail"].startswith("2.0 upgrade: segment 1 of ")
        (index,) = of(rows, "progress")
        assert index["who"] == "the release"
        assert "ON public.kept: waiting for writers" in index["detail"]
        assert f"waiting for process {report.info.backend_pid})" in index["detail"]
        (blocker,) = of(rows, "in its way")
        assert blocker["process"] == str(report.info.backend_pid)
        assert "idle in transaction" in blocker["detail"]
        assert "UPDATE public.kept SET n = 3 /* ?[2J ? ? */" in blocker["detail"]
        assert blocker["to_end_it"] == f"SELECT pg_terminate_backend({blocker['process']});"
        (waiting,) = of(rows, "waits")
        assert waiting["process"] == str(behind.info.backend_pid)
        assert waiting["detail"].startswith(f"for process {release['process']}; active")
        assert waiting["age"]
        done = run_psql(server, database, "-c", blocker["to_end_it"])
        assert done.returncode == 0, done.stderr
        behind.cancel()
        ran = end_of(process)
    assert ran.status == 0, ran.err
    (segment,) = of(look(server, database, monitor), "segment")
    assert segment["detail"] == "2.0 upgrade: done"


def test_a_role_that_may_see_nothing(server: Server, database: str, bundles: Bundles) -> None:
    """Processes and statements that end them are told all the same."""
    role = f"{server.prefix}blind"
    upgrade, monitor = bundles.script("2.0", "upgrade"), bundles.script("2.0", "monitor")
    with server.connect(database) as connection:
        connection.execute(f"CREATE ROLE {role}".encode())
        try:
            with open_transaction(server, database, "UPDATE public.kept SET n = 3 WHERE id = 2") as report:
                pid = str(report.info.backend_pid)
                with under_way(server, database, upgrade, "psql") as process:
                    rows = look(server, database, monitor, f"-c role={role}")
                    report.execute("COMMIT")
                    assert end_of(process).status == 0
            assert of(rows, "release")[0]["process"]
            assert "not to be seen" in of(rows, "progress")[0]["detail"]
            assert of(rows, "in its way")[0]["process"] == pid
            assert of(rows, "segment")[0]["detail"].startswith("no history yet, or none that this role may read")
            assert "no member of pg_read_all_stats" in of(rows, "note")[0]["detail"]
        finally:
            connection.execute(f"DROP ROLE {role}".encode())


def test_a_prepared_transaction_in_its_way(bundles: Bundles) -> None:
    with running_cluster() as cluster:
        cluster.stop()
        with (cluster.data / "postgresql.conf").open("a") as file:
            file.write("max_prepared_transactions = 1\n")
        cluster.start()
        server = cluster.server
        assert by_psql(server, "postgres", bundles.script("1.0", "upgrade")).status == 0
        with server.connect() as connection:
            connection.execute("BEGIN; UPDATE public.kept SET n = 3 WHERE id = 2; PREPARE TRANSACTION 'g'")
            with under_way(server, "postgres", bundles.script("2.0", "upgrade"), "psql") as process:
                (row,) = of(look(server, "postgres", bundles.script("2.0", "monitor")), "in its way")
                assert row["to_end_it"] == "ROLLBACK PREPARED 'gid';"
                connection.execute("ROLLBACK PREPARED 'g'")
                assert end_of(process).status == 0


@pytest.mark.usefixtures("postgis")  # servers that come without it may lack the library of replication, too
def test_standbys_and_what_slots_keep(bundles: Bundles) -> None:
    monitor = bundles.script("1.0", "monitor")
    with running_cluster() as cluster, running_standby(cluster) as standby:
        with cluster.server.connect() as connection:
            connection.execute("SELECT pg_create_physical_replication_slot('forgotten', true)")
            connection.execute("CREATE TABLE t AS SELECT g FROM generate_series(1, 100000) AS g")
        rows = look(cluster.server, "postgres", monitor)
        (replica,) = of(rows, "standby")
        assert replica["detail"].startswith("streaming, async, replay is ")
        (slot,) = of(rows, "slot")
        assert slot["who"] == "forgotten"
        assert slot["detail"].startswith("physical, not active, keeps ")
        assert "MB of WAL, reserved" in slot["detail"]
        there = look(standby, "postgres", monitor)
        assert "this server is a standby: a release runs on its primary" in [row["detail"] for row in of(there, "note")]


def test_copy_is_told_where_the_server_tells_it(server: Server, database: str, bundles: Bundles) -> None:
    with server.connect(database) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE public.loaded (n integer)")
        with cursor.copy("COPY public.loaded FROM STDIN") as copy:
            copy.write("7\n" * 100000)
            rows = of(look(server, database, bundles.script("1.0", "monitor")), "progress")
        told = ["COPY FROM public.loaded"] if server.major >= 14 else []
        assert [row["detail"].partition(":")[0] for row in rows] == told


def test_it_is_shown_again_and_again(server: Server, database: str, bundles: Bundles) -> None:
    script = bundles.script("2.0", "monitor")
    command = [
        find_program(server, "psql"),
        "-X",
        "-d",
        server.conninfo(database),
        "-v",
        "every=0.2",
        "-f",
        str(script),
    ]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding="utf-8", env=clean_environment()
    ) as process:
        assert process.stdout
        seen = 0
        while seen < 3:
            line = process.stdout.readline()
            assert line, "it ended"
            seen += "none is running" in line
        process.kill()


HOSTILE_HISTORIES: dict[str, str] = {
    "a view": "CREATE VIEW public.release_history AS SELECT 1 AS id, public.trap() AS release",
    "a policy": "ALTER TABLE public.release_history ENABLE ROW LEVEL SECURITY",
    "a type with a cast": """
        CREATE TYPE public.own AS (n integer);
        CREATE FUNCTION public.cast_own(public.own) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped'; END $$;
        CREATE FUNCTION public.cast_json(public.own) RETURNS json LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped'; END $$;
        CREATE CAST (public.own AS text) WITH FUNCTION public.cast_own AS IMPLICIT;
        CREATE CAST (public.own AS json) WITH FUNCTION public.cast_json;
        ALTER TABLE public.release_history ALTER COLUMN release TYPE public.own USING ROW(1)::public.own
    """,
    "a table of another shape": "CREATE TABLE public.release_history (id integer, note text)",
}


@pytest.mark.parametrize("history", HOSTILE_HISTORIES)
def test_a_history_that_could_call_something_is_not_read(
    server: Server, database: str, bundles: Bundles, history: str
) -> None:
    with server.connect(database) as connection:
        connection.execute(
            "CREATE FUNCTION public.trap() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped'; END $$"
        )
        if "public.release_history AS" in HOSTILE_HISTORIES[history] or "(id integer" in HOSTILE_HISTORIES[history]:
            connection.execute("DROP TABLE public.release_history")
        connection.execute(HOSTILE_HISTORIES[history].encode())
    (row,) = of(look(server, database, bundles.script("2.0", "monitor")), "segment")
    assert row["detail"].startswith("no history yet")


def test_it_is_the_same_for_all_releases(server: Server, database: str, tmp_path: Path, bundles: Bundles) -> None:
    """But for names of tables, and in plain scripts for what repeats it."""
    settings = '[tool.release]\nhistory_table = "other"\nsearch_path = ["Other"]\n'
    plain = build_small(tmp_path, "--plain", pyproject=settings, versions=("1.0",)).script("1.0", "monitor")
    texts = [bundles.script(version, "monitor").read_text(encoding="utf-8") for version in bundles.versions]
    texts.append(plain.read_text(encoding="utf-8"))
    assert len({machinery_of(text) for text in texts}) == 1
    assert all(text.isascii() for text in texts)
    assert "\\" not in texts[2].replace(machinery_of(texts[2]), "")
    (row,) = of(look(server, database, plain), "segment")
    assert row["detail"] == 'no history yet, or none that this role may read: "Other".other'


def machinery_of(text: str) -> str:
    begin, end = text.index("-- >>> machinery monitor"), text.index("-- <<< machinery monitor")
    return text[begin:end]
