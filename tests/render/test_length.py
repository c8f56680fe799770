"""How much of a script there is to read: lines and bytes by what they are (printed with `pytest -s`)."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

from release.model import Script
from release.pipeline.plan import make_release, open_project
from release.plan.pages import make_pages
from release.render import render_scripts
from release.render.machinery import BEGIN, END

ARXOS = Path(__file__).parents[2] / "alembic.ini"
RELEASES = {"1.0.0": ((), "002"), "1.1.0": (("002",), "005"), "1.2.0": (("005",), "009")}
KINDS = ("header", "machinery", "data", "segments", "authors")


def measure(script: Script) -> dict[str, tuple[int, int]]:
    """Lines that are not empty, and bytes, of each kind of text."""
    lines, sizes = Counter[str](), Counter[str]()
    kind, past = "header", "data"
    for part in script.parts:
        for line in part.text.splitlines(keepends=True):
            if line.startswith(BEGIN):
                kind = "machinery"
            counted = "authors" if part.source else kind
            lines[counted] += bool(line.strip("- \n"))
            sizes[counted] += len(line.encode())
            if line.startswith(END):
                kind, past = past, "segments"
    return {name: (lines[name], sizes[name]) for name in KINDS}


@pytest.mark.parametrize("version", RELEASES)
def test_what_is_read_of_a_script_each_time_is_short(version: str) -> None:
    project = open_project(ARXOS)
    start, end = RELEASES[version]
    planned = make_release(project, version, "A title", "2026-01-01", start, project.history.resolve(end))
    scripts = {each.name: each for each in render_scripts(make_pages(planned, project.settings))}
    for name in ("upgrade.sql", "rollback.sql"):
        found = measure(scripts[name])
        each_time = sum(found[kind][0] for kind in KINDS if kind != "machinery")
        share = found["authors"][1] / sum(found[kind][1] for kind in KINDS if kind != "machinery")
        told = ", ".join(f"{kind} {count} lines {size} bytes" for kind, (count, size) in found.items())
        text = f"{version}/{name}: {told}; read each time {each_time} lines, {share:.0%} of the bytes the authors'"
        sys.stdout.write(f"{text}\n")
        assert found["machinery"][0] > each_time > found["authors"][0] > 0
        if (version, name) == ("1.2.0", "upgrade.sql"):
            assert each_time <= 200
