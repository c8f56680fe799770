"""Run the tests of what depends on the server, on one major version of PostgreSQL after the other.

usage: python -m tests.servers [--short] [--may-lack] [MAJOR…]

.ci/servers brings the servers. build/servers/MAJOR.log and MAJOR.json say how it went, docs/servers.md and README.md
too, but for a short form.

Exit status 0: all passed; 1: some failed, or a server could not be had (with --may-lack that is only said); 2: usage.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from xml.etree import ElementTree

from release.config import TRIED_SERVERS
from release.scratch.binaries import find_installation
from release.scratch.server import scratch_server
from tests.servers.bring import bring
from tests.servers.document import DOCUMENT, README, ROOT, Result, read_results, with_sentence, write_results
from tests.servers.selection import SHORT, WHOLE

OUTPUT = ROOT / "build" / "servers"


@dataclass(frozen=True, slots=True)
class Versions:
    """What a server and its programs call themselves."""

    server: str
    postgis: str
    psql: str


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.servers")
    parser.add_argument("majors", metavar="MAJOR", nargs="*", type=int)
    parser.add_argument("--short", action="store_true", help="a few minutes on each")
    parser.add_argument("--may-lack", action="store_true", help="a server that cannot be had here is no failure")
    wish = parser.parse_args(arguments)
    if unknown := set(wish.majors).difference(TRIED_SERVERS):
        parser.error(f"no such major version: {min(unknown)}; there are {', '.join(map(str, TRIED_SERVERS))}")
    OUTPUT.mkdir(parents=True, exist_ok=True)
    results: dict[int, Result] = {}
    lacking: list[int] = []
    for major in wish.majors or TRIED_SERVERS:
        bindir = bring(major)
        if bindir is None:
            lacking.append(major)
        else:
            results[major] = try_server(major, bindir, SHORT if wish.short else WHOLE)
            if not wish.short:
                keep(results[major])
    for result in results.values():
        print(f"servers: {tell(result)}")
    for major in lacking:
        print(f"servers: NOT TRIED: PostgreSQL {major} cannot be had here; why is said above")
    failed = any(result.failed for result in results.values())
    return 1 if failed or (lacking and not wish.may_lack) else 0


def try_server(major: int, bindir: Path, paths: Sequence[str]) -> Result:
    """Run tests on a server of its own for every worker; keep the log, whose first line names the versions."""
    os.environ["PG_BINDIR"] = str(bindir)
    versions = ask_versions(bindir)
    log, report, kept = (OUTPUT / f"{major}.{end}" for end in ("log", "xml", "json"))
    for stale in (report, kept):
        stale.unlink(missing_ok=True)
    started = time.monotonic()
    status = run_tests(environment(bindir, versions), paths, report, log, name(versions, bindir))
    passed, skipped, failed = count(report, status)
    server, postgis, psql = (words.split(" ")[0] for words in (versions.server, versions.postgis, versions.psql))
    result = Result(server, postgis, psql, passed, skipped, failed, round(time.monotonic() - started))
    said = {"exact": asdict(versions), "bindir": str(bindir), "tests": paths, "status": status, **asdict(result)}
    kept.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
    return result


def ask_versions(bindir: Path) -> Versions:
    """Ask a running server, and its psql: the names of folders and packages prove nothing."""
    installation = find_installation(postgis=False)
    postgis = "SELECT default_version FROM pg_available_extensions WHERE name = 'postgis'"
    with scratch_server(postgis=False) as server, server.connect() as connection:
        row = connection.execute("SELECT current_setting('server_version')").fetchone()
        there = connection.execute(postgis).fetchone() if installation.postgis else None
    psql = subprocess.run([str(bindir / "psql"), "--version"], capture_output=True, text=True, check=True)
    return Versions(str(row[0]) if row else "", there[0] if there else "", psql.stdout.split(") ", 1)[1].strip())


def name(versions: Versions, bindir: Path) -> str:
    postgis = f"PostGIS {versions.postgis}" if versions.postgis else "no PostGIS"
    return f"PostgreSQL {versions.server}, {postgis}, psql {versions.psql}, of {bindir}"


def environment(bindir: Path, versions: Versions) -> Mapping[str, str]:
    """What decides which server the tests take; no other may be given to them."""
    taken = ("RELEASE_TEST_SERVER", "RELEASE_TEST_WITHOUT_POSTGIS", "RELEASE_SCRATCH_SERVER")
    kept = {key: value for key, value in os.environ.items() if key not in taken}
    without = {} if versions.postgis else {"RELEASE_TEST_WITHOUT_POSTGIS": "1"}
    return {**kept, **without, "PG_BINDIR": str(bindir)}


def run_tests(env: Mapping[str, str], paths: Sequence[str], report: Path, log: Path, first_line: str) -> int:
    """Run pytest; what it says goes to the log and to standard output. Give its exit status."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow"]
    command += ["-n", os.environ.get("WORKERS") or str(os.cpu_count() or 2), f"--junitxml={report}", *paths]
    with log.open("w", encoding="utf-8") as file:
        print(first_line, file=file, flush=True)
        print(first_line, flush=True)
        with subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            assert process.stdout
            for line in process.stdout:
                file.write(line)
                print(line, end="", flush=True)
    return process.returncode


def count(report: Path, status: int) -> tuple[int, int, int]:
    """Count the tests that passed, were skipped, and failed; a run that failed otherwise counts as a failure."""
    if not report.exists():
        return 0, 0, 1
    suites = list(ElementTree.parse(report).getroot().iter("testsuite"))
    tests, skipped, *bad = (
        sum(int(suite.get(key, "0")) for suite in suites) for key in ("tests", "skipped", "failures", "errors")
    )
    failed = sum(bad)
    return tests - skipped - failed, skipped, max(failed, int(status != 0))


def keep(result: Result) -> None:
    """Write a result into the document, and what follows from it into README.md."""
    text = write_results(DOCUMENT.read_text(encoding="utf-8"), [result])
    DOCUMENT.write_text(text, encoding="utf-8")
    readme = with_sentence(README.read_text(encoding="utf-8"), read_results(text))
    README.write_text(readme, encoding="utf-8")


def tell(result: Result) -> str:
    postgis = f"with PostGIS {result.postgis}" if result.postgis else "without PostGIS"
    return (
        f"PostgreSQL {result.server} {postgis}, psql {result.psql}: {result.passed} passed, {result.skipped} skipped,"
        f" {result.failed} failed in {result.seconds} s"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
