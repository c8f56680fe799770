"""manifest.json: what its schema says, and what it says of the scripts beside it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from release.bundle.folder import EVIDENCE

HERE = Path(__file__).parents[2]
VERSIONS = ("1.0.0", "1.1.0", "1.2.0")


def read(version: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HERE / "scripts" / version / "manifest.json").read_text(encoding="utf-8"))
    return found


def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HERE / "docs" / "manifest.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(found)
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_it_is_what_its_schema_says(version: str) -> None:
    jsonschema.validate(read(version), schema())


def test_the_schema_refuses_what_it_does_not_name() -> None:
    manifest = read("1.1.0")
    manifest["upgrade"]["segments"][0]["statements"][0]["colour"] = "red"
    with pytest.raises(jsonschema.ValidationError, match="colour"):
        jsonschema.validate(manifest, schema())


@pytest.mark.parametrize("version", VERSIONS)
def test_every_statement_names_its_line(version: str) -> None:
    manifest = read(version)
    for direction in ("upgrade", "rollback"):
        segments = [segment["statements"] for segment in manifest[direction]["segments"]]
        assert any(segments)
        for statements in segments:
            for statement in statements:
                lines = (HERE / statement["file"]).read_text(encoding="utf-8").splitlines()
                assert "op." in lines[statement["line"] - 1]


@pytest.mark.parametrize("version", VERSIONS)
def test_its_checksums_are_those_of_the_files(version: str) -> None:
    files = read(version)["files"]
    for name, digest in files.items():
        assert hashlib.sha256((HERE / "scripts" / version / name).read_bytes()).hexdigest() == digest
    assert {path.name for path in (HERE / "scripts" / version).iterdir()} - {*EVIDENCE} == {
        *files,
        "manifest.json",
        "SHA256SUMS",
    }


def test_each_release_starts_where_the_one_before_it_ended() -> None:
    ends: list[str] = []
    for version in VERSIONS:
        manifest = read(version)
        assert manifest["range"]["from"] == ends
        ends = manifest["range"]["to"]
    assert ends == ["009"]


def test_what_the_last_release_loses_is_declared() -> None:
    losses = read("1.2.0")["losses"]
    assert {(loss["relation"], *loss["columns"], loss["declared"]) for loss in losses if loss["when"] == "upgrade"} == {
        ("public.projects", "updated_at", True),
        ("public.comments", "created_at", True),
    }
