"""Nothing is reached while a script is generated: engines, drivers, sockets and PostgreSQL's programs are refused.

A script that depended on a database would be another one tomorrow, or on another machine. SQLAlchemy's `do_connect`
event sees every engine; a driver that is used without one is stopped at its own door, where a message can name it.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import inspect
import os
import shlex
import sys
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event

from release.source.internals import DRIVERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

_PROGRAMS = frozenset(
    {"psql", "pg_dump", "pg_dumpall", "pg_restore", "createdb", "dropdb", "createuser", "dropuser", "reindexdb"}
    | {"vacuumdb", "clusterdb", "pg_isready", "pgbench", "raster2pgsql", "ogr2ogr", "alembic"}
)


@contextlib.contextmanager
def unreachable(refuse: Callable[[str], BaseException | None]) -> Iterator[None]:
    """Let nothing of this process connect to anything.

    Args:
        refuse: gives the error to raise, from words like "connects to a database"; None where nobody of the project
            is to blame (a thread that reports to a server of its own): the network is just not there then.
    """

    def engine(dialect: Any, *_: Any) -> Any:
        raise refuse(f"connects to a database ({dialect.name})") or OSError(errno.ENETUNREACH, _GONE)

    doors = _Doors(refuse)
    event.listen(Engine, "do_connect", engine)
    sys.meta_path.insert(0, doors)
    try:
        for name in _DOORS:
            if name in sys.modules:
                doors.close(sys.modules[name])
        yield
    finally:
        sys.meta_path.remove(doors)
        doors.open()
        event.remove(Engine, "do_connect", engine)


_GONE = "the network is not to be used while a script is generated"


class _Doors:
    """What has been closed, and a finder of modules that closes the doors of those imported meanwhile."""

    def __init__(self, refuse: Callable[[str], BaseException | None]) -> None:
        self._refuse = refuse
        self._before: list[tuple[Any, str, Any]] = []

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        if name not in _DOORS:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader.exec_module = functools.partial(self._load, spec.loader.exec_module)  # type: ignore[method-assign]
        return spec

    def _load(self, load: Callable[[ModuleType], None], module: ModuleType) -> None:
        load(module)
        self.close(module)

    def close(self, module: ModuleType) -> None:
        for path, make in _DOORS[module.__name__].items():
            *owners, name = path.split(".")
            owner = functools.reduce(getattr, owners, module)
            before = inspect.getattr_static(owner, name, None)
            if before is not None:
                self._before.append((owner, name, before if name in vars(owner) else None))
                setattr(owner, name, make(self._refuse, before))

    def open(self) -> None:
        while self._before:
            owner, name, before = self._before.pop()
            if before is None:
                delattr(owner, name)  # it was inherited
            else:
                setattr(owner, name, before)


def _driver(name: str) -> Callable[[Any, Any], Any]:
    def make(refuse: Callable[[str], BaseException | None], before: Any) -> Any:
        def connect(*_: Any, **__: Any) -> Any:
            raise refuse(f"connects to a database with {name}") or OSError(errno.ENETUNREACH, _GONE)

        return classmethod(connect) if isinstance(before, classmethod) else connect

    return make


def _socket(refuse: Callable[[str], BaseException | None], before: Any) -> Any:
    def connect(socket: Any, address: Any) -> Any:
        import socket as words

        local = socket.family not in (words.AF_INET, words.AF_INET6)
        if (local and ".s.PGSQL." not in str(address)) or socket.type & words.SOCK_DGRAM == words.SOCK_DGRAM:
            return before(socket, address)  # the system's log
        where = address if local else ":".join(str(part) for part in address[:2])
        socket.close()
        raise refuse(f"opens a network connection to {where}") or OSError(errno.ENETUNREACH, _GONE)

    return connect


def _program(refuse: Callable[[str], BaseException | None], before: Any) -> Any:
    @functools.wraps(before)
    def start(*arguments: Any, **options: Any) -> Any:
        given = (*arguments, options.get("args"))
        words: Any = next((each for each in given if isinstance(each, str | bytes | list | tuple)), ())
        if isinstance(words, str | bytes):
            words = shlex.split(os.fsdecode(words))
        name = os.path.basename(os.fsdecode(words[0])) if words else ""  # noqa: PTH119  # a word, not a file
        if name in _PROGRAMS:
            raise refuse(f"runs {name}, which connects to a database") or OSError(errno.ENETUNREACH, _GONE)
        return before(*arguments, **options)

    return start


# module: what in it opens a connection, and what stands there meanwhile
_DOORS: dict[str, dict[str, Callable[[Any, Any], Any]]] = {
    **{name: dict.fromkeys(paths, _driver(name)) for name, paths in DRIVERS.items()},
    "socket": {"socket.connect": _socket, "socket.connect_ex": _socket},
    "subprocess": {"Popen.__init__": _program},
    "os": {"system": _program},
}
