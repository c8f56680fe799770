"""Facts that every table of the schema keeps to, read off the catalog."""

from __future__ import annotations

import pytest

from tests.arxos.conftest import At, Rows

TABLES = [
         "annotations",     "assignments",     "audit_logs",     "building_systems",     "buildings",
    "catalog_items",     "categories",     "chat_messages",     "comments",     "devices",     "doors",
    "drawings",     "floors",     "maintenance_tasks",     "object_history",     "projects",     "rooms",
    "user_category_permissions",     "users",     "walls",     "windows",     "zones",
]  # fmt: skip
OBJECTS = {
    "rooms": ["name"],
    "walls": ["room_id", "material"],
    "doors": ["room_id", "material"],
    "windows": ["room_id", "material"],
    "devices": ["room_id", "type", "system", "subtype"],
    "labels": ["room_id", "text"],
    "zones": ["room_id", "name"],
}
OF_ALL_OBJECTS = [
    "id", "layer", "status", "category", "created_by", "locked_by", "assigned_to", "building_id", "floor_id",
    "project_id", "building_id,floor_id", "project_id,status", "geom",
]  # fmt: skip
INDEXED = {
    "users": ["id", "email", "username"],
    "projects": ["id", "user_id", "created_at"],
    "buildings": ["id", "owner_id", "project_id", "created_at", "updated_at"],
    "floors": ["id", "name", "building_id"],
    "categories": ["id", "name", "building_id"],
    "drawings": ["id", "name", "project_id", "created_at"],
    "comments": ["id", "user_id", "object_id", "object_type", "created_at"],
    "assignments": ["id", "user_id", "object_id", "object_type", "status", "assigned_at"],
    "object_history": ["id", "user_id", "object_id", "object_type", "change_type", "changed_at"],
    "audit_logs": ["id", "user_id", "object_id", "object_type", "action", "created_at"],
    "user_category_permissions": ["id", "user_id", "category_id", "project_id", "can_edit"],
    "chat_messages": ["id", "building_id", "user_id", "audit_log_id", "created_at"],
    "catalog_items": [
        "id",
        "category_id",
        "created_by",
        "make",
        "model",
        "type",
        "approved",
        "created_at",
        "make,model,type",
    ],
} | {table: own + OF_ALL_OBJECTS for table, own in OBJECTS.items()}

OURS = "n.nspname = 'public' AND c.relname NOT IN ('spatial_ref_sys', 'alembic_version')"


def test_tables(unchanged: At, rows: Rows) -> None:
    tables = rows(
        unchanged("009"),
        f"""SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND {OURS} ORDER BY 1""",
    )
    assert tables == [(table,) for table in TABLES]


def test_what_is_indexed_after_1_0_0(unchanged: At, rows: Rows) -> None:
    found: dict[object, list[object]] = {}
    for table, columns in rows(
        unchanged("002"),
        f"""SELECT c.relname, (
            SELECT string_agg(a.attname, ',' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = i.indexrelid)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {OURS}""",
    ):
        found.setdefault(table, []).append(columns)
    assert {table: sorted(map(str, columns)) for table, columns in found.items()} == {
        table: sorted(columns) for table, columns in INDEXED.items()
    }


@pytest.mark.parametrize("revision", ["002", "005", "009"])
def test_every_foreign_key_is_indexed(unchanged: At, rows: Rows, revision: str) -> None:
    keys = """
        FROM pg_constraint k WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace"""
    database = unchanged(revision, seeded=True)
    assert rows(database, f"SELECT count(*) > 60 {keys}") == [(True,)]
    missing = f"""
        SELECT k.conname {keys} AND NOT EXISTS (
            SELECT FROM pg_index i
            WHERE i.indrelid = k.conrelid AND i.indkey[0] = k.conkey[1] AND i.indpred IS NULL AND i.indisvalid)"""
    assert rows(database, missing) == []


def test_what_happens_to_references(unchanged: At, rows: Rows) -> None:
    kept = rows(
        unchanged("002"),
        """SELECT conrelid::regclass::text, a.attname FROM pg_constraint k
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
        WHERE contype = 'f' AND confdeltype = 'n'""",
    )
    people = ("created_by", "locked_by", "assigned_to")
    assert set(kept) == {("buildings", "owner_id"), *((table, column) for table in OBJECTS for column in people)}
    others = rows(unchanged("009"), "SELECT DISTINCT confdeltype::text FROM pg_constraint WHERE contype = 'f'")
    assert set(others) == {("n",), ("c",)}


def test_geometry(unchanged: At, rows: Rows) -> None:
    query = "SELECT f_table_name, f_geometry_column, type, srid FROM geometry_columns ORDER BY 1"
    assert rows(unchanged("009"), query) == [
        ("annotations", "geom", "POINT", 4326),
        ("building_systems", "location", "POINT", 4326),
        ("devices", "geom", "POINT", 4326),
        ("doors", "geom", "GEOMETRY", 4326),
        ("rooms", "geom", "POLYGON", 4326),
        ("walls", "geom", "GEOMETRY", 4326),
        ("windows", "geom", "GEOMETRY", 4326),
        ("zones", "geom", "POLYGON", 4326),
    ]


def test_keys_and_times(unchanged: At, rows: Rows) -> None:
    database = unchanged("009")
    columns = f"""FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND {OURS}"""
    text_keys = rows(database, f"SELECT c.relname {columns} AND a.attname = 'id' AND a.attidentity = '' ORDER BY 1")
    assert text_keys == [(table,) for table in sorted({*OBJECTS, "annotations"} - {"labels"})]
    types = rows(database, f"SELECT DISTINCT format_type(a.atttypid, a.atttypmod) {columns} AND a.attname ~ '_at$'")
    assert types == [("timestamp with time zone",)]
    defaults = rows(
        database,
        f"""SELECT DISTINCT pg_get_expr(d.adbin, d.adrelid) {columns} AND a.attname IN ('created_at', 'updated_at')""",
    )
    assert defaults == [("CURRENT_TIMESTAMP",)]


@pytest.mark.parametrize("revision", ["002", "005", "009"])
def test_names_follow_the_convention(unchanged: At, rows: Rows, revision: str) -> None:
    named = rows(
        unchanged(revision, seeded=True),
        f"""
        SELECT k.conname, k.contype::text, c.relname, (
            SELECT string_agg(a.attname, '_' ORDER BY u.place) FROM unnest(k.conkey) WITH ORDINALITY u (num, place)
            JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num), t.relname
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_class t ON t.oid = k.confrelid WHERE {OURS}
        """,
    )
    for name, kind, table, columns, target in named:
        expected = {
            "p": f"pk_{table}",
            "u": f"uq_{table}_{columns}",
            "f": f"fk_{table}_{columns}_{target}",
            "c": f"ck_{table}_{columns}",
        }
        assert name == expected[str(kind)]
        assert len(str(name)) < 63
    indexes = rows(
        unchanged(revision, seeded=True),
        f"""SELECT i.indexrelid::regclass::text, c.relname, (
            SELECT string_agg(a.attname, '_' ORDER BY a.attnum) FROM pg_attribute a
            WHERE a.attrelid = i.indexrelid AND a.attnum <= i.indnkeyatts)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {OURS} AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)""",
    )
    assert len(indexes) > 100
    for name, table, columns in indexes:
        # a second index on the same columns says what is special about it
        assert str(name).removesuffix("_active").removesuffix("_covering") == f"ix_{table}_{columns}"
        assert len(str(name)) < 63
