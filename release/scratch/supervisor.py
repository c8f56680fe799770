"""The small process between us and a scratch server: it starts the server, and removes it when we are gone.

Run as a program (`python -I -S supervisor.py JOB`), with nothing but the standard library, so that it starts in
milliseconds. It holds the reading end of a pipe whose writing end only its owner has: when that closes, because
the owner said so, raised, or was killed with SIGKILL, the server is stopped and its folder is gone. It runs in a
session of its own, so Ctrl-C in a terminal reaches the owner alone.

JOB is a JSON object: base (folder to make the server's own in), initdb and postgres (programs), settings (text to
append to postgresql.conf), account (null, or [uid, gid]: whom to run the programs as), patience (seconds to start in).
The answer is one line of JSON on standard output: {"folder": …} once connections are accepted, or {"error": …}.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NoReturn


class _OwnerGoneError(Exception):
    """Nobody needs the server any more."""


class _NotRunError(Exception):
    """The system does not let us run a program."""


def main(job: dict[str, Any]) -> None:
    """Start the server, answer, wait for the owner to go, clean up."""
    owner = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    server: subprocess.Popen[bytes] | None = None
    folder: Path | None = None
    try:
        folder = Path(tempfile.mkdtemp(prefix="release-", dir=job["base"]))
        if job["account"]:
            os.chown(folder, *job["account"])
        deadline = time.monotonic() + job["patience"]
        initdb = _start(job, folder, [job["initdb"], *_INITDB, "-D", str(folder / "data")])
        try:
            while initdb.poll() is None:
                _watch(owner, 0.02, deadline)
        finally:
            _end(initdb)
        if initdb.returncode:
            _answer(error="initdb failed", log=_log(folder))
            return
        (folder / "log").unlink()  # what initdb advises to do next is no part of why a server does not start
        with (folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(job["settings"].replace("{folder}", str(folder).replace("'", "''")))
        server = _start(job, folder, [job["postgres"], "-D", str(folder / "data")])
        while not _accepts(folder):
            if server.poll() is not None:
                _answer(error="the server stopped while it started", log=_log(folder))
                return
            _watch(owner, 0.02, deadline)
        _answer(folder=str(folder))
        while True:
            _watch(owner, 1.0)
    except TimeoutError:
        _answer(error=f"the server was not ready within {job['patience']} s", log=_log(folder) if folder else "")
    except _NotRunError as error:
        _answer(error=f"cannot run its programs as the user {(job['account'] or [os.geteuid()])[0]}: {error}")
    except OSError as error:
        _answer(error=f"cannot make its folder in {job['base']}: {error}")
    except _OwnerGoneError:
        pass
    finally:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # we are leaving already
        if server:
            _stop(server)
        if folder:
            _remove(folder)


# Trust is limited by the folder that the socket is in: only its owner and root can enter it. The locale is C so that
# order and messages are the same on every machine. Nothing here is newer than PostgreSQL 13 (--no-instructions is).
_INITDB = (
    *("--username=postgres", "--auth-local=trust", "--auth-host=reject", "--encoding=UTF8", "--locale=C", "--no-sync"),
)


def _start(job: dict[str, Any], folder: Path, command: list[str]) -> subprocess.Popen[bytes]:
    account: dict[str, Any] = {}
    if job["account"]:
        uid, gid = job["account"]
        account = {"user": uid, "group": gid, "extra_groups": []}
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    with (folder / "log").open("ab") as log:
        try:
            return subprocess.Popen(
                command,
                cwd=folder,  # ours, so that the account can enter it whatever the owner's own is
                env=environment | {"LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **account,
            )
        except OSError as error:
            raise _NotRunError(error) from error


def _accepts(folder: Path) -> bool:
    """Is the server ready? Line 8 of postmaster.pid says so (PostgreSQL's utils/pidfile.h; pg_ctl reads it too)."""
    try:
        lines = (folder / "data" / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


def _watch(owner: int, seconds: float, deadline: float | None = None) -> None:
    """Wait, but no longer than the owner lives.

    The parent's id is looked at besides the pipe: a process that the owner forked may hold the pipe open.
    """
    if deadline is not None and time.monotonic() > deadline:
        raise TimeoutError
    readable, _, _ = select.select([sys.stdin], [], [], seconds)
    if readable or os.getppid() != owner:
        raise _OwnerGoneError


def _leave(_number: int, _frame: object) -> NoReturn:
    raise _OwnerGoneError


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Stop at once (manual 19.5, immediate shutdown): nothing of the data is needed again."""
    if server.poll() is None:
        server.send_signal(signal.SIGQUIT)
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            _kill(server)


def _end(initdb: subprocess.Popen[bytes]) -> None:
    """Let initdb end: its bootstrapping backend, when a signal breaks it off, leaves shared memory behind for ever."""
    try:
        initdb.wait(timeout=30)
    except subprocess.TimeoutExpired:
        _kill(initdb)


def _kill(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _remove(folder: Path) -> None:
    for _ in range(50):  # a backend that outlived its postmaster may still write
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)


def _log(folder: Path) -> str:
    try:
        return (folder / "log").read_text(encoding="utf-8", errors="replace")[-2000:]
    except OSError:
        return ""


def _answer(**said: str) -> None:
    try:
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise _OwnerGoneError from None


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
