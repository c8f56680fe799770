"""`release apply`: run scripts as psql would."""

from __future__ import annotations

import os
import sys

import click

from release.cli.output import TEXT_OR_JSON


def _split(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    for value in values:
        if "=" not in value:
            raise click.BadParameter(f"{value!r} is not NAME=VALUE")
    return {name: text for name, _, text in (value.partition("=") for value in values)}


@click.command("apply")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("-d", "conninfo", metavar="CONNINFO", default="", help="Database name, keywords or URI, as for psql.")
@click.option("-v", "variables", metavar="NAME=VALUE", multiple=True, callback=_split, help="Set a psql variable.")
@click.option("-o", "output", type=TEXT_OR_JSON, default="text", help="json: one line per statement.")
@click.pass_context
def command(
    context: click.Context, files: tuple[str, ...], conninfo: str, variables: dict[str, str], output: str
) -> None:
    r"""Run SQL scripts exactly as `psql -X -f` does, with psql's exit status.

    FILE may be - for standard input. Without -d the connection follows the PG* environment variables, the service
    file and the password file. Backslash commands that reach outside the database, such as \! and \copy, are refused.
    """
    from release.psql.apply import apply_scripts
    from release.psql.reporting import JsonReporter

    as_json = output == "json"
    status = apply_scripts(
        files,
        conninfo,
        variables,
        out=sys.stderr.buffer if as_json else sys.stdout.buffer,
        err=sys.stderr.buffer,
        reporter=JsonReporter(sys.stdout.buffer) if as_json else None,
        watched=not as_json and sys.stderr.isatty() and not os.environ.get("CI"),
    )
    context.exit(status)
