"""The environment in which PostgreSQL's client programs reach a scratch server, and nothing else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from release.scratch.server import Server


def client_environment(server: Server) -> dict[str, str]:
    """This process' environment with PG* variables for the server, and its own programs first on PATH."""
    from psycopg.pq import Conninfo

    variables = {each.keyword.decode(): each.envvar.decode() for each in Conninfo.get_defaults() if each.envvar}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    path = os.pathsep.join(filter(None, [str(server.bindir) if server.bindir else "", os.environ.get("PATH", "")]))
    return kept | {variables[name]: value for name, value in server.parameters if name in variables} | {"PATH": path}
