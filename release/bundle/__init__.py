"""Bundles: written atomically, read back, checksummed."""

from release.bundle.folder import (
    RUNBOOK,
    Bundle,
    find_bundle,
    kept_evidence,
    list_bundles,
    read_bundle,
    read_evidence,
    require_writable,
    set_evidence,
    write_bundle,
)
from release.bundle.manifest import first_difference, to_manifest, waived, written
from release.bundle.manifest_reader import Manifest
from release.bundle.version import parse_version

__all__ = [
    "RUNBOOK",
    "Bundle",
    "Manifest",
    "find_bundle",
    "first_difference",
    "kept_evidence",
    "list_bundles",
    "parse_version",
    "read_bundle",
    "read_evidence",
    "require_writable",
    "set_evidence",
    "to_manifest",
    "waived",
    "write_bundle",
    "written",
]
