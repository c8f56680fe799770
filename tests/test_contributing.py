"""What those who come after are told is so: links lead somewhere, hooks run, numbers are those of the code."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

import release
from release import errors
from release.bundle.manifest import FORMAT
from release.lint.notices import NOTICES
from release.lint.rules import all_rules
from tests.copies import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / ".github").glob("*.md")])
CONFIG = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
HOOKS = {hook["id"]: hook for repo in CONFIG["repos"] for hook in repo["hooks"]}
COMPATIBILITY = (ROOT / "docs/compatibility.md").read_text(encoding="utf-8")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?!https?:)([^)\s]*)\)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    wrong = []
    text = re.sub(r"^```.*?^```$", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for link in _LINK.findall(text):
        name, _, anchor = link.partition("#")
        target = (document.parent / name) if name else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            wrong.append(link)
    assert not wrong


def anchors(document: Path) -> set[str]:
    """Give the headings as GitHub makes them into anchors."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-")) for heading in headings}


def test_every_folder_that_is_named_is_there() -> None:
    named = {
        (document.name, folder)
        for document in DOCUMENTS
        for folder in re.findall(
            r"`((?:release|tests|docs|scripts|alembic)/[a-z0-9_/.]*/)`", document.read_text(encoding="utf-8")
        )
    }
    assert len(named) > 10
    assert not {each for each in named if not (ROOT / each[1]).is_dir()}


def test_every_command_of_make_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    told = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("CONTRIBUTING.md", "README.md"))
    commands = set(re.findall(r"(?:`| {4})make ([a-z-]+)", told))
    assert {"check", "golden", "test"} <= commands
    assert all(re.search(rf"^{command}:", makefile, re.MULTILINE) for command in commands)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_needs_nothing_but_the_environment(hook: str) -> None:
    assert HOOKS[hook]["language"] == "system"
    program = HOOKS[hook]["entry"].split()[0].removeprefix(".venv/bin/")
    assert (Path(sys.executable).parent / program).exists()


@pytest.mark.processes
@pytest.mark.parametrize("hook", sorted({*HOOKS} - {"mypy"}))  # mypy is run beside the tests
def test_a_hook_passes(hook: str) -> None:
    command = HOOKS[hook]["entry"].replace(".venv/bin", str(Path(sys.executable).parent)).split()
    files = ["release/errors.py"] if HOOKS[hook].get("pass_filenames", True) else []
    done = subprocess.run([*command, *files], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_format_of_the_manifest_is_told() -> None:
    assert re.findall(r"`format` is (\d+)\.", COMPATIBILITY) == [str(FORMAT)]


def test_every_exit_status_is_told() -> None:
    table = COMPATIBILITY.partition("## Exit status")[2]
    told = {int(status) for status in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.ReleaseError)]
    assert {0, 130} | {each.exit_code for each in kinds} == told


def test_every_kind_of_code_is_told() -> None:
    told = tuple(re.findall(r"`((?:RL|PG|SF)\d+)…`", COMPATIBILITY))
    for code in [*(rule.code for rule in all_rules()), *(notice.code for notice in NOTICES)]:
        assert code.startswith((*told, "PRS")), code  # sqlfluff's own


def test_the_version_stands_in_both_places() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == release.__version__
