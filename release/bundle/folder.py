"""A bundle's folder: read with its checksums, written in one step."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.version import InvalidVersion, Version

from release.bundle.manifest import FORMAT
from release.bundle.manifest_reader import Manifest, read_manifest
from release.bundle.version import parse_version
from release.errors import BundleError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
RUNBOOK = "RUNBOOK.md"  # bundles of versions before it have none
# What a rehearsal adds: true of one plan only.
EVIDENCE = ("rehearsal.json", "drift.sql")


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle on disk.

    Attributes:
        manifest: what its manifest.json says.
        edited: names of files that do not match SHA256SUMS, or are missing.
        files: names that stand in SHA256SUMS, sorted.
    """

    folder: Path
    version: Version
    manifest: Manifest
    edited: tuple[str, ...]
    files: tuple[str, ...] = ()

    @property
    def start(self) -> tuple[str, ...]:
        return self.manifest.start

    @property
    def end(self) -> tuple[str, ...]:
        return self.manifest.end


def list_bundles(folder: Path) -> tuple[Bundle, ...]:
    """The bundles in a folder, oldest version first; folders that are not named by a version are passed over.

    Raises:
        BundleError: a bundle cannot be read, or lies in the folder of another version.
    """
    if not folder.is_dir():
        return ()
    found = []
    for each in folder.iterdir():
        with contextlib.suppress(InvalidVersion):
            if each.is_dir() and not each.name.startswith("."):
                found.append((Version(each.name), each))
    bundles = []
    for version, each in sorted(found, key=lambda pair: pair[0]):
        bundle = read_bundle(each)
        if bundle.version != version:
            raise BundleError(
                f"{each} holds release {bundle.version}",
                f"a bundle's folder has its version for a name: move it, or build {version} anew without it",
            )
        bundles.append(bundle)
    return tuple(bundles)


def read_bundle(folder: Path) -> Bundle:
    """Read a bundle and compare its files with SHA256SUMS.

    Raises:
        BundleError: its manifest is missing, edited, unreadable, or of a later format.
    """
    again = f"restore it from version control, or remove {folder} and build the release again"
    try:
        data = (folder / MANIFEST).read_bytes()
        sums = dict(_read_sums((folder / SUMS).read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError(f"{folder} is not a bundle: {error}", again) from error
    if sums.get(MANIFEST) != hashlib.sha256(data).hexdigest():
        raise BundleError(f"{folder / MANIFEST} was edited: its checksum is not that of {SUMS}", again)
    try:
        values = json.loads(data)
        if values["format"] > FORMAT:
            raise BundleError(
                f"{folder / MANIFEST} has format {values['format']}; this release knows {FORMAT}", "use a newer release"
            )
        manifest = read_manifest(values)
        version = Version(manifest.version)
    except (ValueError, KeyError, TypeError, AttributeError, InvalidVersion) as error:
        raise BundleError(f"{folder / MANIFEST} cannot be read: {error}", again) from error
    edited = tuple(name for name, digest in sorted(sums.items()) if _sha256(folder / name) != digest)
    return Bundle(folder, version, manifest, edited, tuple(sorted(sums)))


def find_bundle(bundles: Sequence[Bundle], version: str) -> Bundle:
    """The bundle of a version.

    Raises:
        BundleError: there is none.
    """
    wanted = parse_version(version)
    for each in bundles:
        if each.version == wanted:
            return each
    there = ", ".join(str(each.version) for each in bundles)
    raise BundleError(
        f"no bundle of release {version}" + (f"; there are {there}" if there else ""),
        f"build it: release build {version}",
    )


def set_evidence(bundle: Bundle, files: Mapping[str, bytes]) -> None:
    """Put a rehearsal's files beside those of the build, and their checksums into SHA256SUMS, in one step.

    Args:
        files: contents by name; names are those of `EVIDENCE`; an empty file is left out.

    Raises:
        BundleError: the bundle was changed since it was read, or cannot be written.
    """
    now = read_bundle(bundle.folder)
    if now.manifest.plan != bundle.manifest.plan or set(now.edited) - set(EVIDENCE):
        raise BundleError(f"{bundle.folder} was changed while it was being rehearsed", "rehearse it again")
    kept = {name: (bundle.folder / name).read_bytes() for name in now.files if name not in EVIDENCE}
    write_bundle(bundle.folder, {**kept, **{name: data for name, data in files.items() if data}})


def require_writable(bundle: Bundle) -> None:
    """See to it that `set_evidence` will be able to write, before much is done.

    Raises:
        BundleError: the bundle's folder cannot be replaced.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=f".{bundle.folder.name}-", dir=bundle.folder.parent):
            pass
    except OSError as error:
        raise BundleError(
            f"cannot write {bundle.folder}: {error.strerror or error}", "the evidence of a rehearsal goes there"
        ) from error


def kept_evidence(bundle: Bundle, plan: str) -> dict[str, bytes]:
    """The files of a rehearsal that stay true when a bundle is written again: those of the same plan, unedited."""
    if bundle.manifest.plan != plan or set(bundle.edited) & set(EVIDENCE):
        return {}
    return {name: (bundle.folder / name).read_bytes() for name in EVIDENCE if name in bundle.files}


def read_evidence(bundle: Bundle) -> Mapping[str, Any] | None:
    """rehearsal.json as JSON values; None where the bundle was not rehearsed.

    What tells how it went is there, and of its kind: `server`, the `name` and `status` of each of `steps`, `rows`.

    Raises:
        BundleError: it was edited, cannot be read, or is of another plan.
    """
    name = EVIDENCE[0]
    again = f"rehearse it again: release rehearse {bundle.version}"
    if name not in bundle.files:
        return None
    if name in bundle.edited:
        raise BundleError(f"{bundle.folder / name} was edited: its checksum is not that of {SUMS}", again)
    try:
        found: Mapping[str, Any] = json.loads((bundle.folder / name).read_bytes())
        plan, server, steps, rows = (found[key] for key in ("plan", "server", "steps", "rows"))
        texts = {type(each) for each in (plan, server, *(step[key] for step in steps for key in ("name", "status")))}
        numbers = {type(each) for each in rows.values()}
    except KeyError as error:
        raise BundleError(f"{bundle.folder / name} cannot be read: it has no {error}", again) from error
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise BundleError(f"{bundle.folder / name} cannot be read: {error}", again) from error
    if texts != {str} or numbers - {int}:
        raise BundleError(f"{bundle.folder / name} is not as docs/rehearsal.schema.json has it", again)
    if plan != bundle.manifest.plan:
        raise BundleError(f"{bundle.folder / name} is the evidence of another plan ({plan[:12]})", again)
    return found


def write_bundle(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a bundle's files and SHA256SUMS: all of them or none.

    The files go to a temporary folder beside `folder`, which then takes its place. Files of an earlier build that are
    not ours (a reviewer's notes) are kept; evidence that is not among `files` is not.

    Raises:
        BundleError: the folder cannot be written.
    """
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items()))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=f".{folder.name}-",
            dir=folder.parent,
            ignore_cleanup_errors=True,  # the new bundle is in place by then; no list takes what is left for one
        ) as temporary:
            fresh = Path(temporary) / "new"
            if folder.exists():
                shutil.copytree(folder, fresh, symlinks=True)
            else:
                fresh.mkdir()
            for name, data in {**files, SUMS: sums.encode()}.items():
                if (fresh / name).is_symlink():
                    (fresh / name).unlink()  # what it leads to is none of ours
                (fresh / name).write_bytes(data)
            for name in set(EVIDENCE) - set(files):
                (fresh / name).unlink(missing_ok=True)
            _swap(fresh, folder, Path(temporary) / "old")
    except shutil.Error as error:  # of a reviewer's files, which are kept
        said = "; ".join(why for _, _, why in error.args[0])
        raise BundleError(f"cannot write {folder}: {said}", "move that out of the folder") from error
    except OSError as error:
        raise BundleError(
            f"cannot write {folder}: {error.strerror or error}", "name another folder with --output"
        ) from error


def _swap(fresh: Path, folder: Path, old: Path) -> None:
    try:
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
    except BaseException:  # Ctrl-C, too: who cleans up would remove the only copy
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise


def _read_sums(text: str) -> list[tuple[str, str]]:
    pairs = []
    for line in text.splitlines():
        digest, _, name = line.partition("  ")
        if name and "/" not in name:
            pairs.append((name, digest))
    return pairs


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
