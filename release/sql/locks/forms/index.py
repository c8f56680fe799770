"""CREATE, ALTER and DROP INDEX, REINDEX and CLUSTER."""

from __future__ import annotations

from release.model import Effect, Name, Work
from release.sql.locks.forms.form import (
    AE,
    AS,
    INDEX,
    REWRITE,
    SUE,
    Form,
    RelationPart,
    S,
    on,
    partitions,
    unnamed,
)

WRITER = "LOCK TABLE rooms IN ROW EXCLUSIVE MODE"
READER = "LOCK TABLE rooms IN ACCESS SHARE MODE"

INDEXES = (
    Form(
        "IndexStmt",
        "CREATE INDEX",
        "sql-createindex",
        (on(S, INDEX, reach=partitions(S)),),
        "CREATE INDEX ix_rooms_status ON rooms (status) INCLUDE (area) WHERE status = 'open'",
    ),
    Form(
        "IndexStmt ONLY",
        "CREATE INDEX … ON ONLY a partitioned table",
        "sql-createindex",
        (
            on(
                S,
                more=(INDEX,),
                note="INVALID, and not used, until an index of every partition is attached to it; built where the table"
                " is not partitioned",
            ),
        ),
        "CREATE INDEX ix_visits ON ONLY visits (id)",
    ),
    Form(
        "IndexStmt CONCURRENTLY",
        "CREATE INDEX CONCURRENTLY",
        "sql-createindex",
        (
            on(
                SUE,
                INDEX,
                note="two scans; waits for transactions that use the table, then for all that hold an old snapshot",
            ),
        ),
        "CREATE INDEX CONCURRENTLY ix_rooms_status ON rooms (status)",
        blockers=(WRITER,),
    ),
    Form(
        "DropStmt OBJECT_INDEX",
        "DROP INDEX",
        "sql-dropindex",
        (on(AE, part=RelationPart.INDEX, reach=partitions(AE)),),
        "DROP INDEX ix_rooms_name",
        note="the index's table is locked ACCESS EXCLUSIVE",
        unnamed=(unnamed("rooms", AE),),
    ),
    Form(
        "DropStmt OBJECT_INDEX CONCURRENTLY",
        "DROP INDEX CONCURRENTLY",
        "sql-dropindex",
        (
            on(
                SUE,
                part=RelationPart.INDEX,
                note="ACCESS EXCLUSIVE at the very end, when nobody uses the index any more",
            ),
        ),
        "DROP INDEX CONCURRENTLY ix_rooms_name",
        note="the index's table is locked SHARE UPDATE EXCLUSIVE; waits for transactions that use the table",
        unnamed=(unnamed("rooms", SUE),),
        blockers=(WRITER, READER),
    ),
    Form(
        "ReindexStmt INDEX",
        "REINDEX INDEX",
        "sql-reindex",
        (on(AE, INDEX, part=RelationPart.INDEX, reach=partitions(AE, every=False)),),
        "REINDEX INDEX ix_rooms_name",
        note="the index's table is locked SHARE: reads go on, unless they would use the index",
        unnamed=(unnamed("rooms", S, INDEX),),
    ),
    Form(
        "ReindexStmt INDEX CONCURRENTLY",
        "REINDEX INDEX CONCURRENTLY",
        "sql-reindex",
        (on(SUE, INDEX, part=RelationPart.INDEX, reach=partitions(SUE, every=False)),),
        "REINDEX INDEX CONCURRENTLY ix_rooms_name",
        note="the index's table is locked SHARE UPDATE EXCLUSIVE; waits for transactions that use the table",
        unnamed=(unnamed("rooms", SUE, INDEX),),
        blockers=(WRITER,),
    ),
    Form(
        "ReindexStmt TABLE",
        "REINDEX TABLE",
        "sql-reindex",
        (on(S, INDEX, reach=partitions(S, every=False)),),
        "REINDEX TABLE rooms",
        note="its indexes are locked ACCESS EXCLUSIVE: reads wait too, as planning opens every index; "
        "a partitioned table is refused in a transaction block",
        unnamed=(unnamed("rooms_pkey", AE, INDEX), unnamed("ix_rooms_name", AE, INDEX)),
    ),
    Form(
        "ReindexStmt TABLE CONCURRENTLY",
        "REINDEX TABLE CONCURRENTLY",
        "sql-reindex",
        (on(SUE, INDEX, reach=partitions(S, every=False)),),
        "REINDEX TABLE CONCURRENTLY rooms",
        blockers=(WRITER,),
    ),
    Form(
        "ReindexStmt",
        "REINDEX SCHEMA, DATABASE or SYSTEM",
        "sql-reindex",
        (),
        "REINDEX SCHEMA other",
        setup="CREATE SCHEMA other; CREATE TABLE other.chairs (id integer PRIMARY KEY)",
        note="one table after the other, each in a transaction of its own, as by REINDEX TABLE",
        unnamed=(
            Effect(Name("chairs", "other"), S, (Work.INDEX,)),
            Effect(Name("chairs_pkey", "other"), AE, (Work.INDEX,)),
        ),
        blockers=("LOCK TABLE other.chairs IN ROW EXCLUSIVE MODE", "DECLARE c CURSOR FOR SELECT FROM other.chairs"),
    ),
    Form(
        "INDEX AT_SetRelOptions",
        "ALTER INDEX … SET (fillfactor, deduplicate_items)",
        "sql-alterindex",
        (on(SUE, part=RelationPart.INDEX),),
        "ALTER INDEX ix_rooms_name SET (fillfactor = 70)",
    ),
    Form(
        "INDEX AT_ResetRelOptions",
        "ALTER INDEX … RESET (fillfactor, deduplicate_items)",
        "sql-alterindex",
        (on(SUE, part=RelationPart.INDEX),),
        "ALTER INDEX ix_rooms_name RESET (fillfactor)",
    ),
    Form(
        "INDEX AT_SetStatistics",
        "ALTER INDEX … ALTER COLUMN … SET STATISTICS",
        "sql-alterindex",
        (on(SUE, part=RelationPart.INDEX),),
        "ALTER INDEX ix_rooms_lower ALTER COLUMN 1 SET STATISTICS 500",
        setup="CREATE INDEX ix_rooms_lower ON rooms (lower(name))",
    ),
    Form(
        "INDEX AT_SetTableSpace",
        "ALTER INDEX … SET TABLESPACE",
        "sql-alterindex",
        (on(AE, REWRITE, part=RelationPart.INDEX, note="copies the file"),),
        "ALTER INDEX ix_rooms_name SET TABLESPACE release_elsewhere",
        setup="SET allow_in_place_tablespaces = on; CREATE TABLESPACE release_elsewhere LOCATION ''",
    ),
    Form(
        "INDEX AT_AttachPartition",
        "ALTER INDEX … ATTACH PARTITION",
        "sql-alterindex",
        (on(SUE, part=RelationPart.INDEX), on(AE, part=RelationPart.CHILD)),
        "ALTER INDEX ix_visits ATTACH PARTITION ix_visits_2025",
        setup="CREATE INDEX ix_visits ON ONLY visits (id); CREATE INDEX ix_visits_2025 ON visits_2025 (id)",
        note="the indexes' tables are locked ACCESS SHARE",
        unnamed=(unnamed("visits", AS), unnamed("visits_2025", AS)),
    ),
    Form(
        "RenameStmt OBJECT_INDEX",
        "ALTER INDEX … RENAME TO",
        "sql-alterindex",
        (on(SUE, part=RelationPart.INDEX),),
        "ALTER INDEX ix_rooms_name RENAME TO ix_name",
    ),
    Form(
        "CommentStmt OBJECT_INDEX",
        "COMMENT ON INDEX",
        "sql-comment",
        (on(SUE, part=RelationPart.INDEX),),
        "COMMENT ON INDEX ix_rooms_name IS 'by name'",
    ),
    Form(
        "AlterObjectDependsStmt OBJECT_INDEX",
        "ALTER INDEX … DEPENDS ON EXTENSION",
        "sql-alterindex",
        (on(AE, part=RelationPart.INDEX),),
        "ALTER INDEX ix_rooms_name DEPENDS ON EXTENSION postgis",
    ),
    Form(
        "ClusterStmt",
        "CLUSTER … USING",
        "sql-cluster",
        (on(AE, REWRITE, reach=partitions(AE, every=False, since=15)),),
        "CLUSTER rooms USING rooms_pkey",
    ),
    Form(
        "ClusterStmt all",
        "CLUSTER",
        "sql-cluster",
        (),
        "CLUSTER",
        setup="ALTER TABLE rooms CLUSTER ON rooms_pkey",
        note="every table that was clustered before is locked ACCESS EXCLUSIVE and rewritten",
        unnamed=(unnamed("rooms", AE, REWRITE),),
        blockers=(READER,),
    ),
)
