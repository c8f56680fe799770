r"""Our own scripts print the same with every psql: they use nothing of it that changed from version to version.

tests/psql/cases/template_commands.sql has every command and every variable of psql's that the templates use; no row of
DIFFERENCES names it, so the parity test finds it equal with the psql of every server that the tests run on.
"""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest

from release.cli import run
from release.psql.apply import apply_scripts
from release.psql.pieces import Kind, cut
from release.psql.variables import Variables
from release.scratch.server import Server
from tests.databases import Psql
from tests.projects import Revision, write_project
from tests.psql.test_parity import CASES
from tests.psql.versions import DIFFERENCES

ROOT = Path(__file__).parents[2]
# but for those of RUNBOOK.md, which are for a person
TEMPLATES = sorted(each for each in (ROOT / "release" / "templates").rglob("*.j2") if "runbook" not in str(each))
CASE = (CASES / "template_commands.sql").read_text(encoding="utf-8")
_COMMAND = re.compile(r"(?:^|[ \t])\\([a-z_]+)(?=[ \t\n])", re.MULTILINE)
_VARIABLE = re.compile(r"(?<!:):(?:['\"]|\{\?)?([A-Z_]+)|\\set ([A-Z_]+)")
_CONTROL = re.compile("[\x00-\x1f\x7f]")
# What psql sets itself, besides what `Variables` starts with.
_TOLD = frozenset(
    {
        *("DBNAME", "ENCODING", "ERROR", "HOST", "LASTOID", "LAST_ERROR_MESSAGE", "LAST_ERROR_SQLSTATE", "PORT"),
        *("ROW_COUNT", "SERVER_VERSION_NAME", "SERVER_VERSION_NUM", "SERVICE", "SQLSTATE", "USER"),
        *("VERSION", "VERSION_NAME", "VERSION_NUM"),
    }
)
_SPECIAL = _TOLD | {name.decode() for name, _ in Variables(lambda _text: None).all()}

PROJECT = Revision("a1", "op.execute('CREATE TABLE kept (id int)')", "op.execute('DROP TABLE kept')", "first")


def commands_in(text: str) -> set[str]:
    return set(_COMMAND.findall(text))


def variables_in(text: str) -> set[str]:
    return {left or right for left, right in _VARIABLE.findall(text)} & _SPECIAL


def without_comments(template: Path) -> str:
    """A template without what it does not print, and without SQL's own comments."""
    return re.sub(r"\{#.*?#\}|^--.*?$", "", template.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def test_the_templates_use_nothing_that_differs() -> None:
    for template in TEMPLATES:
        text = without_comments(template)
        for each in DIFFERENCES:
            assert not commands_in(text) & each.commands, f"{template.name}: {each.what}"
            assert not variables_in(text) & each.variables, f"{template.name}: {each.what}"
        assert r"\;" not in text, template.name
        assert not re.search(r"\bCOPY\b[^;]*\bSTDIN\b", text), template.name


def test_all_that_they_use_is_tried() -> None:
    texts = [without_comments(template) for template in TEMPLATES]
    commands, variables = (set[str]().union(*map(find, texts)) for find in (commands_in, variables_in))
    assert {"echo", "gset", "if", "set"} <= commands
    assert {"HOST", "ON_ERROR_STOP", "VERSION_NUM"} <= variables
    # monitor.sql is repeated by psql alone: release apply refuses that, and so has nothing to print alike
    assert commands - commands_in(CASE) == {"watch"}
    assert variables <= variables_in(CASE)
    assert not [each.code for each in DIFFERENCES if "template_commands" in each.cases]


def test_no_command_of_a_script_is_missed(tmp_path: Path) -> None:
    """What was found in the templates is what a script holds, as the lexer reads it."""
    ini = write_project(tmp_path, PROJECT)
    assert run(["-c", str(ini), "build", "1.0", "--no-lint"]) == 0
    found = set[str]()
    for script in (tmp_path / "scripts" / "1.0").glob("*.sql"):
        pieces = list(cut(script.read_bytes()))
        found |= {piece.name for piece in pieces if piece.kind in (Kind.COMMAND, Kind.CONDITIONAL)}
    assert {"echo", "gset", "if", "endif"} <= found
    assert found <= set[str]().union(*(commands_in(without_comments(template)) for template in TEMPLATES))


HOSTILE = (
    "plain",
    "Two Words",
    "it's",
    'quo"te',
    "back\\slash \\! touch owned",
    "line\n\\! touch owned\nGO",
    "return\r\x1b[2J\x07bell",
    ":HOST :'x' `touch owned`",
    "%s %I {{ 7 * 7 }}",
    "tab\tulator",
    "été",
)


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_the_place_is_one_line_whatever_the_database_is_called(
    server: Server, psql: Psql, tmp_path: Path, name: str
) -> None:
    ini = write_project(tmp_path, PROJECT)
    assert run(["-c", str(ini), "build", "1.0", "--no-lint"]) == 0
    script = tmp_path / "scripts" / "1.0" / "upgrade.sql"
    server.create_database(name)
    try:
        done = psql(name, script=script, cwd=tmp_path)
        out, err = BytesIO(), BytesIO()
        assert apply_scripts([str(script)], server.conninfo(name), out=out, err=err) == 0, err.getvalue()
    finally:
        server.drop_database(name)
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.rglob("owned"))
    quoted = name if re.fullmatch("[a-z]+", name) else '"{}"'.format(name.replace('"', '""'))
    parameters = dict(server.parameters)
    place = (
        f"connected to database {_CONTROL.sub('?', quoted)} as user {parameters['user']} "
        f"on host {parameters['host']} at port {parameters['port']}"
    )
    for printed in (done.stdout, out.getvalue().decode()):
        lines = [line for line in printed.splitlines() if line not in {"SET", "DO"}]
        assert printed.splitlines()[0] == lines[0] == place
        assert lines[1].startswith("release 1.0 upgrade, started ")
