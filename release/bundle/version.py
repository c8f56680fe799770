"""Release versions: they sort as versions, and name a folder."""

from __future__ import annotations

from packaging.version import InvalidVersion, Version

from release.errors import BundleError


def parse_version(text: str) -> Version:
    """A release's version (PEP 440), in its normal form, since it names a folder.

    Raises:
        BundleError: it is not a version, or not in normal form.
    """
    try:
        version = Version(text)
    except InvalidVersion as error:
        raise BundleError(
            f"{text!r} is not a version", "write numbers with dots between them, such as 1.2.0"
        ) from error
    if str(version) != text:
        raise BundleError(f"{text!r} is not the normal form of that version", f"write {version}")
    return version
