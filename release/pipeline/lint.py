"""Linting a release: from what was asked for to a report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from release.bundle import RUNBOOK, list_bundles, parse_version
from release.config import find_bundles
from release.errors import BundleError
from release.lint.notices import STALE
from release.lint.run import lint_case, make_report, release_case, start_sqlfluff
from release.model import Script, without_fixed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from release.bundle import Bundle
    from release.lint.run import Choice, Report
    from release.lint.sqlfluff.findings import Fluff
    from release.model import Finding
    from release.pipeline.plan import Project
    from release.plan import Planned

_SCRIPTS = frozenset({"preflight.sql", "upgrade.sql", "monitor.sql", "verify.sql", "rollback.sql"})


def lint_bundle(
    ini: Path,
    version: str | None,
    choice: Choice,
    project: Project | None = None,
    irreversible: Sequence[str] = (),
) -> Report:
    """Lint a release that has a bundle; the newest one when no version is named.

    sqlfluff starts on the scripts as they stand in the folder, while Alembic is loaded and renders them anew: they are
    the same, as a rule, and what it has said of another text is not used.

    Args:
        ini: Alembic's configuration file.
        project: that of the file, where it has been opened already.
        irreversible: revisions that may be shipped though nothing undoes them, beside those of which migrations or the
            bundle say so.

    Raises:
        BundleError: there is no such bundle.
    """
    folder = project.bundles if project else find_bundles(ini)
    bundle = _find(list_bundles(folder), version, folder)
    names = [name for name in bundle.files if name in _SCRIPTS]
    fluff = start_sqlfluff(choice, [without_fixed(_read(bundle.folder / name)) for name in names])
    try:
        return _lint_bundle(ini, bundle, choice, fluff, project, irreversible)
    finally:
        if fluff:
            fluff.close()


def _lint_bundle(
    ini: Path,
    bundle: Bundle,
    choice: Choice,
    fluff: Fluff | None,
    project: Project | None,
    irreversible: Sequence[str],
) -> Report:
    from release.pipeline.plan import make_release, open_project
    from release.plan.pages import make_pages
    from release.render import render_runbook, render_scripts

    project = project or open_project(ini)
    kept = bundle.manifest
    project = replace(project, settings=replace(project.settings, plain=kept.plain))
    planned = make_release(
        project,
        kept.version,
        kept.title,
        kept.date,
        kept.start,
        kept.end,
        kept=kept.recording,
        irreversible=(*kept.allowed_irreversible, *irreversible),
    )
    folder = _relative(bundle.folder, project.history.root)
    pages = make_pages(planned, project.settings)
    scripts = render_scripts(pages)
    texts = {script.name: script.text for script in scripts}
    if RUNBOOK in bundle.files:
        texts[RUNBOOK] = render_runbook(pages.runbook)
    stale = [
        STALE.finding(f"{folder}/{name} is not what its migrations give", f"{folder}/{name}", 1)
        for name, text in texts.items()
        if _read(bundle.folder / name) != text
    ]
    return lint_release(project, planned, scripts, choice, f"{folder}/", stale, fluff)


def lint_range(
    project: Project,
    start: str | None,
    end: str | None,
    date: str,
    choice: Choice,
    irreversible: Sequence[str] = (),
) -> Report:
    """Lint revisions that no bundle holds yet.

    Args:
        start: None is where the newest bundle ended.
        end: None is the heads.
        date: ISO date by which ignores expire.
        irreversible: revisions that may be shipped though nothing undoes them, beside those whose migrations say so.
    """
    from release.pipeline.plan import make_release
    from release.plan.pages import make_pages
    from release.render import render_scripts

    bundles = list_bundles(project.bundles)
    begin = project.history.resolve(start) if start else bundles[-1].end if bundles else ()
    last = project.history.resolve(end or "heads")
    if start is None and last == begin:
        return make_report((), (), choice)  # every revision has its bundle
    planned = make_release(project, "next", "", date, begin, last, irreversible=irreversible)
    scripts = render_scripts(make_pages(planned, project.settings))
    return lint_release(project, planned, scripts, choice)


def lint_release(
    project: Project,
    planned: Planned,
    scripts: Sequence[Script],
    choice: Choice,
    folder: str = "",
    findings: Iterable[Finding] = (),
    fluff: Fluff | None = None,
) -> Report:
    """Lint a release that has been rendered.

    Args:
        folder: of its scripts, relative to the project's, with a "/" at the end.
        findings: what is known already.
        fluff: started before, where it was.
    """
    from release.pipeline.plan import texts_of

    release = planned.release
    named = [Script(folder + script.name, script.parts) for script in scripts]
    case = release_case(planned, named, texts_of(project, release), project.settings)
    report = lint_case(case, choice, release.waivers, release.date, fluff)
    more = [each for each in findings if choice.takes(each.code)]
    return make_report((*report.findings, *more), report.waived, choice) if more else report


def _find(bundles: Sequence[Bundle], version: str | None, folder: Path) -> Bundle:
    if not bundles:
        raise BundleError(f"no bundles in {folder}", "build one, or name a range: release lint --from base --to heads")
    if version is None:
        return bundles[-1]
    wanted = parse_version(version)
    for bundle in bundles:
        if bundle.version == wanted:
            return bundle
    raise BundleError(
        f"no bundle {version} in {folder}", f"there are {', '.join(str(each.version) for each in bundles)}"
    )


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode()  # as it is: a literal may hold any end of a line
    except (OSError, UnicodeDecodeError):
        return ""


def _relative(folder: Path, root: Path) -> str:
    return folder.relative_to(root).as_posix() if folder.is_relative_to(root) else folder.name
