"""Names that a server must know: types, settings, roles, catalogs, collations, extensions, functions."""

from __future__ import annotations

from release.sql.versions.row import (
    UNDEFINED_FILE,
    UNDEFINED_FUNCTION,
    UNDEFINED_OBJECT,
    UNDEFINED_TABLE,
    UNSUPPORTED,
    ServerFeature,
)

_TYPES = {
    14: (
        "int4multirange", "int8multirange", "nummultirange", "datemultirange", "tsmultirange", "tstzmultirange",
    ),
}  # fmt: skip
TYPES = tuple(
    ServerFeature(
        f"type {name}",
        f"type {name}",
        since,
        "rangetypes",
        f"CREATE TABLE times (during {name})",
        older=(UNDEFINED_OBJECT,),
        parsed=False,
    )
    for since, names in _TYPES.items()
    for name in names
)

# What a session may SET: context user or superuser in pg_settings.
_SETTINGS = {
    14: (
        "client_connection_check_interval", "compute_query_id", "default_toast_compression", "enable_async_append",
        "enable_memoize", "idle_session_timeout", "track_wal_io_timing", "vacuum_failsafe_age",
        "vacuum_multixact_failsafe_age",
    ),
    15: ("recursive_worktable_factor", "stats_fetch_consistency"),
    16: (
        "createrole_self_grant", "debug_parallel_query", "enable_presorted_aggregate", "icu_validation_level",
        "scram_iterations", "vacuum_buffer_usage_limit",
    ),
    17: ("enable_group_by_reordering", "event_triggers", "io_combine_limit", "transaction_timeout"),
    18: (
        "enable_distinct_reordering", "enable_self_join_elimination", "extension_control_path", "file_copy_method",
        "log_lock_failures", "track_cost_delay_timing", "vacuum_max_eager_freeze_failure_rate", "vacuum_truncate",
    ),
}  # fmt: skip
SETTINGS = tuple(
    ServerFeature(
        f"setting {name}",
        f"setting {name}",
        since,
        "runtime-config",
        f"SET {name} TO DEFAULT",
        older=(UNDEFINED_OBJECT,),
        parsed=False,
    )
    for since, names in _SETTINGS.items()
    for name in names
)

_ROLES = {
    14: ("pg_database_owner", "pg_read_all_data", "pg_write_all_data"),
    15: ("pg_checkpoint",),
    16: ("pg_create_subscription", "pg_use_reserved_connections"),
    17: ("pg_maintain",),
    18: ("pg_signal_autovacuum_worker",),
}
ROLES = tuple(
    ServerFeature(
        f"role {name}",
        f"predefined role {name}",
        since,
        "predefined-roles",
        f"GRANT SELECT ON rooms TO {name}" if name == "pg_database_owner" else f"GRANT {name} TO pg_monitor",
        older=(UNDEFINED_OBJECT,),
        parsed=False,
    )
    for since, names in _ROLES.items()
    for name in names
)

_RELATIONS = {
    14: (
        "pg_backend_memory_contexts", "pg_stat_progress_copy", "pg_stat_replication_slots", "pg_stat_wal",
        "pg_stats_ext_exprs",
    ),
    15: (
        "pg_ident_file_mappings", "pg_parameter_acl", "pg_publication_namespace", "pg_stat_recovery_prefetch",
        "pg_stat_subscription_stats",
    ),
    16: ("pg_stat_io",),
    17: ("pg_stat_checkpointer", "pg_wait_events"),
    18: ("pg_aios", "pg_shmem_allocations_numa"),
}  # fmt: skip
_CATALOGS = frozenset({"pg_parameter_acl", "pg_publication_namespace"})


def _page(name: str) -> str:
    if name.startswith("pg_stat_progress_"):
        return "progress-reporting"
    if name.startswith("pg_stat_"):
        return "monitoring-stats"
    return ("catalog-" if name in _CATALOGS else "view-") + name.replace("_", "-")


RELATIONS = tuple(
    ServerFeature(
        f"relation {name}",
        f"{'catalog' if name in _CATALOGS else 'view'} {name}",
        since,
        _page(name),
        f"SELECT 1 FROM {name} LIMIT 0",  # noqa: S608 - names of the table above
        older=(UNDEFINED_TABLE,),
        parsed=False,
    )
    for since, names in _RELATIONS.items()
    for name in names
)

COLLATIONS = tuple(
    ServerFeature(
        f"collation {name}",
        f"collation {name}",
        since,
        "collation",
        f'SELECT name FROM rooms ORDER BY name COLLATE "{name}"',  # noqa: S608 - names of the table below
        older=(UNDEFINED_OBJECT,),
        parsed=False,
    )
    for since, name in ((16, "unicode"), (17, "pg_c_utf8"), (18, "pg_unicode_fast"))
)

EXTENSIONS = tuple(
    ServerFeature(
        f"extension {name}",
        f"extension {name}",
        since,
        page,
        f"CREATE EXTENSION {name}",
        older=(UNSUPPORTED, UNDEFINED_FILE),
        parsed=False,
    )
    for since, name, page in (
        (14, "pg_surgery", "pgsurgery"),
        (15, "pg_walinspect", "pgwalinspect"),
        (18, "pg_logicalinspect", "pglogicalinspect"),
    )
)


def _function(since: int, page: str, call: str, *arguments: int) -> ServerFeature:
    """A function by a call of it; with numbers of arguments where only those are new."""
    name = call.partition("(")[0]
    count = arguments[-1] if arguments else 0
    return ServerFeature(
        f"function {name}/{count}" if arguments else f"function {name}",
        f"{name}() with {' or '.join(map(str, arguments))} arguments" if arguments else f"{name}()",
        since,
        f"functions-{page}" if page else "",
        f"SELECT {call}",
        older=(UNDEFINED_FUNCTION,),
        arguments=arguments,
        parsed=False,
    )


FUNCTIONS = (
    _function(14, "binarystring", r"bit_count('\x1234'::bytea)"),
    _function(14, "aggregate", "bit_xor(id) FROM rooms"),
    _function(14, "datetime", "date_bin('15 minutes', now(), TIMESTAMPTZ '2001-01-01')"),
    _function(14, "string", "string_to_table('a,b', ',')"),
    _function(14, "string", r"unistr('d\0061t')"),
    _function(14, "array", "trim_array(ARRAY[1, 2], 1)"),
    _function(14, "range", "int4multirange()"),
    _function(14, "range", "int8multirange()"),
    _function(14, "range", "nummultirange()"),
    _function(14, "range", "datemultirange()"),
    _function(14, "range", "tsmultirange()"),
    _function(14, "range", "tstzmultirange()"),
    _function(14, "range", "multirange(int4range(1, 2))"),
    _function(14, "range", "range_merge(multirange(int4range(1, 2)))", 1),
    _function(14, "aggregate", "range_agg(int4range(id, id + 1)) FROM rooms"),
    _function(14, "aggregate", "range_intersect_agg(int4range(id, id + 1)) FROM rooms"),
    _function(14, "admin", "pg_column_compression(name) FROM rooms"),
    _function(14, "admin", "pg_get_wal_replay_pause_state() LIMIT 0"),
    _function(14, "admin", "pg_log_backend_memory_contexts(pg_backend_pid())"),
    _function(14, "admin", "pg_terminate_backend(0, 1) LIMIT 0", 2),
    _function(14, "info", "pg_xact_commit_timestamp_origin('1'::xid) LIMIT 0"),
    _function(15, "matching", "regexp_count('abc', 'b')"),
    _function(15, "matching", "regexp_instr('abc', 'b')"),
    _function(15, "matching", "regexp_like('abc', 'b')"),
    _function(15, "matching", "regexp_substr('abc', 'b')"),
    _function(15, "matching", "regexp_replace('abc', 'b', 'x', 1, 1, 'i')", 5, 6),
    _function(15, "info", "has_parameter_privilege('work_mem', 'SET')"),
    _function(15, "info", "pg_settings_get_flags('work_mem')"),
    _function(15, "admin", "pg_backup_start('x') LIMIT 0"),
    _function(15, "admin", "pg_backup_stop() LIMIT 0"),
    _function(15, "admin", "pg_database_collation_actual_version(1)"),
    _function(16, "aggregate", "any_value(id) FROM rooms"),
    _function(16, "array", "array_sample(ARRAY[1, 2], 1)"),
    _function(16, "array", "array_shuffle(ARRAY[1, 2])"),
    _function(16, "datetime", "date_add(now(), interval '1 day')"),
    _function(16, "datetime", "date_subtract(now(), interval '1 day')"),
    _function(16, "math", "erf(1)"),
    _function(16, "math", "erfc(1)"),
    _function(16, "math", "random_normal()"),
    _function(16, "srf", "generate_series(now(), now(), interval '1 day', 'UTC')", 4),
    _function(16, "info", "pg_input_is_valid('1', 'integer')"),
    _function(16, "info", "pg_input_error_info('1', 'integer')"),
    _function(16, "admin", "pg_split_walfile_name('000000010000000000000001')"),
    _function(16, "aggregate", "json_agg_strict(id) FROM rooms"),
    _function(16, "aggregate", "jsonb_agg_strict(id) FROM rooms"),
    _function(16, "aggregate", "json_object_agg_strict(name, id) FROM rooms"),
    _function(16, "aggregate", "jsonb_object_agg_strict(name, id) FROM rooms"),
    _function(16, "aggregate", "json_object_agg_unique(name, id) FROM rooms"),
    _function(16, "aggregate", "jsonb_object_agg_unique(name, id) FROM rooms"),
    _function(16, "aggregate", "json_object_agg_unique_strict(name, id) FROM rooms"),
    _function(16, "aggregate", "jsonb_object_agg_unique_strict(name, id) FROM rooms"),
    _function(17, "math", "random(1, 10)", 2),
    _function(17, "string", "to_bin(5)"),
    _function(17, "string", "to_oct(5)"),
    _function(17, "string", "unicode_assigned('a')"),
    _function(17, "info", "unicode_version()"),
    _function(17, "info", "icu_unicode_version()"),
    _function(17, "info", "pg_basetype('integer'::regtype)"),
    _function(17, "info", "to_regtypemod('varchar(3)')"),
    _function(17, "admin", "pg_column_toast_chunk_id(name) FROM rooms"),
    _function(17, "uuid", "uuid_extract_timestamp(gen_random_uuid())"),
    _function(17, "uuid", "uuid_extract_version(gen_random_uuid())"),
    _function(17, "json", "jsonb_populate_record_valid(NULL::rooms, '{}')"),
    _function(17, "xml", "xmltext('a')"),
    _function(18, "array", "array_reverse(ARRAY[1, 2])"),
    _function(18, "array", "array_sort(ARRAY[2, 1])"),
    _function(18, "string", "casefold('A')"),
    _function(18, "binarystring", r"crc32('\x12')"),
    _function(18, "binarystring", r"crc32c('\x12')"),
    _function(18, "math", "gamma(5)"),
    _function(18, "math", "lgamma(5)"),
    _function(18, "uuid", "uuidv4()"),
    _function(18, "uuid", "uuidv7()"),
    _function(18, "json", "json_strip_nulls('{}', true)", 2),
    _function(18, "json", "jsonb_strip_nulls('{}', true)", 2),
    _function(18, "info", "has_largeobject_privilege(1, 'SELECT') LIMIT 0"),
    _function(18, "info", "pg_get_acl('pg_class'::regclass, 0, 0)"),
    _function(18, "info", "pg_get_loaded_modules()"),
    _function(18, "info", "pg_numa_available()"),
    _function(18, "admin", "pg_restore_relation_stats('schemaname', 'public', 'relname', 'rooms')"),
    _function(18, "admin", "pg_clear_relation_stats('public', 'rooms')"),
    _function(18, "admin", "pg_clear_attribute_stats('public', 'rooms', 'id', false)"),
)
