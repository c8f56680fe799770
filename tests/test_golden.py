"""`make golden` refreshes every document that is generated, and knows all of them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.copies import ROOT, copy_project
from tests.golden import GENERATED, check_golden, parts_of, read_part, with_part

DOCUMENTS = sorted([*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")])
OFFLINE = [each for each in GENERATED if not each.server]


def test_every_part_with_marks_is_listed() -> None:
    there = {(file.relative_to(ROOT).as_posix(), part) for file in DOCUMENTS for part in parts_of(text_of(file))}
    listed = {(each.document, part) for each in GENERATED for part in each.parts}
    assert there == listed


def test_every_mark_that_begins_has_an_end() -> None:
    for file in DOCUMENTS:
        text = text_of(file)
        assert re.findall(r"^<!-- ([\w-]+): .* -->$", text, re.MULTILINE) == [*parts_of(text)], file.name


def test_every_whole_document_is_listed() -> None:
    """Each says of itself in its first lines that it is generated."""
    there = {file.relative_to(ROOT).as_posix() for file in DOCUMENTS if "\nGenerated from " in text_of(file)[:300]}
    assert there == {each.document for each in GENERATED if not each.parts and each.document.endswith(".md")}


def test_what_writes_it_is_there() -> None:
    for each in GENERATED:
        assert (ROOT / each.document).exists()
        assert each.tests or each.command
        file, _, name = each.tests.partition("::")
        assert (ROOT / file).exists()
        assert not name or f"def {name}(" in text_of(ROOT / file)


@pytest.mark.processes
def test_it_refreshes_what_needs_no_server(tmp_path: Path) -> None:
    copy_project(tmp_path)
    for each in OFFLINE:
        file = tmp_path / each.document
        text = text_of(file)
        for part in each.parts:
            text = with_part(text, part, "spoiled\n")
        file.write_text(text if each.parts else "spoiled\n", encoding="utf-8")
        assert text_of(file) != text_of(ROOT / each.document)
    done = subprocess.run(
        [sys.executable, "-m", "tests.golden", "--no-server"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    for each in OFFLINE:
        assert text_of(tmp_path / each.document) == text_of(ROOT / each.document), each.document
        assert f"golden: refreshed: {each.document}" in done.stdout
    assert "golden: left as it is: docs/servers.md: results (make test-servers)" in done.stdout
    assert "golden: left as it is: docs/safety.md: refused, works, stopped, points (--no-server)" in done.stdout


def test_a_document_that_is_not_generated_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.golden", "docs/words.md"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "docs/words.md is not generated" in done.stderr


MARKED = "before\n<!-- build: written by somebody -->\nold\n<!-- end of build -->\nafter\n"
BY = "tests/arxos/test_readme.py::test_what_plan_and_build_print"


def test_a_part_is_compared_and_written(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text(MARKED, encoding="utf-8")
    check_golden("README.md", "old\n", "build", by=BY, update=False, root=tmp_path)
    with pytest.raises(AssertionError, match="run make golden"):
        check_golden("README.md", "new\n", "build", by=BY, update=False, root=tmp_path)
    check_golden("README.md", "new\n", "build", by=BY, update=True, root=tmp_path)
    assert text_of(file) == MARKED.replace("old", "new")
    assert read_part(text_of(file), "build") == "new\n"


@pytest.mark.parametrize(
    ("document", "part", "by"),
    [("docs/words.md", "", BY), ("README.md", "other", BY), ("README.md", "build", "tests/test_golden.py::test_x")],
)
def test_what_is_not_listed_is_not_written(document: str, part: str, by: str) -> None:
    with pytest.raises(AssertionError, match=r"tests/golden\.py"):
        check_golden(document, "", part, by=by, update=True)


def text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8")
