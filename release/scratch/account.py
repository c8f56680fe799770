"""Where a scratch server can live, and as whom: an account that is not root, and a folder that it can reach."""

from __future__ import annotations

import os
import pwd
import tempfile
from dataclasses import dataclass
from pathlib import Path

from release.errors import ToolError

# A socket's path has 107 bytes on Linux and 103 on macOS (sun_path); "/release-xxxxxxxx/.s.PGSQL.5432" are 31 of them.
_LONGEST_BASE = 103 - 31


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the system, who is not root."""

    name: str
    uid: int
    gid: int


def choose_account() -> Account | None:
    """Choose whom the server runs as: ourselves (None), but for root, whom PostgreSQL refuses: `postgres` or `nobody`.

    Raises:
        ToolError: we are root and there is neither.
    """
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise ToolError(
        "PostgreSQL does not run as root, and there is no user postgres or nobody to run it as",
        "add one (useradd --system postgres), or run this as another user than root",
    )


def choose_base(account: Account | None) -> Path:
    """Choose the folder for temporary files to make the server's own folder in: TMPDIR where that will do.

    Raises:
        ToolError: none is writable, reachable for the account, and short enough for a socket's path.
    """
    bases = tuple(dict.fromkeys(Path(base).resolve() for base in (tempfile.gettempdir(), "/tmp", "/var/tmp")))  # noqa: S108 - the folder that is made there is private
    for base in bases:
        # libpq separates hosts by commas, so a socket's path cannot hold one
        if len(os.fsencode(base)) <= _LONGEST_BASE and "," not in str(base) and _reachable(base, account):
            return base
    tried = ", ".join(str(base) for base in bases)
    raise ToolError(
        f"no folder for a scratch server: none of {tried} is writable, reachable"
        f"{f' for the user {account.name}' if account else ''} and shorter than {_LONGEST_BASE} bytes",
        "set TMPDIR to such a folder",
    )


def _reachable(base: Path, account: Account | None) -> bool:
    if not os.access(base, os.W_OK | os.X_OK):
        return False
    return account is None or all(_enters(folder, account) for folder in (base, *base.parents))


def _enters(folder: Path, account: Account) -> bool:
    status = folder.stat()
    if status.st_uid == account.uid:
        return bool(status.st_mode & 0o100)
    if status.st_gid == account.gid:
        return bool(status.st_mode & 0o010)
    return bool(status.st_mode & 0o001)
