"""Bundles: written atomically, read back, checksummed."""

from release.bundle.folder import Bundle, list_bundles, read_bundle, write_bundle
from release.bundle.manifest import first_difference, to_manifest, written
from release.bundle.version import parse_version

__all__ = [
    "Bundle",
    "first_difference",
    "list_bundles",
    "parse_version",
    "read_bundle",
    "to_manifest",
    "write_bundle",
    "written",
]
