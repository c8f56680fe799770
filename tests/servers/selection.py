"""Which tests are run on every major version: those of what depends on the server. The one place that says so."""

from __future__ import annotations

# All the way with every release, psql from version to version, the lock table, catalog and scratch server, a sample of
# the faults, rehearsals, and settings that a database imposes.
WHOLE = (
    "tests/servers/test_whole_way.py",
    "tests/apply",
    "tests/arxos/test_releases.py",
    "tests/sql",
    "tests/database",
    "tests/faults",
    "tests/rehearse",
    "tests/line/test_imposed.py",
)

# For every change (.ci/run): a few minutes on two majors.
SHORT = (
    "tests/servers/test_whole_way.py",
    "tests/apply/test_parity.py",
    "tests/apply/test_template_commands.py",
    "tests/database/test_catalog.py",
    "tests/sql/test_needed.py",
    "tests/sql/test_transactional.py",
    "tests/faults/test_refusals.py",
)
