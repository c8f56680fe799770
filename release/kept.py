"""Answers of `release lint` that were given before, and still hold.

The same arguments in the same folder, on the same day, with the same installation: then the report is the same if every
file and folder that was read, and every environment variable that was asked for, is the same (`release.inputs` notes
them). Finding that out takes milliseconds; nothing of the tool itself is imported for it, only what stands below.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time

from release import __version__, cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from release.inputs import Inputs

_FORMAT = 1
_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_OPTIONS_WITHOUT = frozenset({"-v", "--verbose", "--no-cache", "-h", "--help"})


class Answer:
    """What a command wrote to standard output, and its exit status.

    No dataclass: that import alone takes as long as all else here.
    """

    __slots__ = ("status", "text")

    def __init__(self, text: str, status: int) -> None:
        self.text = text
        self.status = status


def key_of(arguments: Sequence[str]) -> str | None:
    """The name of the answer to a command line; None for one whose answers are not kept."""
    if "lint" not in arguments or _OPTIONS_WITHOUT.intersection(arguments):
        return None
    try:
        here = os.getcwd()
    except OSError:
        return None
    day = time.strftime("%Y-%m-%d") + time.strftime("%Y-%m-%d", time.gmtime())
    parts = (str(_FORMAT), sys.version, sys.executable, here, day, _installation(), *arguments)
    return cache.digest_of(*(part.encode("utf-8", "surrogateescape") for part in parts))


def recall(folder: str, key: str) -> Answer | None:
    """The answer kept under a key, if everything that it depends on is still the same."""
    data = cache.load(folder, key)
    if data is None:
        return None
    kept = json.loads(data)
    same = (
        environment_digest(kept["variables"]) == kept["environment"]
        and all(file_digest(path) == digest for path, digest in kept["files"].items())
        and all(folder_digest(path) == digest for path, digest in kept["folders"].items())
    )
    return Answer(kept["text"], kept["status"]) if same else None


def keep(folder: str, key: str, answer: Answer, inputs: Inputs) -> None:
    """Keep an answer, unless something that it depends on cannot be known, or changed while it was worked out."""
    files = {path: file_digest(path) for path in sorted(inputs.files)}
    folders = {path: folder_digest(path) for path in sorted(inputs.folders)}
    if inputs.unknown or any(_changed(path, inputs.since) for path in files):
        return
    variables = None if inputs.whole_environment else sorted(inputs.variables)
    kept = {
        "files": files,
        "folders": folders,
        "variables": variables,
        "environment": environment_digest(variables),
        "text": answer.text,
        "status": answer.status,
    }
    cache.save(folder, key, json.dumps(kept).encode())


def file_digest(path: str) -> str | None:
    """Of a file's content; None where there is none that can be read."""
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return None


def folder_digest(path: str) -> str | None:
    """Of the names in a folder; None where there is none. What Python keeps there for itself does not count."""
    try:
        names = sorted(name for name in os.listdir(path) if name != "__pycache__")
    except OSError:
        return None
    return cache.digest_of(*(name.encode("utf-8", "surrogateescape") for name in names))


def environment_digest(variables: Iterable[str] | None) -> str:
    """Of the values of environment variables, all of them for None. The values themselves are kept nowhere."""
    names = sorted(os.environ) if variables is None else variables
    pairs = ((name, os.environ.get(name)) for name in names)
    return cache.digest_of(*(repr(pair).encode("utf-8", "surrogateescape") for pair in pairs))


def _changed(path: str, since: float) -> bool:
    """Whether a file may have changed since a time; clocks of file systems tick in hundredths of a second."""
    try:
        return os.stat(path).st_mtime > since - 0.02
    except OSError:
        return False


def _installation() -> str:
    """What is installed: the names of all packages with their versions, and the code of this one."""
    names = [__version__]
    for place in sys.path:
        try:
            names += sorted(name for name in os.listdir(place) if name.endswith((".dist-info", ".egg-info")))
        except OSError:
            continue
    beside = os.path.dirname(_PACKAGE)
    for name in names:
        if name.startswith("alembic_release-"):
            record = file_digest(os.path.join(beside, name, "RECORD"))  # has a digest of every file
            if record:
                return "\n".join((*names, record))
    return "\n".join((*names, *_own_files(_PACKAGE)))


def _own_files(folder: str) -> Iterable[str]:
    """Every file of a package that lies in somebody's working copy."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda each: each.name):
            if entry.is_dir():
                if entry.name != "__pycache__":
                    yield from _own_files(entry.path)
            else:
                found = entry.stat()
                yield f"{entry.path} {found.st_size} {found.st_mtime_ns}"
