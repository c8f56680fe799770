"""Which tests are run on every major version: those of what depends on the server. The one place that says so."""

from __future__ import annotations

# All the way with every release, psql from version to version, the lock table, catalog and scratch server, a sample of
# the faults, releases in traffic, rehearsals, and settings that a database imposes.
WHOLE = (
    "tests/servers/test_whole_way.py",
    "tests/psql",
    "tests/arxos/test_releases.py",
    "tests/sql",
    "tests/catalog",
    "tests/scratch",
    "tests/attacks",
    "tests/faults",
    "tests/traffic",
    "tests/rehearse",
    "tests/render/test_imposed.py",
    "tests/render/test_monitor.py",
    "tests/pipeline/test_needed_version.py",
)

# For every change (.ci/run): a few minutes on two majors.
SHORT = (
    "tests/servers/test_whole_way.py",
    "tests/psql/test_parity.py",
    "tests/psql/test_template_commands.py",
    "tests/catalog/test_snapshot.py",
    "tests/sql/facts/test_version_needs.py",
    "tests/sql/facts/test_transactional.py",
    "tests/faults/test_refusals.py",
    "tests/attacks/test_planted_names.py",
)
