"""Building a bundle: which range, whether it may change, and writing it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from release.bundle import (
    RUNBOOK,
    first_difference,
    kept_evidence,
    list_bundles,
    parse_version,
    to_manifest,
    waived,
    write_bundle,
    written,
)
from release.errors import BundleError
from release.pipeline.data_dependent import check_allowed, dependencies
from release.pipeline.plan import make_release
from release.plan.pages import make_pages
from release.render import render_runbook, render_scripts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from release.bundle import Bundle
    from release.lint.run import Choice, Report
    from release.model import Release, Script
    from release.pipeline.plan import Project
    from release.plan import Planned
    from release.record.recording import Record


class BuildOutcome(StrEnum):
    WRITTEN = "written"
    REWRITTEN = "rewritten"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """What the release manager asked for; None where the tool decides.

    Attributes:
        lint: what to lint for; None: not at all.
        plain: scripts without psql's own commands; None: as the bundle is, or as configured.
        record: records on a scratch database what cannot be rendered offline; None: that is refused.
        allowed: revisions that may be shipped though what was recorded depends on the rows of the scratch database.
        irreversible: revisions that may be shipped though nothing undoes them, beside those whose migrations say so.
    """

    version: str
    start: str | None = None
    end: str | None = None
    title: str | None = None
    date: str | None = None
    regenerate: bool = False
    lint: Choice | None = None
    plain: bool | None = None
    record: Record | None = None
    allowed: tuple[str, ...] = ()
    irreversible: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Built:
    """What came of it. Where lint failed nothing was written."""

    folder: Path
    outcome: BuildOutcome
    release: Release
    report: Report | None = None


def build(project: Project, wish: BuildRequest, today: str) -> Built:
    """Build, rewrite, or leave alone the bundle of one release.

    Args:
        today: ISO date for a new release that is given none.

    Raises:
        ReleaseError: of the stage that found something wrong; nothing has been written then.
    """
    version = parse_version(wish.version)
    bundles = list_bundles(project.bundles)
    existing = next((each for each in bundles if each.version == version), None)
    newest = existing is not None and existing is bundles[-1]
    start, end = _range(project, wish, existing, bundles)
    manifest = existing.manifest if existing else None
    title = wish.title if wish.title is not None else manifest.title if manifest else ""
    kept = manifest.recording if manifest else None
    day = wish.date or (manifest.date if manifest else today)
    plain = wish.plain
    if plain is None:
        plain = manifest.plain if manifest else project.settings.plain
    project = replace(project, settings=replace(project.settings, plain=plain))
    walls = (*wish.irreversible, *(manifest.allowed_irreversible if manifest else ()))
    planned = make_release(project, wish.version, title, day, start, end, wish.record, kept, walls)
    release = check_allowed(project, planned.release, wish.allowed, kept)
    folder = project.bundles / wish.version
    if existing:
        same = _same(existing, release)
        if existing.edited and not wish.regenerate:
            raise BundleError(
                f"{folder}: edited since it was built: {', '.join(existing.edited)}",
                "restore it from version control, or write it anew with --regenerate",
            )
        if not same and not newest and not _is_arranged_otherwise(existing, release):
            _refuse_change(existing, release, bundles[-1])
        if not same and not newest and not wish.regenerate:
            return Built(folder, BuildOutcome.UNCHANGED, release)
        if same and not wish.regenerate and _dressed(existing, release, plain=plain):
            return Built(folder, BuildOutcome.UNCHANGED, release)
    planned = replace(planned, release=release)
    pages = make_pages(planned, project.settings)
    scripts = render_scripts(pages)
    report = _lint(project, planned, scripts, wish.lint) if wish.lint else None
    if report and report.failed:
        return Built(folder, BuildOutcome.REFUSED, release, report)
    texts = {script.name: script.text for script in scripts} | {RUNBOOK: render_runbook(pages.runbook)}
    _write(folder, release, texts, existing, plain=plain)
    return Built(folder, BuildOutcome.REWRITTEN if existing else BuildOutcome.WRITTEN, release, report)


def _lint(project: Project, planned: Planned, scripts: Sequence[Script], choice: Choice) -> Report:
    from release.pipeline.lint import lint_release  # an unchanged bundle needs none

    return lint_release(project, planned, scripts, choice)


def _range(
    project: Project, wish: BuildRequest, existing: Bundle | None, bundles: Sequence[Bundle]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Version rows around the release: as asked, as its manifest says, or from the release before it to the heads."""
    version = parse_version(wish.version)
    earlier = [each for each in bundles if each.version < version]
    later = [each for each in bundles if each.version > version]
    if later and not existing and (wish.start is None or wish.end is None):
        raise BundleError(
            f"release {wish.version} would come before {later[0].version}, whose start would no longer be its end",
            "give it a later version, or name its range with --from and --to",
        )
    if wish.start is not None:
        start = project.history.resolve(wish.start)
    elif existing:
        start = existing.start
    else:
        start = earlier[-1].end if earlier else ()
    if wish.end is not None:
        end = project.history.resolve(wish.end, start)
    else:
        end = existing.end if existing else project.history.resolve("heads")
    return start, end


def _same(existing: Bundle, release: Release) -> bool:
    return existing.manifest.plan == release.digest and _is_named_alike(existing, release)


def _is_named_alike(existing: Bundle, release: Release) -> bool:
    kept = existing.manifest
    return (
        (existing.start, existing.end) == (release.range.start, release.range.end)
        and (kept.title, kept.date) == (release.title, release.date)
        and dependencies(kept.recording) == dependencies(release.recording)
    )


def _is_arranged_otherwise(existing: Bundle, release: Release) -> bool:
    """Whether the statements are the same, and another version of this tool puts other commits between them."""
    plans = (release.upgrade, release.rollback)
    around = tuple(each.digest for plan in plans for each in (*plan.opening, *plan.closing))
    kept = existing.manifest
    return _is_named_alike(existing, release) and not first_difference(kept, release) and kept.around == around


def _dressed(existing: Bundle, release: Release, *, plain: bool) -> bool:
    """Whether the same plan would be told in the same words."""
    kept = existing.manifest
    return (kept.plain, kept.waived, kept.irreversible) == (plain, json.dumps(waived(release)), release.irreversible)


def _refuse_change(existing: Bundle, release: Release, newest: Bundle) -> None:
    revision = first_difference(existing.manifest, release)
    what = (
        f"revision {revision} no longer gives what {existing.folder.name}/ holds"
        if revision
        else "its range, title or date, or what env.py sets, would change"
    )
    raise BundleError(
        f"release {existing.version}: {what}; only the newest release ({newest.version}) may change",
        "undo the change to the migration, and put it into a new revision",
    )


def _write(folder: Path, release: Release, texts: Mapping[str, str], existing: Bundle | None, *, plain: bool) -> None:
    files = {name: text.encode() for name, text in texts.items()}
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    # the tools that first built a plan stay named, so that a newer installation changes no byte
    keep = existing.manifest.tools if existing and existing.manifest.plan == release.digest else None
    manifest = to_manifest(release, sums, keep, plain=plain)
    files["manifest.json"] = written(manifest).encode()
    write_bundle(folder, files | (kept_evidence(existing, release.digest) if existing else {}))
