"""The oldest versions that are tested are those that pyproject.toml promises."""

from __future__ import annotations

import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]


def test_the_lowest_versions_are_what_is_promised() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    promised = {}
    for text in project["dependencies"]:
        requirement = Requirement(text)
        (specifier,) = requirement.specifier
        assert specifier.operator == ">="
        promised[canonicalize_name(requirement.name)] = specifier.version
    lines = (ROOT / "tests/lowest.txt").read_text(encoding="utf-8").splitlines()
    tested = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    assert tested.pop("psycopg-binary") == tested["psycopg"]
    for name, version in promised.items():
        assert name in tested
        assert tested[name] == version or tested[name].startswith(f"{version}."), name
    assert tested.keys() == promised.keys()
