"""What a process that records may not do: reach anything but the scratch server, or reach that unseen.

Only for a process of its own: an audit hook stays for as long as the process lives (sys.addaudithook).
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from typing import TYPE_CHECKING, Any

from release.source.internals import watch_driver_connections

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType

    Refuse = Callable[[str, str], BaseException]

_LIBRARY = frozenset({"sqlalchemy", "alembic", "release"})
# Parts of the standard library that ask other programs about the machine.
_ASKING = frozenset({"uuid", "ctypes.util", "platform"})
_CURSOR_HINT = "use bind.exec_driver_sql(…), op.execute(…), or op.bulk_insert(…) for rows that come with the migration"


def raise_fences(parameters: Mapping[str, str], refuse: Refuse) -> None:
    """Stop connections to anywhere but the server of these libpq parameters, and other programs.

    Args:
        refuse: makes the error for what the running migration does.
    """
    allowed = _addresses(parameters)

    def check(event: str, arguments: tuple[Any, ...]) -> None:
        if event in {"socket.getaddrinfo", "socket.gethostbyname"}:
            reached = _text(arguments[0] or "")
        elif event == "socket.connect":
            reached = "" if arguments[0].type & socket.SOCK_DGRAM == socket.SOCK_DGRAM else _host(arguments[1])
        elif event in {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"}:
            if not _asks_about_the_machine():
                raise refuse(
                    f"starts another program ({_text(arguments[0])}); what it does cannot be recorded",
                    "do it in SQL, or in the migration's own Python",
                )
            return
        else:
            return
        if reached and reached not in allowed:
            raise refuse(
                f"reaches out to {reached}; a release cannot depend on what is there",
                "put what it fetches into the migration, or into a file beside it",
            )

    sys.addaudithook(check)
    _watch_drivers(refuse)


def _addresses(parameters: Mapping[str, str]) -> frozenset[str]:
    """The server's names: folders of sockets, host names, and the addresses that these stand for."""
    names = [parameters[key] for key in ("host", "hostaddr") if parameters.get(key)]
    found = set(names)
    for name in names:
        if not name.startswith("/"):
            with contextlib.suppress(OSError):
                found |= {str(each[4][0]) for each in socket.getaddrinfo(name, None)}
    return frozenset(found)


def _host(address: Any) -> str:
    """Where a socket connects to; "" for a socket file that is no PostgreSQL server's."""
    if isinstance(address, tuple):
        return _text(address[0])
    folder, _, name = _text(address).rpartition("/")
    return folder if name.startswith(".s.PGSQL.") else ""


def watch_raw_connections(refuse: Refuse, watching: Callable[[], bool]) -> None:
    """Refuse the driver's own connection to whoever is not SQLAlchemy: what it does is not seen."""

    def watched(inner: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def connection(self: Any) -> Any:
            if watching() and not _called_by_library(sys._getframe(1)):
                raise refuse(_RAW, _CURSOR_HINT)
            return inner(self)

        return connection

    watch_driver_connections(watched)


_RAW = "works on the driver's own connection (a raw cursor, COPY), past what can be recorded"


def _watch_drivers(refuse: Refuse) -> None:
    """Refuse connections that SQLAlchemy does not make, for it redirects its own; libpq's cause no event."""
    for name in ("psycopg", "psycopg2"):
        try:
            module = __import__(name)
        except ImportError:
            continue
        for owner, attribute in ((module, "connect"), *_classes(module)):
            setattr(owner, attribute, _guarded(getattr(owner, attribute), name, refuse))


def _classes(module: Any) -> list[tuple[Any, str]]:
    return [(getattr(module, each), "connect") for each in ("Connection", "AsyncConnection") if hasattr(module, each)]


def _guarded(inner: Callable[..., Any], name: str, refuse: Refuse) -> Callable[..., Any]:
    def connect(*args: Any, **kw: Any) -> Any:
        if not _called_by_library(sys._getframe(1)) and sys._getframe(1).f_code is not connect.__code__:
            raise refuse(
                f"opens a connection of its own ({name}.connect), past what can be recorded", "use op.get_bind()"
            )
        return inner(*args, **kw)

    return connect


def _called_by_library(frame: FrameType | None) -> bool:
    return frame is not None and str(frame.f_globals.get("__name__", "")).partition(".")[0] in _LIBRARY


def _asks_about_the_machine() -> bool:
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        if frame.f_globals.get("__name__") in _ASKING:
            return True
        frame = frame.f_back
    return False


def _text(value: Any) -> str:
    return os.fsdecode(value) if isinstance(value, bytes) else str(value)
