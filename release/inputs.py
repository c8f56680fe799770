"""What a run depends on: the files and folders that Python opens, and the environment variables that it asks for.

Python tells of each opened file and listed folder by an audit event (PEP 578), whoever's code does it: an env.py that
reads a .env, a migration that reads a CSV. What starts a program or speaks to a server cannot be followed.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import source_from_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNKNOWN = frozenset(
    {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "socket.getaddrinfo", "socket.sendto"}
)
_OURS = frozenset({"squawk", "squawk.exe"})
_NO_FILES = ("/dev/", "/proc/", "/sys/")
_WRITES = os.O_WRONLY | os.O_RDWR


@dataclass(slots=True)
class Inputs:
    """What has been read so far.

    Attributes:
        since: when watching began, seconds since the epoch.
        files, folders: absolute paths; some may not exist.
        variables: names of environment variables that were asked for.
        whole_environment: all variables were read at once.
        unknown: something was done whose outcome may differ next time, and cannot be checked.
        answer: what the command wrote to standard output; None: it does not want to be kept.
    """

    since: float = field(default_factory=time.time)
    files: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)
    whole_environment: bool = False
    unknown: bool = False
    answer: str | None = None


_watching: list[Inputs] = []  # at most one; an audit hook cannot be taken away again, only find nothing to do
_hooked: list[bool] = []


@contextmanager
def watched(cache: str) -> Iterator[Inputs]:
    """Note what is read until the end of the block.

    Args:
        cache: a folder whose files do not count.
    """
    inputs = Inputs()
    installed = tuple({os.path.join(path, "") for path in (*sysconfig.get_paths().values(), cache, _PACKAGE)})
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked.append(True)
    before = os.environ
    os.environ = _Environment(before, inputs)  # noqa: B003  # the variables stay; who asks for them is noted
    _watching.append(inputs)
    try:
        yield inputs
    finally:
        _watching.clear()
        os.environ = before  # noqa: B003
        inputs.files = {path for path in inputs.files if not path.startswith((*installed, *_NO_FILES))}
        inputs.folders = {path for path in inputs.folders if not os.path.join(path, "").startswith(installed)}
        # what was looked for and not found shows when it appears beside what was read
        inputs.folders |= {os.path.dirname(path) for path in inputs.files}


def answered(text: str) -> None:
    """Say what the command has answered, where its answer may be kept."""
    for inputs in _watching:
        inputs.answer = text


_PACKAGE = os.path.dirname(os.path.abspath(__file__))


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching:
        return
    inputs = _watching[0]
    if event == "open":
        path, mode, flags = arguments
        if isinstance(path, str | bytes) and not (flags & _WRITES if mode is None else set(mode) & set("wax+")):
            inputs.files.add(_source(os.path.abspath(os.fsdecode(path))))
    elif event in {"os.listdir", "os.scandir"}:
        path = arguments[0]
        if path is None or isinstance(path, str | bytes):
            inputs.folders.add(os.path.abspath(os.fsdecode(path or ".")))
    elif event in _UNKNOWN:
        # squawk beside this Python is what is installed, and its version is known; another one's is not
        program = os.fsdecode(arguments[0]) if event == "subprocess.Popen" else ""
        ours = os.path.basename(program) in _OURS and os.path.dirname(program) == os.path.dirname(sys.executable)
        inputs.unknown = inputs.unknown or not ours
    elif event == "socket.connect":
        inputs.unknown = inputs.unknown or not isinstance(arguments[1], str | bytes)  # a path is our own workers'


def _source(path: str) -> str:
    """The Python file that a compiled one comes from."""
    if path.endswith(".pyc"):
        try:
            return source_from_cache(path)
        except ValueError:
            return path
    return path


class _Environment(os._Environ[str]):
    """The process's environment, noting who asks for what."""

    def __init__(self, real: os._Environ[str], inputs: Inputs) -> None:
        super().__init__(real._data, real.encodekey, real.decodekey, real.encodevalue, real.decodevalue)  # type: ignore[attr-defined]
        self._inputs = inputs

    def __getitem__(self, key: str) -> str:
        self._inputs.variables.add(key)
        return super().__getitem__(key)

    def __iter__(self) -> Iterator[str]:
        self._inputs.whole_environment = True
        return super().__iter__()

    def __len__(self) -> int:
        self._inputs.whole_environment = True
        return super().__len__()
