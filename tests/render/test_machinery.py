"""The text that is the same in every release: its bytes, the checksum that a shell gives, its place in the docs."""

import re
import subprocess
from pathlib import Path

import pytest

from release.cli import run
from release.render import machinery
from release.render.machinery import COMMAND, NUMBER, Machinery, fenced
from tests.databases import Golden

ROOT = Path(__file__).parents[2]
BUNDLES = sorted(path.parent for path in ROOT.glob("scripts/*/manifest.json"))


def kinds() -> dict[str, str]:
    return {each.kind: each.checksum for each in machinery()}


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: path.name)
@pytest.mark.parametrize("kind", [each.kind for each in machinery() if "plain" not in each.kind])
def test_the_scripts_of_every_release_have_it_unchanged(bundle: Path, kind: str) -> None:
    for name in kind.split(", "):
        command = COMMAND.replace("FILE", str(bundle / name))
        printed = subprocess.run(command, shell=True, capture_output=True, text=True, check=True).stdout.split()[0]
        assert printed == kinds()[kind]


def test_the_command_prints_the_checksums_and_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["machinery"]) == 0
    printed = capsys.readouterr().out
    for kind, checksum in kinds().items():
        assert re.search(rf"^{re.escape(kind)} +\d+ +{checksum}$", printed, re.MULTILINE)
    assert run(["machinery", "--show", "verify.sql"]) == 0
    assert capsys.readouterr().out == {each.kind: each.text for each in machinery()}["verify.sql"]
    assert run(["machinery", "--show", "nothing"]) == 1
    assert "one of: upgrade.sql, rollback.sql, preflight.sql" in capsys.readouterr().err


@pytest.mark.parametrize("each", machinery(), ids=lambda each: each.kind)
def test_it_is_ascii_and_its_functions_are_explained(each: Machinery) -> None:
    assert each.text.isascii()
    explained = (ROOT / "docs" / "machinery.md").read_text()
    for function in re.findall(r"CREATE FUNCTION pg_temp\.(\w+)", each.text):
        assert f"`{function}" in explained, function
    for kind in re.findall(r"p\.kind = '(\w[\w ]*)'", each.text):
        # 'after ' || direction
        assert f"`{kind}" in explained if kind.endswith(" ") else f"`{kind}`" in explained, kind


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: path.name)
def test_all_kinds_of_rows_are_explained(bundle: Path) -> None:
    explained = (ROOT / "docs" / "machinery.md").read_text()
    kinds = {
        kind
        for name in ("preflight", "upgrade", "verify", "rollback")
        for kind in re.findall(r"^    \('([a-z][a-z ]*)', \d", (bundle / f"{name}.sql").read_text(), re.MULTILINE)
    }
    assert len(kinds) > 9
    assert {kind for kind in kinds if f"`{kind}`" not in explained} == set()


def test_the_checksums_that_the_document_lists(golden: Golden) -> None:
    lines = [f"| {each.kind} | {each.lines} | `{each.checksum}` |\n" for each in machinery()]
    table = f"| version {NUMBER} of | lines | SHA-256 |\n| --- | --- | --- |\n{''.join(lines)}"
    golden("docs/machinery.md", table, "checksums")


def test_what_an_author_writes_does_not_hide_between_the_marks() -> None:
    """A line of a statement that looks like a mark makes another checksum."""
    text = machinery()[0].text
    hidden = "SELECT '\n-- >>> machinery 1, part 3\n'; DROP TABLE t;\n"
    assert fenced(text) == text
    assert fenced(text + hidden) != text
