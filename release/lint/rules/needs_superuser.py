"""RL310: a statement that needs a superuser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAGS = frozenset(
    {
        "ALTER SYSTEM", "CREATE TABLESPACE", "CREATE EVENT TRIGGER", "ALTER EVENT TRIGGER", "CREATE LANGUAGE",
        "CREATE SUBSCRIPTION", "CREATE FOREIGN DATA WRAPPER", "CREATE ACCESS METHOD", "CREATE OPERATOR CLASS",
        "CREATE OPERATOR FAMILY", "CREATE CAST",
    }
)  # fmt: skip
_UNTRUSTED = frozenset({"c", "internal", "plpython3u", "plperlu", "pltclu", "plpythonu"})
# What only a superuser may set: context "superuser" in pg_settings of PostgreSQL 15.
_SETTINGS = frozenset(
    {
        "commit_delay", "deadlock_timeout", "dynamic_library_path", "lc_messages", "log_duration", "log_lock_waits",
        "log_min_duration_statement", "log_min_error_statement", "log_min_messages", "log_statement", "log_temp_files",
        "max_stack_depth", "session_preload_libraries", "session_replication_role", "session_authorization",
        "temp_file_limit", "track_activities", "track_counts", "track_functions", "track_io_timing", "wal_compression",
    }
)  # fmt: skip
# "trusted = true" in the control files of PostgreSQL 15's contrib: the owner of the database may create these.
_TRUSTED = frozenset(
    {
        "btree_gin", "btree_gist", "citext", "cube", "dict_int", "fuzzystrmatch", "hstore", "intarray", "isn", "lo",
        "ltree", "pg_trgm", "pgcrypto", "plperl", "plpgsql", "pltcl", "seg", "tablefunc", "tcn", "tsm_system_rows",
        "tsm_system_time", "unaccent", "uuid-ossp",
    }
)  # fmt: skip


def _check(case: Case) -> Iterator[Violation]:
    for item in case.items:
        routine = item.definitions.routine
        if item.facts.tag in _TAGS:
            yield Violation(f"{item.facts.tag} needs a superuser", item)
        elif routine and routine.language in _UNTRUSTED:
            yield Violation(f"a function in {routine.language} needs a superuser", item)
        elif item.definitions.setting in _SETTINGS:
            yield Violation(f"SET {item.definitions.setting} needs a superuser", item)
        elif item.definitions.kind == "AlterTableStmt" and item.definitions.system_triggers:
            yield Violation("DISABLE TRIGGER ALL needs a superuser", item)
        for made in item.facts.creates:
            if made.kind == "extension" and made.name.name not in _TRUSTED:
                yield Violation(f"CREATE EXTENSION {made.name} needs a superuser where it is not there yet", item)


RULE = Rule(
    "RL310",
    "A statement that needs a superuser",
    Severity.WARNING,
    "The role that runs a release is rarely one: the script stops there.",
    "Let the DBA run it before, and write it so that nothing happens then: `CREATE EXTENSION IF NOT EXISTS postgis`. "
    "The header of the script tells of it.",
    Example('op.execute("CREATE EXTENSION IF NOT EXISTS postgis")  # here'),
    Example('op.execute("CREATE EXTENSION IF NOT EXISTS citext")'),
    _check,
)
