"""`release list`: the bundles there are."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("list")
@click.option(
    "--output", type=click.Path(path_type=Path), help="Folder for bundles [default: scripts/ beside alembic.ini]."
)
@click.pass_obj
def command(config: Path, output: Path | None) -> None:
    """List the bundles: range, date, counts."""
    from release.bundle import list_bundles
    from release.config import find_bundles

    rows = [("release", "date", "range", "revisions", "segments", "statements", "plan", "title")]
    for bundle in list_bundles(output or find_bundles(config)):
        manifest = bundle.manifest
        up = manifest["upgrade"]["segments"]
        rows.append(
            (
                str(bundle.version) + (" (edited)" if bundle.edited else ""),
                manifest["release"]["date"],
                f"{', '.join(bundle.start) or 'base'} -> {', '.join(bundle.end)}",
                str(len(manifest["range"]["revisions"])),
                str(len(up)),
                str(sum(len(segment["statements"]) for segment in up)),
                manifest["plan"][:12],
                manifest["release"]["title"],
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows if len(rows) > 1 else ():
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    if len(rows) == 1:
        click.echo("no bundles yet: release build VERSION writes one")
