"""`release list`: the bundles there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from release.cli.bundles import output_option
from release.cli.table import columns

if TYPE_CHECKING:
    from pathlib import Path

    from release.bundle import Bundle


@click.command("list")
@output_option
@click.pass_obj
def command(config: Path, output: Path | None) -> None:
    """List the bundles: range, date, counts, and what their rehearsal found."""
    from release.bundle import list_bundles
    from release.config import find_bundles
    from release.model import spell_rows

    rows = [("release", "date", "range", "revisions", "segments", "statements", "plan", "rehearsed", "title")]
    for bundle in list_bundles(output or find_bundles(config)):
        manifest = bundle.manifest
        rows.append(
            (
                str(bundle.version) + (" (edited)" if bundle.edited else ""),
                manifest.date,
                f"{spell_rows(bundle.start)} -> {spell_rows(bundle.end)}",
                str(manifest.revisions),
                str(len(manifest.segments["upgrade"])),
                str(len(manifest.statements("upgrade"))),
                manifest.plan[:12],
                _rehearsed(bundle),
                manifest.title,
            )
        )
    for line in columns(rows) if len(rows) > 1 else ():
        click.echo(line)
    if len(rows) == 1:
        click.echo("no bundles yet: release build VERSION writes one")


def _rehearsed(bundle: Bundle) -> str:
    from release.bundle import read_evidence
    from release.errors import BundleError

    try:
        evidence = read_evidence(bundle)
    except BundleError:
        return "evidence refused"
    if evidence is None:
        return "no"
    failed = [step["name"] for step in evidence["steps"] if step["status"] == "failed"]
    found = f"failed: {', '.join(failed)}" if failed else "passed"
    return f"{found} (PostgreSQL {evidence['server']}, {sum(evidence['rows'].values())} rows)"
