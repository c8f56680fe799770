"""Starting states: a dump of production, its drift; and faults on the way from there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from release.bundle import find_bundle, list_bundles
from release.catalog.rows import take_rows
from release.catalog.snapshot import take_snapshot
from release.cli import run
from release.config import load_settings
from release.errors import DatabaseError
from release.rehearse import Rehearsal, RehearsalRequest, Status, rehearse
from release.rehearse.faults import State, try_faults
from release.scratch.server import Server, given_server
from tests.databases import NewDatabase, Psql, clean_environment, find_program
from tests.projects import Revision, write_project

ONE = Revision("a1", 'op.execute("CREATE TABLE t (id int PRIMARY KEY, n int)")', 'op.execute("DROP TABLE t")', "make t")
TWO = Revision(
    "b2",
    """
    op.execute("ALTER TABLE t ADD more text DEFAULT 'x'")
    with op.get_context().autocommit_block():
        op.execute("CREATE INDEX CONCURRENTLY by_n ON t (n)")
    op.execute("UPDATE t SET n = n + 1")
    """,
    """
    op.execute("UPDATE t SET n = n - 1")
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY by_n")
    op.execute("ALTER TABLE t DROP more")
    """,
    "index t",
    "a1",
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    ini = write_project(tmp_path, ONE, TWO)
    assert run(["-c", str(ini), "build", "1.0.0", "--to", "a1", "--no-lint"]) == 0
    assert run(["-c", str(ini), "build", "2.0.0", "--no-lint"]) == 0
    return ini


def hold(ini: Path, server: Server, wish: RehearsalRequest) -> Rehearsal:
    bundles = list_bundles(ini.parent / "scripts")
    return rehearse(ini, load_settings(ini.parent), find_bundle(bundles, "2.0.0"), bundles, server, wish)


@pytest.mark.parametrize("form", ["plain", "custom"])
@pytest.mark.parametrize("drifted", [False, True])
def test_a_dump_of_production(
    project: Path, server: Server, new_database: NewDatabase, psql: Psql, tmp_path: Path, form: str, drifted: bool
) -> None:
    database = new_database()
    assert psql(database, script=tmp_path / "scripts" / "1.0.0" / "upgrade.sql").returncode == 0
    if drifted:
        hotfix = "CREATE INDEX hotfix ON t (n); ALTER TABLE t ALTER n SET NOT NULL"
        assert psql(database, "-c", hotfix).returncode == 0
    dump = tmp_path / "production.dump"
    command = [find_program(server, "pg_dump"), "--schema-only", "--no-owner", "--no-privileges", f"--format={form}"]
    subprocess.run([*command, "-d", server.conninfo(database), "-f", str(dump)], check=True, env=clean_environment())
    found = hold(project, server, RehearsalRequest(20, schema=dump))
    assert found.start == "production.dump restored"
    drift = next(step for step in found.steps if step.name == "drift")
    others = [step.name for step in found.steps if step.status is Status.FAILED and step.name != "drift"]
    assert others == []
    assert drift.status is (Status.FAILED if drifted else Status.PASSED)
    assert drift.problems == (
        (
            "not expected: index public.t hotfix: CREATE INDEX hotfix ON public.t USING btree (n)",
            "changed: column public.t n: integer, now integer NOT NULL",
        )
        if drifted
        else ()
    )


@pytest.mark.parametrize(
    "form", ["plain", *(pytest.param(form, marks=pytest.mark.slow) for form in ("tar", "directory"))]
)
def test_a_dump_with_owners(
    project: Path, server: Server, new_database: NewDatabase, psql: Psql, tmp_path: Path, form: str
) -> None:
    """Roles of production are made on a server of ours; on one that was given, who owns what is left out."""
    database, dump = new_database(), tmp_path / "production"
    assert psql(database, script=tmp_path / "scripts" / "1.0.0" / "upgrade.sql").returncode == 0
    role = f"release_owner_{form}"
    with server.connect(database) as connection:
        connection.execute(f"CREATE ROLE {role}".encode())
        try:
            connection.execute(f"ALTER TABLE t OWNER TO {role}".encode())
            command = [find_program(server, "pg_dump"), "--schema-only", f"--format={form}", "-f", str(dump)]
            subprocess.run([*command, "-d", server.conninfo(database)], check=True, env=clean_environment())
        finally:
            connection.execute(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}".encode())
    if form == "plain":  # as a newer pg_dump would write it
        text = dump.read_text(encoding="utf-8").replace(
            "\nSET lock_timeout", "\nSET no_such_timeout = 0;\nSET lock_timeout"
        )
        dump.write_text(text, encoding="utf-8")
    with given_server(server.conninfo(server.maintenance)) as given:
        found = hold(project, given, RehearsalRequest(5, schema=dump))
        assert found.passed, found.steps
        [note] = next(step for step in found.steps if step.name == "drift").notes
        assert note == f"owners and grants were left out: this server has no role {role}"
    if server.prefix:
        return
    try:
        found = hold(project, server, RehearsalRequest(5, schema=dump))
        assert found.passed, found.steps
        assert next(step for step in found.steps if step.name == "drift").notes == ()
        assert f"owner\tpublic.t\t\t{role}" in [line.text for line in found.before.lines]
    finally:
        with server.connect(server.maintenance) as connection:
            connection.execute(f"DROP ROLE {role}".encode())


def test_a_file_that_is_no_dump(
    project: Path, server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nonsense = tmp_path / "nonsense.sql"
    nonsense.write_text("this is no dump;", encoding="utf-8")
    conninfo = server.conninfo(server.maintenance)
    assert run(["-c", str(project), "rehearse", "2.0.0", "--server", conninfo, "--schema", str(nonsense)]) == 1
    assert "nonsense.sql cannot be restored" in capsys.readouterr().err
    assert run(["-c", str(project), "rehearse", "2.0.0", "--server", conninfo, "--data", str(nonsense)]) == 1
    assert "nonsense.sql does not run on the starting state" in capsys.readouterr().err


def test_an_archive_that_is_none(
    project: Path, server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nonsense = tmp_path / "nonsense.dump"
    nonsense.write_bytes(b"PGDMP, so to speak")
    for part in ("schema", "data"):
        command = ["rehearse", "2.0.0", "--server", server.conninfo(server.maintenance), f"--{part}", str(nonsense)]
        assert run(["-c", str(project), *command]) == 1
        said = capsys.readouterr().err
        assert "nonsense.dump cannot be restored: pg_restore: error" in said
        assert f"hint: make it with pg_dump --{part}-only" in said


def test_a_dump_that_names_a_role_of_a_newer_server(project: Path, server: Server, tmp_path: Path) -> None:
    dump = tmp_path / "production.sql"
    statements = ("CREATE TABLE public.t (id int PRIMARY KEY, n int)", "GRANT SELECT ON public.t TO pg_of_tomorrow")
    dump.write_text("".join(f"{each};\n" for each in statements), encoding="utf-8")
    found = hold(project, server, RehearsalRequest(5, schema=dump))
    drift = next(step for step in found.steps if step.name == "drift")
    assert drift.notes == ("owners and grants were left out: this server has no role pg_of_tomorrow",)


def test_postgis_that_the_release_is_the_first_to_need(tmp_path: Path, server: Server) -> None:
    """It is there before the upgrade; a role that may not create it is told."""
    two = Revision("b2", 'op.execute("ALTER TABLE t ADD g geometry")', 'op.execute("ALTER TABLE t DROP g")', "g", "a1")
    ini = write_project(tmp_path, ONE, two)
    assert run(["-c", str(ini), "build", "1.0.0", "--to", "a1", "--no-lint"]) == 0
    assert run(["-c", str(ini), "build", "2.0.0", "--no-lint"]) == 0
    role = "release_no_postgis"
    with server.connect(server.maintenance) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN CREATEDB".encode())
    try:
        parameters = dict(server.parameters) | {"user": role, "dbname": server.maintenance}
        with given_server(make_conninfo("", **parameters)) as given:
            with pytest.raises(DatabaseError, match="CREATE EXTENSION postgis") as caught:
                hold(ini, given, RehearsalRequest(5))
            assert "name a server that has it" in caught.value.hint
    finally:
        with server.connect(server.maintenance) as connection:
            connection.execute(f"DROP ROLE {role}".encode())


def test_no_bundle_leads_to_the_start(tmp_path: Path, server: Server) -> None:
    ini = write_project(tmp_path, ONE, TWO)
    assert run(["-c", str(ini), "build", "2.0.0", "--from", "a1", "--no-lint"]) == 0
    found = hold(ini, server, RehearsalRequest(5))
    assert found.start == "online `alembic upgrade a1`: no earlier bundles lead there"
    assert found.passed, found.steps


@pytest.mark.slow
def test_faults(project: Path, server: Server) -> None:
    found = hold(project, server, RehearsalRequest(5, faults=True))
    assert found.passed, found.steps
    for name in ("upgrade", "rollback"):
        step = next(step for step in found.steps if step.name == f"faults in {name}")
        assert "the same end every time" in step.summary
        assert int(step.summary.split(" of ")[1].split()[0]) > 10


def test_problems_of_faults_come_to_an_end(server: Server, new_database: NewDatabase, tmp_path: Path) -> None:
    """A script that stands no cut at all: 20 of them say so."""
    script = tmp_path / "upgrade.sql"
    script.write_text("".join(f"CREATE TABLE t{number} ();\n" for number in range(24)), encoding="utf-8")
    template = new_database()

    def state_of(database: str) -> State:
        with server.connect(database) as connection:
            return take_snapshot(connection), take_rows(connection)

    cuts, problems = try_faults(server, script, template, f"{template}_cut", state_of, lambda _: None)
    assert cuts == 20
    assert len(problems) == 21
    assert 'relation "t0" already exists' in problems[0]
    assert problems[-1] == "… and the rest was not tried"


@pytest.mark.slow
def test_a_script_that_does_not_survive_a_cut(tmp_path: Path, server: Server) -> None:
    """The same work twice: a row change that its author put outside the transaction is not undone, and not noted."""
    two = Revision(
        "b2",
        """
        with op.get_context().autocommit_block():
            op.execute("DO $$BEGIN UPDATE t SET n = n + 1; COMMIT; END$$")
        """,
        """
        with op.get_context().autocommit_block():
            op.execute("DO $$BEGIN UPDATE t SET n = n - 1; COMMIT; END$$")
        """,
        "count",
        "a1",
    )
    ini = write_project(tmp_path, ONE, two)
    assert run(["-c", str(ini), "build", "1.0.0", "--to", "a1", "--no-lint"]) == 0
    assert run(["-c", str(ini), "build", "2.0.0", "--no-lint"]) == 0
    found = hold(ini, server, RehearsalRequest(5, faults=True))
    assert [step.name for step in found.steps if step.status is Status.FAILED] == [
        "faults in upgrade",
        "faults in rollback",
    ]
    step = next(step for step in found.steps if step.name == "faults in upgrade")
    assert any("and run again: public.t: other values in n" in problem for problem in step.problems)
