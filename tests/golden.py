"""What is generated and kept under version control, and `make golden`, which refreshes it.

usage: python -m tests.golden [--no-server] [DOCUMENT…]

A document is written whole, or between marks: `<!-- PART: who writes it -->` and `<!-- end of PART -->`. The test that
compares it with what it is generated from is the one that writes it, with --update-golden. What needs a server is left
out, and named, where none is to be had. Exit status 0: all that was to be refreshed is; 1: a test failed; 2: usage.
"""

from __future__ import annotations

import argparse
import fcntl
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from release.errors import ToolError
from release.scratch.binaries import find_installation
from tests.copies import ROOT


@dataclass(frozen=True, slots=True)
class Generated:
    """A document, or a part of one.

    Attributes:
        document: its path in the project; a folder where that is generated file by file.
        parts: the names in its marks; none: it is generated whole.
        tests: what writes it with --update-golden, for pytest; "" where that is too much to be done by the way.
        server: they need PostgreSQL.
        command: what writes it instead.
    """

    document: str
    parts: tuple[str, ...]
    tests: str
    server: bool = False
    command: str = ""


GENERATED = (
    Generated("docs/rules.md", (), "tests/lint/test_rules_page.py"),
    Generated("docs/locks.md", (), "tests/sql/facts/test_reference_pages.py"),
    Generated("docs/machinery.md", ("checksums",), "tests/render/test_machinery.py"),
    Generated("docs/versions.md", (), "tests/sql/facts/test_reference_pages.py"),
    Generated(
        "docs/api.md",
        ("names", "check", "plan", "build", "lint", "read", "errors", "record", "rehearse", "apply"),
        "tests/api/test_document.py",
    ),
    Generated("docs/apply.md", ("differences",), "tests/psql/test_versions.py::test_the_document_has_the_table"),
    Generated("README.md", ("build",), "tests/arxos/test_readme.py::test_what_plan_and_build_print"),
    Generated("README.md", ("rehearsal",), "tests/arxos/test_readme.py::test_what_rehearse_prints", server=True),
    Generated("tests/psql/older", (), "tests/psql/test_parity.py", server=True),
    Generated("docs/safety.md", ("refused", "works", "stopped", "points"), "tests/faults", server=True),
    Generated("docs/servers.md", ("results",), "", server=True, command="make test-servers"),
)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.golden")
    parser.add_argument("documents", metavar="DOCUMENT", nargs="*")
    parser.add_argument("--no-server", action="store_true", help="leave out what needs PostgreSQL")
    wish = parser.parse_args(arguments)
    if unknown := set(wish.documents) - {each.document for each in GENERATED}:
        parser.error(
            f"{min(unknown)} is not generated; {', '.join(dict.fromkeys(each.document for each in GENERATED))}"
        )
    wanted = [each for each in GENERATED if not wish.documents or each.document in wish.documents]
    lacking = "" if not any(each.server for each in wanted) else why_no_server(no_server=wish.no_server)
    done = [each for each in wanted if each.tests and not (each.server and lacking)]
    options = ["-q", "-p", "no:cacheprovider", "--update-golden", *(["--no-server"] if lacking else [])]
    tests = dict.fromkeys(each.tests for each in done)
    status = subprocess.run([sys.executable, "-m", "pytest", *options, *tests], cwd=ROOT, check=False).returncode
    for each in wanted:
        what = f"{each.document}{': ' if each.parts else ''}{', '.join(each.parts)}"
        if each in done:
            print(f"golden: {'refreshed' if not status else 'FAILED, see above'}: {what}")
        else:
            print(f"golden: left as it is: {what} ({each.command or lacking})")
    return 1 if status else 0


def why_no_server(*, no_server: bool) -> str:
    """Say why no test can have PostgreSQL with PostGIS, "" where they can."""
    if no_server:
        return "--no-server"
    try:
        find_installation()
    except ToolError as error:
        return error.message
    return ""


def check_golden(document: str, text: str, part: str = "", *, by: str, update: bool, root: Path = ROOT) -> None:
    """Compare `text` with a document, or with a part of it; with `update`, write it there.

    Args:
        by: the test, as pytest names it: the table above must say that it is the one which writes this.
    """
    entry = next((each for each in GENERATED if each.document == document and part in (each.parts or ("",))), None)
    assert entry, f"{document} {part}: list it in GENERATED of tests/golden.py, for make golden"
    assert by.startswith(entry.tests), (
        f"{document} {part} is written by {entry.tests}, says tests/golden.py, not by {by}"
    )
    file = root / document
    if update:
        with file.open("a+", encoding="utf-8") as opened:
            fcntl.flock(opened, fcntl.LOCK_EX)  # several workers may write parts of one
            opened.seek(0)
            whole = with_part(opened.read(), part, text) if part else text
            opened.truncate(0)
            opened.write(whole)
        return
    there = file.read_text(encoding="utf-8")
    assert (read_part(there, part) if part else there) == text, (
        f"{document} {part} differs: if the new text is right, run make golden and review the change"
    )


def parts_of(text: str) -> tuple[str, ...]:
    """Name the parts of a document that have marks."""
    return tuple(re.findall(r"^<!-- end of ([\w-]+) -->$", text, re.MULTILINE))


def read_part(text: str, part: str) -> str:
    """Give what stands between the marks of a part."""
    return _between(text, part)[2]


def with_part(text: str, part: str, inside: str) -> str:
    """Put something between the marks of a part."""
    start, end, _ = _between(text, part)
    return text[:start] + inside + text[end:]


def _between(text: str, part: str) -> tuple[int, int, str]:
    found = re.search(rf"^<!-- {part}: .* -->\n(.*?)^<!-- end of {part} -->$", text, re.MULTILINE | re.DOTALL)
    assert found, f"no marks of {part}"
    return found.start(1), found.end(1), found[1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
