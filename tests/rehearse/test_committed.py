"""The evidence in the committed bundles: of their plans, as its schema says, and nothing failed."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from release.bundle import list_bundles, read_evidence
from release.bundle.folder import Bundle

HERE = Path(__file__).parents[2]
BUNDLES = list_bundles(HERE / "scripts")


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda bundle: str(bundle.version))
def test_evidence(bundle: Bundle) -> None:
    evidence = read_evidence(bundle)
    assert evidence
    jsonschema.validate(evidence, json.loads((HERE / "docs" / "rehearsal.schema.json").read_text(encoding="utf-8")))
    assert evidence["passed"]
    for direction in ("upgrade", "rollback"):
        known = {each.digest for each in bundle.manifest.statements(direction)}
        assert {each["sha256"] for each in evidence["trace"][direction]} == known
