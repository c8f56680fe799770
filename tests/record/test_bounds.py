"""What recording refuses by name, bad manners of migrations, and what is left behind: nothing."""
# ruff: noqa: E501  # bodies of migrations stand on the lines their authors would write

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from release.cli import run
from release.scratch.server import Server
from tests.databases import NewDatabase, clean_environment, find_program
from tests.interrupting import interrupt_build
from tests.projects import Revision, write_project
from tests.source.conftest import Apply, Online

TABLE = Revision("a1", "op.execute('CREATE TABLE t (id serial PRIMARY KEY, n int)')", "op.drop_table('t')")
LOOK = "bind = op.get_bind()\nhere = sa.inspect(bind).get_table_names()\n"

# what a revision does after LOOK, the line to blame and words of the message
REFUSED = {
    "copy": ("with bind.connection.cursor() as cursor:\n    cursor.copy('COPY t (n) FROM STDIN')", 12, "works on the driver's own connection (a raw cursor, COPY)"),
    "raw_connection": ("bind.engine.raw_connection()", 12, "works on the driver's own connection"),
    "psycopg": ("import psycopg\npsycopg.connect('host=db.example')", 13, "opens a connection of its own (psycopg.connect)"),
    "network": ("from urllib.request import urlopen\ntry:\n    urlopen('http://127.0.0.1:9/')\nexcept Exception:\n    pass", 14, "reaches out to 127.0.0.1"),
    "program": ("import subprocess\nsubprocess.run(['psql', '-c', 'SELECT 1'])", 13, "starts another program (psql)"),
    "translated": ("bind.execution_options(schema_translate_map={'x': 'y'}).execute(sa.text('SELECT 1'))", 12, "uses a schema_translate_map"),
    "exits": ("raise SystemExit(0)", 12, "SystemExit"),
    "missing": ("import no_such_module_4711", 12, "ModuleNotFoundError"),
    "no_rows": ("if not bind.execute(sa.text('SELECT 1 FROM t')).first():\n    raise ValueError('t is empty')", 13, "ValueError: t is empty"),
    "unbound": ("op.execute(\"UPDATE t SET n = ':x'\")", 12, "A value is required for bind parameter 'x'"),
    "no_literal": ("bind.execute(sa.text('SELECT set_config(:a, :b, false)'), {'a': 'release.x', 'b': 'y'})\nop.execute(sa.text('UPDATE t SET n = :n').bindparams(sa.bindparam('n', object(), sa.Integer)))", 13, ""),
    "backslash_command": ("op.execute('\\\\\\\\! touch /nowhere')", 12, "SyntaxError"),
    "nul": ("bind.execute(sa.text('UPDATE t SET n = length(:x)'), {'x': 'a' + chr(0)})", 12, "DataError"),
    "vanishes": ("import os\nos._exit(3)", 0, "ended (status 3) without a word"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_recorded_is_refused_by_name(
    name: str, tmp_path: Path, scratch: None, server: Server, capfd: pytest.CaptureFixture[str]
) -> None:
    body, line, words = REFUSED[name]
    ini = write_project(tmp_path, TABLE, Revision(name, LOOK + body, "op.execute('SELECT 1')", down="a1"))
    before = databases(server)
    assert run(["-c", str(ini), "build", "1.0", "--no-lint", "--scratch"]) == 1
    message = capfd.readouterr().err
    place = f"revision {name}, migrations/versions/{name}_x.py:{line}: " if line else f"revision {name}"
    assert place in message
    assert words in message
    assert "hint: " in message
    assert "Traceback" not in message
    assert not (tmp_path / "scripts").exists()
    assert databases(server) == before


def databases(server: Server) -> set[str]:
    with server.connect() as connection:
        return {str(row[0]) for row in connection.execute("SELECT datname FROM pg_database").fetchall()}


def test_bad_manners_do_no_harm(tmp_path: Path, scratch: None, capfd: pytest.CaptureFixture[str]) -> None:
    body = "import os\nprint('DROP TABLE t;')\nos.chdir('/')\nos.system if False else None\nop.execute('UPDATE t SET n = 1')"
    ini = write_project(tmp_path, TABLE, Revision("b2", LOOK + body, LOOK + "op.execute('UPDATE t SET n = 0')", down="a1"))  # fmt: skip
    folder = Path.cwd()
    assert run(["-c", str(ini), "build", "1.0", "--no-lint", "--scratch"]) == 0
    assert Path.cwd() == folder
    script = (tmp_path / "scripts/1.0/upgrade.sql").read_text(encoding="utf-8")
    assert "UPDATE t SET n = 1;" in script
    assert "DROP TABLE t" not in script
    said = capfd.readouterr()
    assert "DROP TABLE t;" in said.err
    assert "DROP TABLE t;" not in said.out


def test_a_migration_that_never_ends_is_interrupted(tmp_path: Path, scratch: None, server: Server) -> None:
    body = "import time\nprint('looping', os.getpid(), flush=True)\nwhile True:\n    try:\n        time.sleep(0.05)\n    except BaseException:\n        pass"
    ini = write_project(tmp_path, TABLE, Revision("b2", LOOK + body, head="import os", down="a1"))
    before = databases(server)
    word, child = interrupt_build(ini, "--scratch").split()
    assert word == "looping"
    assert databases(server) == before
    assert not Path(f"/proc/{child}").exists()


def test_the_recording_is_kept_in_the_bundle(tmp_path: Path, scratch: None, capsys: pytest.CaptureFixture[str]) -> None:
    add = LOOK + "op.add_column('t', sa.Column('m', sa.Integer))"
    read = LOOK + "n = bind.execute(sa.text('SELECT count(*) FROM t')).scalar()\nop.execute(f'UPDATE t SET n = {n}')"
    ini = write_project(
        tmp_path,
        TABLE,
        Revision("b2", add, "op.drop_column('t', 'm')", down="a1"),
        Revision("c3", read, LOOK + "op.execute('UPDATE t SET n = NULL')", down="b2"),
    )
    folder = tmp_path / "scripts/1.0"
    command = ["-c", str(ini)]
    assert run([*command, "build", "1.0"]) == 1
    assert "or record it on a scratch database: release build … --scratch" in capsys.readouterr().err
    assert run([*command, "build", "1.0", "--scratch"]) == 1
    refusal = capsys.readouterr().err
    assert "revision c3, upgrade: migrations/versions/c3_x.py:12: reads rows of t" in refusal
    assert "--allow-data-dependent c3" in refusal
    assert not folder.exists()
    options = ["--scratch", "--allow-data-dependent", "c3", "--allow-data-dependent", "b2"]
    assert run([*command, "build", "1.0", "--no-lint", *options]) == 0
    said = capsys.readouterr()
    assert "b2_x.py: --allow-data-dependent b2: nothing that was recorded of it depends on rows" in said.err
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    # neither needs a database, nor the permission that was given
    assert run([*command, "build", "1.0"]) == 0
    assert "unchanged" in capsys.readouterr().out
    assert run([*command, "build", "1.0", "--regenerate", "--no-lint"]) == 0
    assert run([*command, "lint", "1.0", "--fail-on", "never"]) == 0
    assert run([*command, "build", "1.0", "--regenerate", "--no-lint", "--scratch"]) == 0
    again = {file.name: file.read_bytes() for file in folder.iterdir()}
    manifests = [json.loads(each.pop("manifest.json")) for each in (files, again)]
    assert manifests[0]["recorded"] == manifests[1]["recorded"]
    del files["SHA256SUMS"], again["SHA256SUMS"]
    assert again == files
    # other revision files: the recording does not hold
    file = tmp_path / "migrations/versions/b2_x.py"
    file.write_text(file.read_text(encoding="utf-8").replace("'m'", "'m2'"), encoding="utf-8")
    assert run([*command, "build", "1.0"]) == 1
    assert "the bundle keeps a recording of other revision files: build it with --scratch" in capsys.readouterr().err
    assert run([*command, "build", "1.0", "--scratch", "--no-lint"]) == 0
    assert "rewritten" in capsys.readouterr().out
    # and what an older bundle holds may not change
    (tmp_path / "migrations/versions/d4_x.py").write_text(
        Revision("d4", "op.execute('SELECT 1')", "op.execute('SELECT 1')", down="c3").source(), encoding="utf-8"
    )
    assert run([*command, "build", "2.0", "--no-lint"]) == 0
    file.write_text(file.read_text(encoding="utf-8").replace("'m2'", "'m3'"), encoding="utf-8")
    assert run([*command, "build", "1.0", "--scratch", "--no-lint"]) == 1
    assert "revision b2 no longer gives what 1.0/ holds; only the newest release (2.0) may change" in capsys.readouterr().err  # fmt: skip
    assert run([*command, "build", "2.0", "--allow-data-dependent", "zz"]) == 1
    assert "revision 'zz'" in capsys.readouterr().err


def test_a_value_that_changes_is_a_note(tmp_path: Path, scratch: None, capsys: pytest.CaptureFixture[str]) -> None:
    body = LOOK + "import uuid\nop.execute(f\"UPDATE t SET n = length('{uuid.uuid4()}')\")"
    ini = write_project(tmp_path, TABLE, Revision("b2", body, "op.execute('SELECT 1')", down="a1"))
    assert run(["-c", str(ini), "build", "1.0", "--no-lint", "--scratch"]) == 0
    message = capsys.readouterr().err
    assert "note: migrations/versions/b2_x.py:13: the statement changes from one run to the next" in message


@pytest.mark.parametrize("form", ["plain", "custom"])
def test_a_dump_to_start_from(
    form: str,
    tmp_path: Path,
    scratch: None,
    server: Server,
    online: Online,
    apply: Apply,
    new_database: NewDatabase,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The earlier revisions do not run; what production has beside them is there."""
    drop = "for index in sa.inspect(bind).get_indexes('t'):\n    op.drop_index(index['name'], 't')"
    ini = write_project(tmp_path, TABLE, Revision("b2", LOOK + drop, "op.create_index('by_n', 't', ['n'])", down="a1"))
    production = new_database()
    online(ini, production, "upgrade", "a1")
    with server.connect(production) as connection:
        connection.execute("CREATE INDEX hotfix ON t (n)")
    dump = tmp_path / "dump"
    options = ["-Fc"] if form == "custom" else ["--no-owner", "--no-privileges"]
    subprocess.run(
        [find_program(server, "pg_dump"), "--schema-only", *options, "-f", str(dump), server.conninfo(production)],
        check=True,
        env=clean_environment(),
    )
    build = ["-c", str(ini), "build", "1.0", "--no-lint", "--from", "a1", "--scratch"]
    assert run([*build, "--schema", str(dump)]) == 0
    apply(production, tmp_path / "scripts/1.0/upgrade.sql")
    with server.connect(production) as connection:
        assert connection.execute("SELECT to_regclass('hotfix')").fetchone() == (None,)
    shutil.rmtree(tmp_path / "scripts")
    assert run(build) == 0
    assert "DROP INDEX" not in (tmp_path / "scripts/1.0/upgrade.sql").read_text(encoding="utf-8")
    assert run(["-c", str(ini), "build", "1.0", "--schema", str(dump)]) == 2
    assert "--schema goes with --scratch" in capsys.readouterr().err
    if form == "custom":
        return  # of an archive the schema alone is restored
    # rows of another state
    online(ini, production, "upgrade", "b2")
    whole = [find_program(server, "pg_dump"), *options, "-f", str(dump), server.conninfo(production)]
    subprocess.run(whole, check=True, env=clean_environment())
    shutil.rmtree(tmp_path / "scripts")
    assert run([*build, "--schema", str(dump)]) == 1
    message = capsys.readouterr().err
    assert "the scratch database is at revision b2, and the release starts at a1" in message


def test_check_goes_as_far_as_it_can(tmp_path: Path, scratch: None, capsys: pytest.CaptureFixture[str]) -> None:
    ini = write_project(
        tmp_path,
        TABLE,
        Revision("b2", LOOK + "op.execute('UPDATE t SET n = 1')", "op.execute('SELECT 1')", down="a1"),
        Revision("c3", "op.execute('ALTER TABLE nowhere ADD n int')", "op.execute('SELECT 1')", down="b2"),
        Revision("d4", LOOK, "raise NotImplementedError", down="c3"),
    )
    assert run(["-c", str(ini), "check", "--scratch", "--format", "json"]) == 1
    found = {each["revision"]: each for each in json.loads(capsys.readouterr().out)}
    outcomes = {name: (each["upgrade"]["outcome"], each["downgrade"]["outcome"]) for name, each in found.items()}
    assert outcomes == {
        "a1": ("offline", "offline"),
        "b2": ("recordable", "offline"),
        "c3": ("raises", "offline"),  # it renders, and fails wherever it runs
        "d4": ("needs a database", "no downgrade"),
    }
    assert found["c3"]["upgrade"]["line"] == 10
    assert 'relation "nowhere" does not exist' in found["c3"]["upgrade"]["reason"]
    assert found["d4"]["upgrade"]["reason"] == (
        "not recorded: revision c3, which runs before it, failed on the scratch database"
    )


@pytest.mark.slow  # it waits until the scratch database loses patience
def test_a_migration_that_waits_for_itself(tmp_path: Path, scratch: None, capsys: pytest.CaptureFixture[str]) -> None:
    body = LOOK + "op.execute('LOCK TABLE t')\nbind.engine.connect().execute(sa.text('SELECT 1 FROM t'))"
    ini = write_project(tmp_path, TABLE, Revision("b2", body, down="a1"))
    assert run(["-c", str(ini), "build", "1.0", "--no-lint", "--scratch"]) == 1
    message = capsys.readouterr().err
    assert "revision b2, migrations/versions/b2_x.py:13: upgrade() failed online" in message
    assert "lock timeout" in message
