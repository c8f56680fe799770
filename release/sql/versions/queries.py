"""Clauses and expressions of statements that read and change rows, and of COPY."""

from __future__ import annotations

from release.sql.versions.row import (
    INVALID_PARAMETER,
    SYNTAX_ERROR,
    UNDEFINED_COLUMN,
    UNDEFINED_FUNCTION,
    UNSUPPORTED,
    WRONG_TYPE,
    ServerFeature,
)

SELECT = "sql-select"
QUERIES = "queries-with"
MERGE = "sql-merge"
JSON = "functions-json"

QUERY = (
    ServerFeature(
        "CommonTableExpr.search_clause",
        "WITH … SEARCH",
        14,
        QUERIES,
        "WITH RECURSIVE n(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n WHERE a < 3)"
        " SEARCH DEPTH FIRST BY a SET place SELECT a FROM n ORDER BY place",
    ),
    ServerFeature(
        "CommonTableExpr.cycle_clause",
        "WITH … CYCLE",
        14,
        QUERIES,
        "WITH RECURSIVE n(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n WHERE a < 3)"
        " CYCLE a SET again USING way SELECT a FROM n",
    ),
    ServerFeature(
        "SelectStmt.group_distinct",
        "GROUP BY DISTINCT",
        14,
        SELECT,
        "SELECT status, name FROM rooms GROUP BY DISTINCT ROLLUP (status), ROLLUP (name)",
    ),
    ServerFeature(
        "JoinExpr.join_using_alias",
        "JOIN … USING (…) AS alias",
        14,
        SELECT,
        "SELECT shared.id FROM rooms JOIN buildings USING (id) AS shared",
    ),
    ServerFeature(
        "subscript by key",
        "subscripting of jsonb",
        14,
        "datatype-json",
        "SELECT ('{\"a\": 1}'::jsonb)['a']",
        older=(WRONG_TYPE,),
        parsed=False,
    ),
    ServerFeature(
        "negative scale",
        "numeric with a negative scale, or one larger than the precision",
        15,
        "datatype-numeric",
        "CREATE TABLE sizes (area numeric(3, -2))",
        older=(INVALID_PARAMETER,),
        parsed=False,
    ),
    ServerFeature(
        "RangeSubselect without alias",
        "subquery in FROM without an alias",
        16,
        SELECT,
        "SELECT id FROM (SELECT id FROM rooms)",
    ),
    ServerFeature(
        "number 0x",
        "numbers like 0x1F, 0o17, 0b11 and 1_000",
        16,
        "sql-syntax-lexical",
        "SELECT id FROM rooms WHERE id < 0x1F AND id < 1_000",
    ),
    ServerFeature(
        "XmlSerialize.indent",
        "XMLSERIALIZE (… INDENT)",
        16,
        "datatype-xml",
        "SELECT xmlserialize(CONTENT '<a/>' AS text INDENT)",
        older=(SYNTAX_ERROR, UNSUPPORTED),
    ),
    ServerFeature(
        "function timezone/1",
        "AT LOCAL",
        17,
        "functions-datetime",
        "SELECT now() AT LOCAL",
        arguments=(1,),
    ),
    ServerFeature(
        "function system_user",
        "SYSTEM_USER",
        16,
        "functions-info",
        "SELECT system_user",
        older=(UNDEFINED_COLUMN,),
        parsed=False,
    ),
    ServerFeature(
        "MergeStmt.returning_clause",
        "MERGE … RETURNING",
        17,
        MERGE,
        "MERGE INTO rooms r USING buildings b ON r.id = b.id WHEN MATCHED THEN UPDATE SET name = b.name RETURNING r.id",
    ),
    ServerFeature(
        "MergeWhenClause.match_kind=MERGE_WHEN_NOT_MATCHED_BY_SOURCE",
        "MERGE … WHEN NOT MATCHED BY SOURCE",
        17,
        MERGE,
        "MERGE INTO rooms r USING buildings b ON r.building_id = b.id WHEN NOT MATCHED BY SOURCE THEN DELETE",
    ),
    ServerFeature(
        "RETURNING OLD",
        "RETURNING OLD or NEW",
        18,
        "dml-returning",
        "UPDATE rooms SET name = 'x' RETURNING old.name, new.name",
        older=("42P01",),
        parsed=False,
    ),
    ServerFeature(
        "ReturningClause.options",
        "RETURNING WITH (OLD AS …, NEW AS …)",
        18,
        "dml-returning",
        "UPDATE rooms SET name = 'x' RETURNING WITH (OLD AS was) was.name",
    ),
    ServerFeature(
        "JsonIsPredicate",
        "IS JSON",
        16,
        JSON,
        "SELECT '{}' IS JSON OBJECT",
    ),
    ServerFeature(
        "JsonObjectConstructor",
        "JSON_OBJECT",
        16,
        JSON,
        "SELECT JSON_OBJECT('a': 1)",
    ),
    ServerFeature(
        "JsonArrayConstructor",
        "JSON_ARRAY",
        16,
        JSON,
        "SELECT JSON_ARRAY(1, 2)",
        older=(UNDEFINED_FUNCTION,),
        parsed=False,
    ),
    ServerFeature(
        "JsonArrayQueryConstructor",
        "JSON_ARRAY (query)",
        16,
        JSON,
        "SELECT JSON_ARRAY(SELECT id FROM rooms)",
    ),
    ServerFeature(
        "JsonObjectAgg",
        "JSON_OBJECTAGG",
        16,
        "functions-aggregate",
        "SELECT JSON_OBJECTAGG(name: id) FROM rooms",
    ),
    ServerFeature(
        "JsonArrayAgg",
        "JSON_ARRAYAGG",
        16,
        "functions-aggregate",
        "SELECT JSON_ARRAYAGG(id) FROM rooms",
        older=(UNDEFINED_FUNCTION,),
        parsed=False,
    ),
    ServerFeature(
        "JsonFuncExpr",
        "JSON_EXISTS, JSON_QUERY and JSON_VALUE",
        17,
        JSON,
        "SELECT JSON_VALUE('{\"a\": 1}'::jsonb, '$.a')",
        older=(UNDEFINED_FUNCTION,),
        parsed=False,
    ),
    ServerFeature(
        "JsonTable",
        "JSON_TABLE",
        17,
        JSON,
        "SELECT t.a FROM JSON_TABLE('[1]'::jsonb, '$[*]' COLUMNS (a integer PATH '$')) AS t",
    ),
    ServerFeature(
        "JsonParseExpr.unique_keys",
        "JSON (… WITH UNIQUE KEYS)",
        17,
        JSON,
        "SELECT JSON('{}' WITH UNIQUE KEYS)",
    ),
    ServerFeature(
        "JsonScalarExpr",
        "JSON_SCALAR",
        17,
        JSON,
        "SELECT JSON_SCALAR(1)",
        older=(UNDEFINED_FUNCTION,),
        parsed=False,
    ),
    ServerFeature(
        "JsonSerializeExpr",
        "JSON_SERIALIZE",
        17,
        JSON,
        "SELECT JSON_SERIALIZE('{}')",
        older=(UNDEFINED_FUNCTION,),
        parsed=False,
    ),
)

_EMPTY = "'/dev/null'"
_HEADER = "PROGRAM 'echo id,name,code'"
COPY = tuple(
    ServerFeature(
        key,
        f"COPY … WITH ({title})",
        since,
        "sql-copy",
        f"COPY buildings FROM {source} WITH ({options})",
        older=older,
        parsed=SYNTAX_ERROR in older and "*" in options,
    )
    for key, title, since, source, options, older in (
        ("CopyStmt.options:header=match", "HEADER MATCH", 15, _HEADER, "FORMAT csv, HEADER match", (SYNTAX_ERROR,)),
        ("COPY text HEADER", "FORMAT text, HEADER", 15, _EMPTY, "HEADER", (UNSUPPORTED,)),
        ("CopyStmt.options:default", "DEFAULT", 16, _EMPTY, "DEFAULT '\\D'", (SYNTAX_ERROR,)),
        ("CopyStmt.options:on_error", "ON_ERROR", 17, _EMPTY, "ON_ERROR ignore", (SYNTAX_ERROR,)),
        ("CopyStmt.options:log_verbosity", "LOG_VERBOSITY", 17, _EMPTY, "LOG_VERBOSITY verbose", (SYNTAX_ERROR,)),
        ("CopyStmt.options:force_null=*", "FORCE_NULL *", 17, _EMPTY, "FORMAT csv, FORCE_NULL *", (INVALID_PARAMETER,)),
        (
            "CopyStmt.options:force_not_null=*",
            "FORCE_NOT_NULL *",
            17,
            _EMPTY,
            "FORMAT csv, FORCE_NOT_NULL *",
            (INVALID_PARAMETER,),
        ),
        (
            "CopyStmt.options:reject_limit",
            "REJECT_LIMIT",
            18,
            _EMPTY,
            "ON_ERROR ignore, REJECT_LIMIT 3",
            (SYNTAX_ERROR,),
        ),
        (
            "CopyStmt.options:log_verbosity=silent",
            "LOG_VERBOSITY silent",
            18,
            _EMPTY,
            "ON_ERROR ignore, LOG_VERBOSITY silent",
            (SYNTAX_ERROR, INVALID_PARAMETER),
        ),
    )
)
