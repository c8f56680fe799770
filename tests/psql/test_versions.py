"""The list of what differs from psql to psql is whole: the document has it, nothing in it is left over."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

from release.config import TRIED_SERVERS
from release.psql.commands import COMMANDS, CONDITIONALS, is_known_to_psql
from tests.databases import Golden
from tests.psql.conftest import Runners
from tests.psql.test_parity import CASES
from tests.psql.versions import (
    ALWAYS,
    DIFFERENCES,
    IMITATED,
    OLDER,
    differences_of,
    file_name,
    write_table,
)

# Commands that came with a major version. Of those that start with d we know no more than that.
SINCE = {
    15: ("getenv",),
    16: ("bind", "zS"),
    18: (
        *("bind_named", "close_prepared", "endpipeline", "flush", "flushrequest", "getresults", "parse"),
        *("sendpipeline", "startpipeline", "syncpipeline", "lx", "lx+", "l+x", "listx", "list+x", "zx", "zSx", "zxS"),
    ),
}
# Rows that no case can show: test_command.py has the first two, versions.py says why of the third.
UNSEEN = ("service", "connection-where", "csv-marker")
_NAME = re.compile(r"^  \\([^\s\[]+)", re.MULTILINE)
_INVALID = re.compile(r"invalid command \\(\S+)")


def test_the_document_has_the_table(golden: Golden) -> None:
    golden("docs/apply.md", write_table(), "differences")


def test_every_row_is_sound() -> None:
    cases = {path.stem for path in CASES.glob("*.sql")}
    assert len({each.code for each in DIFFERENCES}) == len(DIFFERENCES)
    for each in DIFFERENCES:
        assert set(each.cases) <= cases, each.code
        assert each.cases or each.code in UNSEEN
        assert each.before
        assert set(each.before) <= set(TRIED_SERVERS)
        assert not each.concerns(IMITATED), each.code


def test_no_file_is_left_over() -> None:
    """Each belongs to a case and to the rows that some version of psql has of it, and is not empty."""
    edges = [edge for each in DIFFERENCES for edge in (each.before, each.since)]
    ends = [sorted({0, ALWAYS - 1} | {edge.get(major, 0) for edge in edges}) for major in TRIED_SERVERS]
    versions = [(major, minor) for major, minors in zip(TRIED_SERVERS, ends, strict=True) for minor in minors]
    wanted = {
        file_name(case, listed)
        for version, case in itertools.product(versions, {name for each in DIFFERENCES for name in each.cases})
        if (listed := differences_of(version, case))
    }
    there = {path.name for path in OLDER.iterdir()}
    assert there
    assert there <= wanted
    assert all((OLDER / name).read_text(encoding="utf-8") for name in there)


def test_the_commands_of_psql(runners: Runners, tmp_path: Path) -> None:
    """We know each command that psql 18 has, and no other; older ones lack those of SINCE."""
    server, psql = runners.server, tmp_path / "help.sql"
    psql.write_text("\\?\n")
    told = set(_NAME.findall(runners.psql(tmp_path, psql.name, server.maintenance).out))
    assert {"bind", "conninfo", "watch"} - set(SINCE[16]) <= told
    letters = {"".join(each) for size in (1, 2, 3) for each in itertools.product("+xSlzdafgihcoptw", repeat=size)}
    ours = {name.decode() for name in COMMANDS} | {name for names in SINCE.values() for name in names}
    branching = {name.decode() for name in CONDITIONALS}  # they would end the branch
    names = sorted((told | letters | ours | {"close", "copy", "restrict", "ecoh"}) - branching)
    script = tmp_path / "names.sql"  # in a branch that is not taken a name is looked up, and nothing done
    script.write_text("\\if false\n" + "".join(f"\\{name}\n" for name in names) + "\\endif\n")
    unknown = set(_INVALID.findall(runners.psql(tmp_path, script.name, server.maintenance).err))
    lacking = {name for major, added in SINCE.items() if runners.version[0] < major for name in added}
    lacking |= {name for each in differences_of(runners.version) if each.code == "restrict" for name in each.commands}
    known = {name for name in names if name.encode() in COMMANDS or is_known_to_psql(name.encode())}
    d_commands = {name for name in names if name.startswith("d")}
    assert known - lacking - d_commands == set(names) - unknown - d_commands
    assert "ecoh" in unknown
