"""What changed or went with a major version, as far as the form of a statement shows it.

Each row has an example that is run on a real server: versions before the row's take it, later ones refuse it with the
SQLSTATE that the row names, or, where it names none, answer another thing.
"""

from __future__ import annotations

from dataclasses import dataclass

from release.sql.versions.row import (
    UNDEFINED_COLUMN,
    UNDEFINED_FILE,
    UNDEFINED_FUNCTION,
    UNDEFINED_OBJECT,
    UNSUPPORTED,
)

INSUFFICIENT_PRIVILEGE = "42501"
INVALID_FUNCTION = "42P13"


@dataclass(frozen=True, slots=True)
class VersionChange:
    """Something that is otherwise from a major version on.

    Attributes:
        key: as of `ServerFeature`, or words that the matching code has a function for.
        title: what it is.
        since: first major version in which it is otherwise.
        what: what happens from then on.
        advice: what to do.
        section: page of the PostgreSQL manual that states it.
        example: a statement over `release.sql.locks.forms.WORLD`, run by the test.
        setup: statements that it needs first.
        newer: SQLSTATEs by which newer versions refuse it; empty: they answer another thing.
    """

    key: str
    title: str
    since: int
    what: str
    advice: str
    section: str
    example: str
    setup: str = ""
    newer: tuple[str, ...] = ()


_GONE = "it is gone"
_COLUMNS = {
    ("pg_database", "datlastsysoid"): 15,
    **{
        ("pg_stat_bgwriter", name): 17
        for name in (
            "buffers_backend", "buffers_backend_fsync", "buffers_checkpoint", "checkpoint_sync_time",
            "checkpoint_write_time", "checkpoints_req", "checkpoints_timed",
        )
    },
    ("pg_attribute", "attcacheoff"): 18,
}  # fmt: skip
CHANGES = (
    VersionChange(
        "operator postfix",
        "CREATE OPERATOR with a left operand only (postfix)",
        14,
        "it is refused; an expression with such an operator cannot even be parsed",
        "define it as a prefix operator, or call its function",
        "release-14",
        "CREATE OPERATOR !!! (FUNCTION = int4abs, LEFTARG = integer)",
        newer=(INVALID_FUNCTION,),
    ),
    VersionChange(
        "operator !!",
        "operator !! (factorial)",
        14,
        _GONE,
        "call factorial()",
        "release-14",
        "SELECT !! 5",
        newer=(UNDEFINED_FUNCTION,),
    ),
    VersionChange(
        "aggregate of anyarray",
        "an aggregate over array_append, array_cat or another function of arrays, with anyarray or anyelement",
        14,
        "these functions take anycompatiblearray and anycompatible now: none is found for the old types",
        "define it with anycompatible and anycompatiblearray, from PostgreSQL 14 on",
        "release-14",
        "CREATE AGGREGATE collect(anyelement) (SFUNC = array_append, STYPE = anyarray)",
        newer=(UNDEFINED_FUNCTION,),
    ),
    VersionChange(
        "operator of anyarray",
        "an operator over array_append, array_cat or another function of arrays, with anyarray or anyelement",
        14,
        "these functions take anycompatiblearray and anycompatible now: none is found for the old types",
        "define it with anycompatible and anycompatiblearray, from PostgreSQL 14 on",
        "release-14",
        "CREATE OPERATOR =|= (FUNCTION = array_append, LEFTARG = anyarray, RIGHTARG = anyelement)",
        newer=(UNDEFINED_FUNCTION,),
    ),
    VersionChange(
        "extract kept",
        "EXTRACT in a view or in CREATE TABLE … AS",
        14,
        "it gives numeric, not double precision, and so does the column",
        "cast it: EXTRACT(…)::double precision",
        "release-14",
        "SELECT pg_typeof(extract(epoch FROM now()))::text",
    ),
    VersionChange(
        "role statement",
        "ALTER ROLE, DROP ROLE or GRANT of a role by a role with CREATEROLE",
        16,
        "it needs ADMIN OPTION on the role",
        "let the DBA do it, or grant the role WITH ADMIN OPTION first",
        "release-16",
        "ALTER ROLE release_worker CONNECTION LIMIT 5",
        setup="CREATE ROLE release_worker; CREATE ROLE release_maker CREATEROLE; SET ROLE release_maker",
        newer=(INSUFFICIENT_PRIVILEGE,),
    ),
    VersionChange(
        "unsafe path in an index",
        "an index over a function whose body names things without their schema",
        17,
        "it is built, and kept, under the search path pg_catalog, pg_temp: what lies elsewhere is not found",
        "qualify the names in the function's body, or add SET search_path to the function",
        "release-17",
        "CREATE INDEX ix_rooms_short ON rooms (short(name))",
        setup=(
            "CREATE FUNCTION cut(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT left($1, 3)';"
            " CREATE FUNCTION short(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN cut($1); END'"
        ),
        newer=(UNDEFINED_FUNCTION,),
    ),
    VersionChange(
        "unsafe path in a materialized view",
        "a materialized view over a function whose body names things without their schema",
        17,
        "it is filled under the search path pg_catalog, pg_temp: what lies elsewhere is not found",
        "qualify the names in the function's body, or add SET search_path to the function",
        "release-17",
        "CREATE MATERIALIZED VIEW shorts AS SELECT short(name) FROM rooms",
        setup=(
            "CREATE FUNCTION cut(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT left($1, 3)';"
            " CREATE FUNCTION short(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN cut($1); END'"
        ),
        newer=(UNDEFINED_FUNCTION,),
    ),
    VersionChange(
        "pg_constraint",
        "pg_constraint read without a condition on contype",
        18,
        "NOT NULL constraints have rows there too",
        "add contype <> 'n', or name the kinds that are meant",
        "release-18",
        "SELECT count(*) FROM pg_constraint WHERE conrelid = 'buildings'::regclass",
    ),
    VersionChange(
        "unlogged partitioned table",
        "CREATE UNLOGGED TABLE … PARTITION BY",
        18,
        "it is refused",
        "leave UNLOGGED to the partitions; of the partitioned table it never meant anything",
        "release-18",
        "CREATE UNLOGGED TABLE readings (day date) PARTITION BY RANGE (day)",
        newer=(UNSUPPORTED,),
    ),
    *(
        VersionChange(
            f"setting {name}",
            f"setting {name}",
            since,
            _GONE,
            advice,
            f"release-{since}",
            f"SELECT current_setting('{name}')",
            newer=(UNDEFINED_OBJECT,),
        )
        for name, since, advice in (
            ("operator_precedence_warning", 14, "leave it out"),
            ("vacuum_cleanup_index_scale_factor", 14, "leave it out"),
            ("lc_collate", 16, "ask datcollate of pg_database"),
            ("lc_ctype", 16, "ask datctype of pg_database"),
            ("promote_trigger_file", 16, "leave it out"),
            ("vacuum_defer_cleanup_age", 16, "leave it out"),
            ("old_snapshot_threshold", 17, "leave it out; transaction_timeout ends old transactions"),
        )
    ),
    *(
        VersionChange(
            f"function {name}",
            f"{name}()",
            15,
            _GONE,
            advice,
            "release-15",
            f"SELECT {name}({arguments}) LIMIT 0",
            newer=(UNDEFINED_FUNCTION,),
        )
        for name, arguments, advice in (
            ("pg_start_backup", "'x'", "call pg_backup_start()"),
            ("pg_stop_backup", "", "call pg_backup_stop()"),
            ("pg_is_in_backup", "", "leave it out: there are no exclusive backups"),
        )
    ),
    *(
        VersionChange(
            f"column {relation}.{column}",
            f"column {column} of {relation}",
            since,
            _GONE,
            "leave it out, or read what took its place"
            + (", pg_stat_checkpointer or pg_stat_io" if relation == "pg_stat_bgwriter" else ""),
            f"release-{since}",
            f"SELECT {column} FROM {relation} LIMIT 0",  # noqa: S608 - names of the table above
            newer=(UNDEFINED_COLUMN,),
        )
        for (relation, column), since in _COLUMNS.items()
    ),
    VersionChange(
        "extension adminpack",
        "extension adminpack",
        17,
        _GONE,
        "drop it before the server is upgraded",
        "release-17",
        "CREATE EXTENSION adminpack",
        newer=(UNSUPPORTED, UNDEFINED_FILE),
    ),
)
