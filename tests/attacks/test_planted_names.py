"""Functions, operators, types and relations that somebody planted: no text of ours calls them, whoever runs it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from psycopg.sql import SQL, Identifier

from release.pipeline.plan import make_release, open_project
from release.plan.pages import make_pages
from release.render import render_scripts
from release.scratch.server import Server
from tests.arxos.conftest import SEED
from tests.attacks.calls import Calls, read_calls
from tests.attacks.conftest import Bundles, build_small
from tests.attacks.plants import CALLED, count_calls, plant, shadows
from tests.databases import NewDatabase, Psql
from tests.faults.trial import BUNDLES, RUNS, Ran, assert_same_end, by_psql, take_state
from tests.faults.trial import VERSIONS as ARXOS
from tests.faults.way import held, wait_until_alone

DRIFT = BUNDLES / "1.2.0" / "drift.sql"
STOP = {"ON_ERROR_STOP": "1"}
# Seen to be called of a superuser who ran a script, or of one who read with preflight.sql.
KNOWN = {
    "=(text[], text[])": "'{a}'::text[] = '{a}'::text[]",
    "||(text, integer)": "'a'::text || 1",
    "=(regclass, oid)": "1::oid::regclass = 1::oid",
    "has_table_privilege(regclass, text)": "has_table_privilege('pg_class'::regclass, 'SELECT')",
    "format(text, text)": "format('%s', 'a'::text)",
    "unnest(text[])": "unnest('{a}'::text[])",
    "pg_try_advisory_lock(integer)": "pg_try_advisory_lock(1)",
    "string_agg(name, text)": "string_agg(proname, ', '::text) FROM pg_proc",
}

_DROPS = (
    b"SELECT format('DROP OPERATOR %%s CASCADE', oid::regoperator) FROM pg_operator WHERE oprowner = %s::regrole",
    b"SELECT format('DROP ROUTINE IF EXISTS %%s CASCADE', oid::regprocedure) FROM pg_proc WHERE proowner = %s::regrole",
)


@pytest.fixture(scope="session")
def calls(small: Bundles) -> Calls:
    """Give all that is called by releases of which Arxos' is the largest: what is the authors' is among it."""
    return read_calls((*small.files, *Bundles(BUNDLES, ARXOS).files))


@pytest.fixture(scope="session")
def planted(server: Server, planter: str, calls: Calls) -> Iterator[str]:
    """Give a database to copy in which everything is planted, and nothing else is."""
    name = f"{server.prefix}planted"
    server.create_database(name)
    sow(server, name, planter, calls)
    yield name
    server.drop_database(name)


def sow(server: Server, database: str, planter: str, calls: Calls, spared: frozenset[str] = frozenset()) -> None:
    with server.connect(database) as connection:
        connection.execute(SQL("GRANT CREATE ON SCHEMA public TO {}").format(Identifier(planter)))
        assert plant(connection, planter, calls, but=spared) > 1000


def prepare(server: Server, database: str, owner: str) -> None:
    """Give a database to its owner, and have calls of functions counted in it; neither is copied with it."""
    with server.connect(server.maintenance) as connection:
        connection.execute(SQL("ALTER DATABASE {} OWNER TO {}").format(Identifier(database), Identifier(owner)))
        connection.execute(SQL("ALTER DATABASE {} SET track_functions = 'pl'").format(Identifier(database)))
    with server.connect(database) as connection:
        connection.execute(SQL("GRANT CREATE ON SCHEMA public TO {}").format(Identifier(owner)))


def weed(server: Server, database: str, planter: str) -> None:
    """Remove what was planted, and what came to depend on it: in pieces, since each object is locked until the end."""
    with server.connect(database) as connection:
        connection.execute("SET search_path = pg_catalog, pg_temp")
        for query in _DROPS:
            drops = [drop for (drop,) in connection.execute(query, [planter])]
            for start in range(0, len(drops), 500):
                connection.execute("; ".join(drops[start : start + 500]).encode())
        connection.execute(SQL("DROP OWNED BY {} CASCADE").format(Identifier(planter)))


def calls_seen(server: Server, database: str) -> int:
    """Count what was called; before PostgreSQL 15 a process collects it, twice a second (manual 28.2.1 of 14)."""
    wait_until_alone(server, database)  # a session counts its calls when it ends
    if server.major < 15:
        time.sleep(1.2)
    with server.connect(database) as connection:
        return count_calls(connection)


def assert_untouched(server: Server, database: str, *runs: Ran) -> None:
    for ran in runs:
        assert CALLED not in ran.out + ran.err, ran.err
    assert calls_seen(server, database) == 0


@pytest.mark.parametrize("overload", KNOWN)
def test_what_is_planted_is_called_by_who_does_not_guard(planted: str, psql: Psql, overload: str) -> None:
    said = psql(planted, "-c", f"SELECT {KNOWN[overload]}").stderr
    assert f"{CALLED}: {overload}" in said


@pytest.mark.parametrize("name", ["preflight", "upgrade", "monitor", "verify", "rollback", "drift"])
def test_our_own_text_would_call_it_under_another_path(
    server: Server,
    new_database: NewDatabase,
    owner: str,
    planted: str,
    small: Bundles,
    tmp_path: Path,
    name: str,
) -> None:
    """So the plants fit what the scripts call: it is the search path that keeps them away."""
    script = DRIFT if name == "drift" else small.script("1.0", name)
    text = script.read_text(encoding="utf-8")
    unguarded = tmp_path / "unguarded.sql"
    unguarded.write_text(text.replace("search_path = pg_catalog, pg_temp", "search_path = public"), encoding="utf-8")
    database = new_database(planted)
    prepare(server, database, owner)
    ran = by_psql(server, database, unguarded, variables=STOP)
    assert ran.status == 3
    called = CALLED in ran.err
    assert called or "is not unique" in ran.err, ran.err  # so many plants fit that none is the best
    assert (calls_seen(server, database) > 0) == called


@pytest.mark.parametrize("who", ["superuser", "owner"])
@pytest.mark.parametrize("runner", RUNS)
def test_nothing_planted_is_called(
    server: Server,
    new_database: NewDatabase,
    owner: str,
    planter: str,
    planted: str,
    small: Bundles,
    who: str,
    runner: str,
) -> None:
    database, plain = new_database(planted), new_database()
    there_and_back(server, database, plain, small, runner, owner, who, planter, new_database)


@pytest.mark.parametrize("who", ["superuser", "owner"])
def test_nothing_planted_is_called_by_plain_scripts(
    server: Server, new_database: NewDatabase, owner: str, planted: str, tmp_path: Path, who: str
) -> None:
    database = new_database(planted)
    prepare(server, database, owner)
    bundles = build_small(tmp_path, "--plain", versions=("1.0",))
    options = f"-c role={owner}" if who == "owner" else ""
    for name in ("preflight", "upgrade", "monitor", "verify", "rollback"):
        ran = by_psql(server, database, bundles.script("1.0", name), options=options, variables=STOP)
        assert_untouched(server, database, ran)
        assert ran.status == 0, ran.err


@pytest.mark.parametrize("who", ["superuser", "owner"])
def test_the_monitor_calls_nothing_planted(
    server: Server,
    new_database: NewDatabase,
    owner: str,
    planter: str,
    calls: Calls,
    small: Bundles,
    tmp_path: Path,
    who: str,
) -> None:
    """Somebody is in the way, there is a history, and what lies among temporary objects is named as in the catalog."""
    options = f"-c role={owner}" if who == "owner" else ""
    database = new_database()
    assert by_psql(server, database, small.script("1.0", "upgrade")).status == 0
    sow(server, database, planter, calls)
    prepare(server, database, owner)
    earlier = tmp_path / "earlier.sql"
    with server.connect(database) as connection:
        connection.execute("SET search_path = pg_catalog, pg_temp")
        earlier.write_text("\n".join(shadows(connection, calls, "pg_temp")), encoding="utf-8")
    with held(server, database, "public.kept", "ROW EXCLUSIVE"):
        ran = by_psql(server, database, earlier, small.script("2.0", "monitor"), options=options, variables=STOP)
    assert_untouched(server, database, ran)
    assert ran.status == 0, ran.err
    assert who == "owner" or "1.0 upgrade: done" in ran.out


@pytest.fixture(scope="session")
def arxos_calls(calls: Calls) -> tuple[Bundles, Calls]:
    """Give the releases of Arxos, without the overloads that its authors' own statements would call."""
    project = open_project(BUNDLES.parent / "alembic.ini")
    planned = make_release(project, "1", "", "2026-01-01", (), project.history.resolve("heads"))
    scripts = render_scripts(make_pages(planned, project.settings))
    theirs = read_calls(part.text for script in scripts for part in script.parts if part.source)
    spared = {name for name, _ in theirs.functions} | theirs.operators
    return Bundles(BUNDLES, ARXOS, frozenset(spared), SEED), calls


@pytest.mark.slow
@pytest.mark.parametrize("who", ["superuser", "owner"])
@pytest.mark.parametrize("runner", RUNS)
def test_nothing_planted_is_called_by_large_releases(
    server: Server,
    new_database: NewDatabase,
    owner: str,
    planter: str,
    postgis_template: str,
    arxos_calls: tuple[Bundles, Calls],
    who: str,
    runner: str,
) -> None:
    bundles, calls = arxos_calls
    database, plain = new_database(postgis_template), new_database(postgis_template)
    sow(server, database, planter, calls, bundles.spared)
    there_and_back(server, database, plain, bundles, runner, owner, who, planter, new_database)


def there_and_back(
    server: Server,
    database: str,
    plain: str,
    bundles: Bundles,
    runner: str,
    owner: str,
    who: str,
    planter: str,
    new_database: NewDatabase,
) -> None:
    """Run all files of all releases, up and down, where something is planted and where nothing is: the same comes out.

    Args:
        database, plain: the one with the plants, and the one without.
    """
    options = f"-c role={owner}" if who == "owner" else ""
    for each in (database, plain):
        prepare(server, each, owner)

    def go(script: Path, variables: Mapping[str, str] = {}) -> None:
        ended = [RUNS[runner](server, each, script, options=options, variables=variables) for each in (database, plain)]
        assert CALLED not in ended[0].out + ended[0].err, ended[0].err
        assert ended[0].status == ended[1].status == 0, ended[0].out + ended[0].err + ended[1].err

    def compare() -> None:
        weeded = new_database(database)
        prepare(server, weeded, owner)
        weed(server, weeded, planter)
        assert_same_end(take_state(server, plain), take_state(server, weeded))

    for version in bundles.versions:
        for name in ("preflight", "upgrade", "verify"):  # monitor.sql is tried below
            go(bundles.script(version, name))
        if version == bundles.versions[0] and bundles.seed:
            go(bundles.seed)
    go(DRIFT)
    compare()
    for version in reversed(bundles.versions):
        go(bundles.script(version, "rollback"))
        go(bundles.script(version, "verify"), {"direction": "rollback"})
    compare()
    assert_untouched(server, database)


@pytest.mark.parametrize("who", ["superuser", "owner"])
def test_nothing_planted_is_called_on_the_way_to_a_refusal(
    server: Server, new_database: NewDatabase, owner: str, planted: str, small: Bundles, who: str
) -> None:
    """Reasons are put together from texts, numbers and names; so are lists of who is in the way."""
    options = f"-c role={owner}" if who == "owner" else ""
    database = new_database(planted)
    prepare(server, database, owner)
    first, second = small.script("1.0", "upgrade"), small.script("2.0", "upgrade")
    runs = [by_psql(server, database, first, options=options)]
    for table, limit in (("public.kept", {"statement_timeout": "3s"}), ("public.other", {"lock_timeout": "500ms"})):
        with held(server, database, table, "ROW EXCLUSIVE"):
            runs.append(by_psql(server, database, second, options=options, variables=limit))
            runs.append(by_psql(server, database, small.script("2.0", "preflight"), options=options))
    with server.connect(database) as connection:
        connection.execute("SET search_path = pg_catalog, pg_temp")
        connection.execute("UPDATE public.alembic_version SET version_num = 'elsewhere'")
        connection.execute("ALTER TABLE public.kept DROP COLUMN n; DROP TABLE public.other")
        connection.execute("CREATE VIEW public.seen AS SELECT 1 AS one; CREATE SCHEMA elsewhere")
    after = ("preflight", "upgrade", "verify", "rollback")
    runs += [by_psql(server, database, small.script("2.0", name), options=options) for name in after]
    runs.append(by_psql(server, database, small.script("2.0", "upgrade"), options="-c role=pg_monitor"))
    assert [ran.status for ran in runs] == [0, 3, 0, 3, 0, 3, 3, 3, 3, 3], [ran.err for ran in runs]
    assert "refused, nothing changed:" in runs[6].err
    assert_untouched(server, database, *runs)


@pytest.mark.parametrize("who", ["superuser", "owner"])
@pytest.mark.parametrize("runner", RUNS)
def test_what_lies_among_temporary_objects_is_not_taken_for_the_catalogs(
    server: Server,
    new_database: NewDatabase,
    owner: str,
    planted: str,
    calls: Calls,
    small: Bundles,
    tmp_path: Path,
    who: str,
    runner: str,
) -> None:
    """The schema of temporary objects goes without saying before all others, for relations and types (manual 20.11)."""
    options = f"-c role={owner}" if who == "owner" else ""
    database = new_database(planted)
    prepare(server, database, owner)
    earlier = tmp_path / "earlier.sql"
    with server.connect(database) as connection:
        connection.execute("SET search_path = pg_catalog, pg_temp")
        earlier.write_text("\n".join(shadows(connection, calls, "pg_temp")), encoding="utf-8")
    order = [
        *(small.script(version, name) for version in small.versions for name in ("preflight", "upgrade", "verify")),
        DRIFT,
        *(small.script(version, "rollback") for version in reversed(small.versions)),
    ]
    runs = [RUNS[runner](server, database, earlier, script, options=options) for script in order]
    for ran in runs:
        assert ran.status == 0, ran.out + ran.err
    assert_untouched(server, database, *runs)
