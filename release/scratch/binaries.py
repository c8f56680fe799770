"""Find the PostgreSQL installations of this machine, and say how to install one where there is none."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from release.config import OLDEST_SERVER
from release.errors import ToolError

_PROGRAMS = ("initdb", "postgres", "psql")

# Where packages put each major version: Debian and Ubuntu, PostgreSQL's own RPMs, Homebrew (Apple silicon, Intel),
# Postgres.app, and PostgreSQL's own `make install`.
_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/usr/local/pgsql/bin",
)

# System (as os-release or Python's platform calls it) to the commands that install PostgreSQL and PostGIS on it: when
# nothing is there, and when a server of some version is.
_ADVICE = {
    "debian": ("apt-get install postgresql postgresql-postgis", "apt-get install postgresql-{0}-postgis-3"),
    "rhel": (
        "dnf install postgresql17-server postgis35_17   (from PostgreSQL's own repository for RHEL, with EPEL)",
        "dnf install postgresql{0}-server postgis35_{0}   (from PostgreSQL's own repository for RHEL, with EPEL)",
    ),
    "fedora": ("dnf install postgresql-server postgis",) * 2,
    "suse": ("zypper install postgresql-server postgis",) * 2,
    "arch": ("pacman -S postgresql postgis",) * 2,
    "alpine": ("apk add postgresql postgis",) * 2,
    "Darwin": ("brew install postgresql@17 postgis",) * 2,
}


@dataclass(frozen=True, slots=True)
class Installation:
    """Server binaries of one PostgreSQL version.

    Attributes:
        bindir: the folder with `initdb`, `postgres` and `psql`.
        version: as `postgres --version` gives it, numbers only: (15, 18); () for one that is not released yet.
        postgis: PostGIS's control file is there, so `CREATE EXTENSION postgis` finds it.
    """

    bindir: Path
    version: tuple[int, ...]
    postgis: bool

    @property
    def too_old(self) -> bool:
        return bool(self.version) and self.version < (OLDEST_SERVER,)


def find_installation(*, postgis: bool = True) -> Installation:
    """Choose the installation to start a server from.

    `PG_BINDIR` decides when it is set. Otherwise the first that suits of: `pg_config` on PATH, `postgres` on PATH, and
    the folders that packages use, newest version first.

    Raises:
        ToolError: there is none, none that is new enough, or none that has PostGIS; the hint says what to install on
            this system.
    """
    installed = list_installations()
    found = [each for each in installed if not each.too_old]
    for installation in found:
        if installation.postgis or not postgis:
            return installation
    chosen = os.environ.get("PG_BINDIR")
    if not installed:
        where = f" in PG_BINDIR ({chosen}): {_what_lacks(Path(chosen))}" if chosen else " found"
        raise ToolError(f"no PostgreSQL server binaries ({', '.join(_PROGRAMS)}){where}", _hint(chosen))
    if chosen and found and (lacking := _where_no_template(found[0].bindir)):
        raise ToolError(f"PG_BINDIR ({chosen}) has the programs of a server and nothing else: {lacking}", _hint(chosen))
    if not found:
        old = ", ".join(f"{'.'.join(map(str, each.version))} ({each.bindir})" for each in installed)
        raise ToolError(f"PostgreSQL is too old: {old}; {OLDEST_SERVER} or later is needed", install_hint())
    places = ", ".join(str(installation.bindir) for installation in found)
    raise ToolError(
        f"PostgreSQL is installed, but without PostGIS (looked at {places})", install_hint(*found[0].version[:1])
    )


def _hint(chosen: str | None) -> str:
    hint = install_hint()
    return f"let PG_BINDIR name a folder that has them, or unset it; or {hint}" if chosen else hint


def list_installations() -> tuple[Installation, ...]:
    """List what is installed, in the order in which `find_installation` prefers it."""
    chosen = os.environ.get("PG_BINDIR")
    if chosen:
        only = _inspect(Path(chosen))
        return (only,) if only else ()
    on_path = [_inspect(bindir) for bindir in _bindirs_on_path()]
    packaged = [
        _inspect(bindir)
        for place in _PLACES
        for bindir in sorted(Path("/").glob(place.removeprefix("/")))
        if bindir.is_dir()
    ]
    newest_first = sorted((item for item in packaged if item), key=lambda item: item.version, reverse=True)
    by_folder = {item.bindir.resolve(): item for item in reversed([*filter(None, on_path), *newest_first])}
    return tuple(reversed(by_folder.values()))


def install_hint(major: int | None = None) -> str:
    """Say how to get PostgreSQL and PostGIS on this system, or how to do without.

    Args:
        major: version of the server that is there already and lacks PostGIS.
    """
    commands = next((_ADVICE[system] for system in _systems() if system in _ADVICE), None)
    advice = commands[major is not None].format(major) if commands else ""
    install = (
        f"install them: {advice}" if advice else "install PostgreSQL's server and PostGIS with your package manager"
    )
    return (
        f"{install}\n"
        "or set PG_BINDIR to the folder of an installation that stands elsewhere,\n"
        "or name a server that may make databases: RELEASE_SCRATCH_SERVER='host=… user=… dbname=postgres' for release\n"
        "rehearse (or its --server), RELEASE_TEST_SERVER for the tests"
    )


def _systems() -> tuple[str, ...]:
    """Name this system, the closest name first: os-release's ID and ID_LIKE, or the kernel's name."""
    if platform.system() != "Linux":
        return (platform.system(),)
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return ()
    return (release.get("ID", ""), *release.get("ID_LIKE", "").split())


def _bindirs_on_path() -> list[Path]:
    bindirs = []
    if pg_config := shutil.which("pg_config"):
        bindirs.append(_ask(Path(pg_config), "--bindir"))
    if postgres := shutil.which("postgres"):
        bindirs.append(str(Path(postgres).resolve().parent))
    return [Path(bindir) for bindir in bindirs if bindir]


def _what_lacks(bindir: Path) -> str:
    """Say why a folder is no installation."""
    if not bindir.is_dir():
        return "there is no such folder"
    missing = [program for program in _PROGRAMS if not os.access(bindir / program, os.X_OK)]
    return f"it has no {' and no '.join(missing)}" if missing else "its postgres does not run: try postgres --version"


def _where_no_template(bindir: Path) -> str:
    """Say where there is no postgres.bki, of which initdb makes a server's catalog; "" where there is."""
    folders = _share_folders(bindir, _ask(bindir / "postgres", "--version").split())
    if any((share / "postgres.bki").exists() for share in folders):
        return ""
    return f"no postgres.bki in {', '.join(map(str, folders))}"


def _inspect(bindir: Path) -> Installation | None:
    if not all(os.access(bindir / program, os.X_OK) for program in _PROGRAMS):
        return None
    words = _ask(bindir / "postgres", "--version").split()  # "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
    if not words:
        return None
    numbers = words[2].split(".") if len(words) > 2 else []
    version = tuple(int(number) for number in numbers if number.isdigit())  # "18beta1" has no place in the order: last
    postgis = any((share / "extension" / "postgis.control").exists() for share in _share_folders(bindir, words))
    return Installation(bindir, version, postgis)


def _share_folders(bindir: Path, version: list[str]) -> list[Path]:
    """List where extensions may be: `pg_config` knows, but is in a package of its own on some systems."""
    if said := _ask(bindir / "pg_config", "--sharedir"):
        return [Path(said)]
    major = version[2].split(".")[0] if len(version) > 2 else ""
    root = bindir.parent / "share"
    return [root, root / "postgresql", Path("/usr/share/postgresql") / major, Path("/usr/share/pgsql")]


def _ask(program: Path, question: str) -> str:
    try:
        answer = subprocess.run([program, question], capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""
