"""preflight.sql on a server in use: locks, prepared transactions, replication, dependents, and what would be lost."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from release.cli import run
from release.scratch.account import choose_account
from release.scratch.server import Server, scratch_server
from tests.databases import clean_environment, find_program, run_psql
from tests.projects import Revision, write_project

pytestmark = pytest.mark.postgresql

SETTINGS = {"wal_level": "logical", "max_prepared_transactions": "5", "max_wal_senders": "4"}

BEFORE = Revision(
    "a1",
    """
    for sql in (
        "CREATE TYPE mood AS ENUM ('ok', 'bad')",
        "CREATE TABLE parents (id int PRIMARY KEY, kept text, gone text, word text)",
        "CREATE TABLE children (id int PRIMARY KEY, parent int CONSTRAINT to_parents REFERENCES parents)",
        "CREATE TABLE \\"Old\\" (id int PRIMARY KEY, m mood DEFAULT 'ok', n mood)",
        "CREATE VIEW mine AS SELECT id, gone FROM parents",
        "CREATE VIEW again AS SELECT id FROM children",
        "CREATE FUNCTION plus(int) RETURNS int LANGUAGE sql AS 'SELECT $1 + 1'",
        "CREATE TABLE big (id int, t text)",
    ):
        op.execute(sql)
    """,
)
AFTER = Revision(
    "a2",
    """
    for sql in (
        "DROP VIEW mine",
        "ALTER TABLE parents DROP COLUMN gone",
        "ALTER TABLE parents ALTER word TYPE varchar(10)",
        "DROP VIEW again",
        "CREATE VIEW again AS SELECT id, parent FROM children",
        "DROP FUNCTION plus(int)",
        "CREATE FUNCTION plus(int) RETURNS bigint LANGUAGE sql AS 'SELECT $1::bigint + 1'",
        'ALTER TABLE "Old" ALTER m DROP DEFAULT, ALTER m TYPE text',
        'ALTER TABLE "Old" DROP COLUMN n',
        "DROP TYPE mood",
        'DROP TABLE "Old" CASCADE',
        "ALTER TABLE children RENAME TO kids",
        "ALTER TABLE big ALTER t SET NOT NULL",
    ):
        op.execute(sql)
    """,
    """
    op.execute('CREATE TABLE "Old" (id int PRIMARY KEY, m text)')
    op.execute(
        'CREATE TRIGGER remade BEFORE INSERT ON "Old" FOR EACH ROW '
        "EXECUTE FUNCTION suppress_redundant_updates_trigger()"
    )
    """,
    down="a1",
)


def build(folder: Path, settings: str = "") -> Path:
    ini = write_project(folder, BEFORE, AFTER, pyproject=settings)
    assert run(["-c", str(ini), "build", "1.0", "--to", "a1", "--no-lint"]) == 0
    assert run(["-c", str(ini), "build", "2.0", "--no-lint"]) == 0
    return folder / "scripts"


@pytest.fixture(scope="module")
def busy() -> Iterator[Server]:
    with scratch_server(settings=SETTINGS) as running:
        yield running


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("project"))


@pytest.fixture
def database(busy: Server, scripts: Path) -> Iterator[str]:
    busy.create_database("d")
    assert run_psql(busy, "d", script=scripts / "1.0/upgrade.sql").returncode == 0
    yield "d"
    busy.drop_database("d")


def ask(server: Server, scripts: Path, status: int, *arguments: str, dbname: str = "d") -> set[str]:
    """Run the preflight and give its lines without their padding."""
    done = run_psql(server, dbname, "-At", *arguments, script=scripts / "2.0/preflight.sql")
    assert done.returncode == status, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1].startswith("NO-GO (" if status else "GO"), lines
    return {line for line in lines if "|" in line}


def matching(lines: set[str], pattern: str) -> list[str]:
    return [line for line in lines if re.search(pattern, line)]


def test_what_the_release_drops_itself_is_in_nobodys_way(busy: Server, scripts: Path, database: str) -> None:
    lines = ask(busy, scripts, 0)
    assert not matching(lines, "NO-GO|mentions|needs|goes with|^lost"), lines


def test_what_depends_on_what_goes(busy: Server, scripts: Path, database: str) -> None:
    with busy.connect(database) as connection:
        for sql in (
            "CREATE VIEW theirs AS SELECT gone FROM parents",
            "CREATE MATERIALIZED VIEW words AS SELECT word FROM parents",
            "CREATE VIEW over_mine AS SELECT * FROM mine",
            "CREATE TABLE feelings (id int, m mood)",
            'CREATE TABLE others (old int CONSTRAINT to_old REFERENCES "Old")',
            "CREATE POLICY p ON parents USING (word <> 'x')",
            "CREATE FUNCTION careless() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM GONE FROM Parents; END $$",
            "CREATE FUNCTION careful() RETURNS text LANGUAGE sql AS $$ SELECT 'gone' $$",
            "CREATE FUNCTION fires() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.gone := NULL; RETURN NEW; END $$",
            "CREATE TRIGGER fires BEFORE INSERT ON parents FOR EACH ROW EXECUTE FUNCTION fires()",
            "CREATE FUNCTION counts() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM children'",
            "CREATE FUNCTION grandchildren() RETURNS bigint LANGUAGE sql AS 'SELECT 1 -- grandchildren'",
            "CREATE FUNCTION parsed() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(gone) FROM parents; END",
        ):
            connection.execute(sql.encode())
    lines = ask(busy, scripts, 3)
    stop = "drop or change it before, and know who needs it"
    retyped = "which the release gives another type"
    assert {line for line in lines if line.startswith("NO-GO|")} == {
        f"NO-GO|view public.theirs needs public.parents.gone, which the release drops: {stop}",
        f"NO-GO|function public.parsed() needs public.parents.gone, which the release drops: {stop}",
        f"NO-GO|materialized view public.words needs public.parents.word, {retyped}: {stop}",
        f"NO-GO|policy p on table public.parents needs public.parents.word, {retyped}: {stop}",
        f"NO-GO|view public.over_mine needs public.mine, which the release drops: {stop}",
        f"NO-GO|column m of table public.feelings needs public.mood, which the release drops: {stop}",
    }
    taken = "which the release drops CASCADE: know who needs it"
    mentioned = "see whether it must change too"
    assert set(matching(lines, "mentions|goes with")) == {
        f'note|constraint to_old on table public.others goes with public."Old", {taken}',
        f"note|function public.careless() mentions public.parents.gone, which the release drops: {mentioned}",
        f"note|function public.fires() mentions public.parents.gone, which the release drops: {mentioned}",
        f"note|function public.counts() mentions public.children, which the release renames: {mentioned}",
    }


LOST = r"""
CREATE ROLE reader; CREATE ROLE writer; CREATE ROLE "Odd owner";
GRANT SELECT ON again, "Old" TO reader;
GRANT INSERT, UPDATE (id) ON "Old" TO writer WITH GRANT OPTION;
GRANT SELECT (gone) ON parents TO reader;
REVOKE EXECUTE ON FUNCTION plus(int) FROM PUBLIC; GRANT EXECUTE ON FUNCTION plus(int) TO reader;
ALTER VIEW again OWNER TO "Odd owner"; COMMENT ON VIEW again IS 'it''s mine'; COMMENT ON COLUMN parents.gone IS 'no';
ALTER TABLE "Old" ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON "Old" FOR SELECT TO reader, writer USING (id > 0);
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE UPDATE OF id ON "Old" FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE TRIGGER remade BEFORE INSERT ON "Old" FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE PUBLICATION news FOR TABLE "Old", big;
"""


def test_what_would_be_lost_as_statements_that_bring_it_back(busy: Server, scripts: Path, database: str) -> None:
    with busy.connect(database) as connection:
        connection.execute(LOST.encode())
    lines = ask(busy, scripts, 0)
    assert "note|public.big is published by news: DDL does not travel, so its subscribers need the same change" in lines
    lost = {line.removeprefix("lost|") for line in lines if line.startswith("lost|")}
    up, down = "; -- after upgrade.sql", "; -- after rollback.sql"
    assert lost == {
        'ALTER VIEW public.again OWNER TO "Odd owner"' + up,
        "GRANT SELECT ON TABLE public.again TO reader" + up,
        "COMMENT ON VIEW public.again IS 'it''s mine'" + up,
        "REVOKE ALL ON FUNCTION public.plus(integer) FROM PUBLIC" + up,
        "GRANT EXECUTE ON FUNCTION public.plus(integer) TO reader" + up,
        'GRANT SELECT ON TABLE public."Old" TO reader' + down,
        'GRANT INSERT ON TABLE public."Old" TO writer WITH GRANT OPTION' + down,
        'GRANT UPDATE (id) ON public."Old" TO writer WITH GRANT OPTION' + down,
        'ALTER TABLE public."Old" ENABLE ROW LEVEL SECURITY' + down,
        'CREATE POLICY few ON public."Old" AS PERMISSIVE FOR SELECT TO reader, writer USING ((id > 0))' + down,
        'CREATE TRIGGER t BEFORE UPDATE OF id ON public."Old" FOR EACH ROW EXECUTE FUNCTION public.nothing()' + down,
        'ALTER PUBLICATION news ADD TABLE public."Old"' + down,
    }
    state = """
        SELECT c.relname, (SELECT array_agg(a ORDER BY a::text) FROM unnest(c.relacl) AS a),
            c.relrowsecurity, pg_get_userbyid(c.relowner), obj_description(c.oid),
            (SELECT attacl FROM pg_attribute WHERE attrelid = c.oid AND attname = 'id'),
            (SELECT array_agg(polname::text) FROM pg_policy WHERE polrelid = c.oid),
            (SELECT array_agg(tgname::text ORDER BY tgname) FROM pg_trigger WHERE tgrelid = c.oid),
            EXISTS (SELECT FROM pg_publication_rel WHERE prrelid = c.oid),
            (SELECT proacl FROM pg_proc WHERE proname = 'plus')
        FROM pg_class AS c WHERE relname IN ('again', 'Old') ORDER BY 1
    """
    with busy.connect(database) as connection:
        before = connection.execute(state).fetchall()
    for script in ("upgrade", "rollback"):
        done = run_psql(busy, database, script=scripts / f"2.0/{script}.sql")
        assert done.returncode == 0, done.stderr
        ours = [line for line in lost if line.endswith(f"after {script}.sql")]
        done = run_psql(busy, database, "-v", "ON_ERROR_STOP=1", input="\n".join(ours))
        assert done.returncode == 0, done.stderr
    with busy.connect(database) as connection:
        assert connection.execute(state).fetchall() == before
        for role in ("reader", "writer", '"Odd owner"'):
            connection.execute(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}".encode())
    header = (scripts / "2.0/upgrade.sql").read_text().split("\\set")[0]
    assert "CREATES ANEW view public.again, function public.plus:" in header
    assert "CREATES ANEW table public.Old:" in (scripts / "2.0/rollback.sql").read_text()


def test_who_is_in_the_way(busy: Server, scripts: Path, database: str) -> None:
    with busy.connect(database) as first, busy.connect(database) as second, busy.connect(database) as third:
        first.autocommit = second.autocommit = False
        first.execute("SET application_name = 'reports'")
        first.commit()
        first.execute("SELECT FROM parents")
        second.execute("LOCK TABLE big IN ACCESS EXCLUSIVE MODE")
        third.execute("BEGIN; INSERT INTO children VALUES (1, NULL); PREPARE TRANSACTION 'half'")
        third.execute("BEGIN; CREATE TABLE elsewhere (); PREPARE TRANSACTION 'other'")
        lines = ask(busy, scripts, 3, "-v", "old_transaction=0s", "-v", "statement_timeout=5s")
        third.execute("ROLLBACK PREPARED 'half'")
        third.execute("ROLLBACK PREPARED 'other'")
    wait = "the release would wait for"
    assert [line for line in lines if line.startswith("NO-GO")] == [
        f"NO-GO|public.children: {wait} RowExclusiveLock held by prepared transaction 'half': commit it or roll it back"
    ]
    assert matching(
        lines, rf"note\|public.parents: {wait} AccessShareLock held by process \d+ \(role postgres, reports, idle in"
    )
    assert matching(lines, rf"note\|public.big: {wait} AccessExclusiveLock held by process \d+")
    assert matching(
        lines, r"note\|process \d+ \(role postgres, idle in transaction\) has had a transaction open for 00:00"
    )
    assert matching(lines, "note\\|prepared transaction 'other' of role postgres is open for")
    assert matching(lines, r"note\|public.big \(t\): gave up looking for rows with NULL: the table is locked")
    assert matching(lines, r"size\|public.big: never analyzed, 0 bytes with indexes \(it is locked")
    assert not matching(ask(busy, scripts, 0), "has had a transaction open|would wait")


def test_a_query_on_the_data_gives_up(busy: Server, scripts: Path, database: str) -> None:
    with busy.connect(database) as connection:
        connection.execute("INSERT INTO big SELECT n, repeat('x', 100) FROM generate_series(1, 1000000) AS n")
    lines = ask(busy, scripts, 0, "-v", "statement_timeout=20ms")
    assert "note|public.big (t): gave up after 20ms looking for rows with NULL" in lines
    assert not matching(ask(busy, scripts, 0), "gave up")


def test_a_role_that_may_see_little(busy: Server, scripts: Path, database: str) -> None:
    with busy.connect(database) as connection, busy.connect(database):
        connection.execute("CREATE ROLE little LOGIN; GRANT SELECT ON alembic_version, release_history TO little")
        server = Server((*busy.parameters[:-1], ("user", "little")), busy.version, busy.bindir)
        lines = ask(server, scripts, 3)
        connection.execute("DROP OWNED BY little; DROP ROLE little")
    assert matching(lines, "note.role little may not see how long the transactions of [0-9]+ other sessions")
    assert matching(lines, r"NO-GO\|role little does not own public.parents")
    assert matching(
        lines, r"note\|public.big \(t\): could not be asked for rows with NULL: permission denied for table big"
    )


@contextmanager
def standby_of(primary: Server, folder: Path) -> Iterator[Server]:
    """A streaming replica with a slot of its own."""
    account = choose_account()
    owner = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
    host = Path(dict(primary.parameters)["host"])
    data = host / "standby"
    shutil.rmtree(data, ignore_errors=True)
    arguments = ["-D", str(data), "-R", "-C", "-S", "replica", "--checkpoint=fast", "-d", primary.conninfo("postgres")]

    def call(program: str, *words: str) -> None:
        command = [find_program(primary, program), *words]
        done = subprocess.run(command, env=clean_environment(), cwd=host, capture_output=True, timeout=60, **owner)  # type: ignore[call-overload]
        assert done.returncode == 0, done.stdout + done.stderr

    call("pg_basebackup", *arguments)
    log = str(data / "log")
    call("pg_ctl", "-D", str(data), "-w", "-l", log, "-o", "-c port=5499", "start")
    try:
        parameters = tuple((name, "5499" if name == "port" else value) for name, value in primary.parameters)
        yield Server(parameters, primary.version, primary.bindir)
    finally:
        call("pg_ctl", "-D", str(data), "-w", "-m", "fast", "stop")
        shutil.rmtree(data)


def wait_for_replay(primary: Server, standby: Server) -> None:
    until = time.monotonic() + 20
    with primary.connect("postgres") as connection:
        while time.monotonic() < until:
            query = "SELECT FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()"
            if connection.execute(query).fetchall():
                return
            time.sleep(0.05)
    raise AssertionError(standby)


def test_replication(busy: Server, scripts: Path, database: str, tmp_path: Path) -> None:
    plain = build(tmp_path, "[tool.release]\nplain = true\n")
    with busy.connect(database) as connection:
        connection.execute("SELECT pg_create_logical_replication_slot('news', 'pgoutput')")
        with standby_of(busy, tmp_path) as standby:
            wait_for_replay(busy, standby)
            lines = ask(busy, scripts, 0)
            kept = r"is NOT in use; .* of WAL are kept for it, and all that this release writes"
            there = r"DDL does not travel: its subscribers need the same release"
            assert matching(lines, rf"note\|logical replication slot news {kept}. {there}")
            assert matching(lines, r"note\|physical replication slot replica is in use; \d+ \w+ of WAL are kept for it")
            assert matching(lines, r"note\|walreceiver receives WAL \(streaming, async\) and is \d+ \w+ behind")
            locked = 'public."Old", public.again, public.big, public.children, public.mine, public.parents'
            assert matching(
                lines,
                rf"note\|standbys are connected \(walreceiver\): the ACCESS EXCLUSIVE lock of the release on {locked} ",
            )
            assert matching(
                lines, r"size\|a backup of this database copies \d+ \w+ of files, or reads about \d+ \w+ of rows"
            )
            assert matching(lines, r"size\|the tables that it touches: \d+ \w+ in all")
            lines = ask(standby, scripts, 0)
            assert "note|this server is a standby: the release itself must run on the primary" in lines
            assert run_psql(standby, database, script=scripts / "2.0/verify.sql").returncode == 3
            for script in ("2.0/preflight.sql", "1.0/verify.sql"):
                done = run_psql(standby, database, "-v", "ON_ERROR_STOP=1", script=plain / script)
                assert done.returncode == 0, done.stderr
        connection.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
