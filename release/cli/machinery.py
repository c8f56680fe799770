"""`release machinery`: the text that is the same in every release."""

from __future__ import annotations

import click

from release.cli.table import columns


@click.command("machinery")
@click.option("--show", metavar="KIND", default="", help="Print the text of one kind.")
def command(show: str) -> None:
    """Print checksums of the text that is the same in every release.

    A DBA who has read it once (docs/machinery.md) checks that a script has it unchanged, and reads the rest.
    """
    from release.errors import ReleaseError
    from release.render import machinery
    from release.render.machinery import COMMAND, NUMBER

    found = {each.kind: each for each in machinery()}
    if show:
        if show not in found:
            raise ReleaseError(f"there is no machinery of kind {show!r}", f"one of: {', '.join(found)}")
        click.echo(found[show].text, nl=False)
        return
    click.echo(f"machinery {NUMBER}; of a script: {COMMAND}")
    for line in columns([("kind", "lines", "sha256"), *((e.kind, str(e.lines), e.checksum) for e in found.values())]):
        click.echo(line)
