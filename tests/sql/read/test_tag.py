"""Command tags, against the server's own answer; `test_effects` does the same for every example of the table."""

from __future__ import annotations

import psycopg
import pytest
from postgast import pg_query_pb2

from release.scratch.server import Server
from release.sql.read.tag import TAGS
from tests.sql.holding import parse, without_counts

FUNCTION = "CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'"
PROCEDURE = "CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1'"
MOOD = "CREATE TYPE mood AS ENUM ('good')"
LIST = "CREATE MATERIALIZED VIEW list AS SELECT * FROM rooms"
SERVER = "CREATE FOREIGN DATA WRAPPER dummy; CREATE SERVER elsewhere FOREIGN DATA WRAPPER dummy"
TABLE = f"{SERVER}; CREATE FOREIGN TABLE remote_rooms (id integer) SERVER elsewhere"
MAPPING = f"{SERVER}; CREATE USER MAPPING FOR PUBLIC SERVER elsewhere"
AGGREGATE = "CREATE AGGREGATE total (integer) (SFUNC = int4pl, STYPE = integer)"
EVENT = (
    "CREATE FUNCTION log_it() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';"
    " CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION log_it()"
)
TRIGGER = "CREATE TRIGGER watch BEFORE UPDATE ON rooms FOR EACH ROW EXECUTE FUNCTION nothing()"

# Each line is statements of which the last one's tag is compared.
CASES = """
SELECT 1
VALUES (1), (2)
TABLE rooms
WITH gone AS (DELETE FROM visits_2026 RETURNING 1) SELECT * FROM gone
WITH a AS (SELECT 1) UPDATE rooms SET name = 'x'
INSERT INTO buildings (id) VALUES (5), (6)
INSERT INTO buildings (id) VALUES (7) RETURNING id
DELETE FROM visits_2026
SELECT * INTO spaces FROM rooms
CREATE TABLE spaces AS SELECT * FROM rooms
CREATE TABLE spaces AS SELECT * FROM rooms WITH NO DATA
CREATE TABLE spaces AS VALUES (1)
{LIST}
CREATE MATERIALIZED VIEW list AS SELECT * FROM rooms WITH NO DATA
CREATE TEMPORARY TABLE t (id integer)
CREATE OR REPLACE VIEW v AS SELECT 1
CREATE UNIQUE INDEX ON rooms (name)
{FUNCTION}
{PROCEDURE}
{PROCEDURE}; CALL p()
{FUNCTION}; ALTER FUNCTION f() STABLE
{PROCEDURE}; ALTER PROCEDURE p() SECURITY DEFINER
{FUNCTION}; ALTER ROUTINE f() STABLE
{FUNCTION}; ALTER FUNCTION f() RENAME TO g
{PROCEDURE}; ALTER PROCEDURE p() OWNER TO pg_monitor
{FUNCTION}; ALTER ROUTINE f() SET SCHEMA pg_catalog
{FUNCTION}; DROP FUNCTION f()
{PROCEDURE}; DROP PROCEDURE p()
{FUNCTION}; DROP ROUTINE f()
{AGGREGATE}
{AGGREGATE}; ALTER AGGREGATE total (integer) RENAME TO sums
{AGGREGATE}; DROP AGGREGATE total (integer)
CREATE OPERATOR ### (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4pl)
CREATE OPERATOR ### (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4pl); DROP OPERATOR ### (integer, integer)
CREATE COLLATION here FROM "C"
CREATE COLLATION here FROM "C"; DROP COLLATION here
CREATE TYPE shell
{MOOD}
CREATE TYPE place AS (id integer)
CREATE TYPE span AS RANGE (subtype = text)
{MOOD}; ALTER TYPE mood RENAME VALUE 'good' TO 'fine'
{MOOD}; ALTER TYPE mood RENAME TO temper
{MOOD}; ALTER TYPE mood OWNER TO pg_monitor
{MOOD}; DROP TYPE mood
CREATE TYPE place AS (id integer); ALTER TYPE place ADD ATTRIBUTE b integer
CREATE TYPE place AS (id integer); ALTER TYPE place RENAME ATTRIBUTE id TO number
CREATE DOMAIN label AS text CONSTRAINT c CHECK (value <> '')
CREATE DOMAIN label AS text; ALTER DOMAIN label SET NOT NULL
CREATE DOMAIN label AS text CONSTRAINT c CHECK (value <> ''); ALTER DOMAIN label RENAME CONSTRAINT c TO d
CREATE DOMAIN label AS text; ALTER DOMAIN label RENAME TO tag
CREATE DOMAIN label AS text; DROP DOMAIN label
ALTER TABLE rooms RENAME TO spaces
ALTER TABLE rooms RENAME COLUMN name TO title
ALTER TABLE rooms RENAME CONSTRAINT rooms_pkey TO pk_rooms
ALTER VIEW device_types RENAME COLUMN type TO kind
ALTER TABLE device_types RENAME COLUMN type TO kind
{LIST}; ALTER MATERIALIZED VIEW list RENAME COLUMN name TO title
{TABLE}; ALTER FOREIGN TABLE remote_rooms RENAME COLUMN id TO number
{TABLE}; ALTER FOREIGN TABLE remote_rooms ADD COLUMN name text
{TABLE}; DROP FOREIGN TABLE remote_rooms
ALTER INDEX rooms_pkey RENAME TO pk_rooms
ALTER INDEX rooms_pkey SET (fillfactor = 80)
ALTER TABLE rooms_pkey RENAME TO pk_rooms
ALTER VIEW device_types OWNER TO pg_monitor
ALTER VIEW device_types SET (security_barrier = on)
{LIST}; ALTER MATERIALIZED VIEW list CLUSTER ON list_id
ALTER SEQUENCE numbers OWNER TO pg_monitor
ALTER SEQUENCE numbers RESTART
ALTER SEQUENCE numbers RENAME TO digits
DROP SEQUENCE numbers
DROP VIEW device_types
{LIST}; DROP MATERIALIZED VIEW list
{LIST}; REFRESH MATERIALIZED VIEW list
{TRIGGER}; ALTER TRIGGER watch ON rooms RENAME TO guard
{TRIGGER}; DROP TRIGGER watch ON rooms
CREATE POLICY p ON rooms; ALTER POLICY p ON rooms RENAME TO q
CREATE POLICY p ON rooms; DROP POLICY p ON rooms
CREATE RULE r AS ON DELETE TO rooms DO NOTHING; DROP RULE r ON rooms
CREATE SCHEMA other; ALTER SCHEMA other RENAME TO another
CREATE SCHEMA other; ALTER SCHEMA other OWNER TO pg_monitor
CREATE SCHEMA other; DROP SCHEMA other
CREATE EXTENSION fuzzystrmatch; ALTER EXTENSION fuzzystrmatch SET SCHEMA pg_catalog
CREATE EXTENSION fuzzystrmatch; DROP EXTENSION fuzzystrmatch
CREATE STATISTICS s ON name, status FROM rooms; ALTER STATISTICS s RENAME TO t
CREATE STATISTICS s ON name, status FROM rooms; DROP STATISTICS s
CREATE PUBLICATION p; ALTER PUBLICATION p OWNER TO CURRENT_USER
CREATE PUBLICATION p; DROP PUBLICATION p
CREATE FOREIGN DATA WRAPPER dummy
CREATE FOREIGN DATA WRAPPER dummy; ALTER FOREIGN DATA WRAPPER dummy OPTIONS (a 'b')
CREATE FOREIGN DATA WRAPPER dummy; ALTER FOREIGN DATA WRAPPER dummy RENAME TO d
CREATE FOREIGN DATA WRAPPER dummy; DROP FOREIGN DATA WRAPPER dummy
{SERVER}
{SERVER}; ALTER SERVER elsewhere OPTIONS (a 'b')
{SERVER}; ALTER SERVER elsewhere RENAME TO e
{SERVER}; DROP SERVER elsewhere
{MAPPING}
{MAPPING}; ALTER USER MAPPING FOR PUBLIC SERVER elsewhere OPTIONS (a 'b')
{MAPPING}; DROP USER MAPPING FOR PUBLIC SERVER elsewhere
{EVENT}; ALTER EVENT TRIGGER watch DISABLE
{EVENT}; ALTER EVENT TRIGGER watch RENAME TO guard
{EVENT}; DROP EVENT TRIGGER watch
CREATE TEXT SEARCH CONFIGURATION c (COPY = simple)
CREATE TEXT SEARCH CONFIGURATION c (COPY = simple); ALTER TEXT SEARCH CONFIGURATION c RENAME TO d
CREATE TEXT SEARCH CONFIGURATION c (COPY = simple); ALTER TEXT SEARCH CONFIGURATION c DROP MAPPING FOR word
CREATE TEXT SEARCH CONFIGURATION c (COPY = simple); DROP TEXT SEARCH CONFIGURATION c
CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple)
CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple); ALTER TEXT SEARCH DICTIONARY d (STOPWORDS = english)
CREATE CONVERSION c FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8
CREATE OPERATOR FAMILY f USING btree
CREATE OPERATOR FAMILY f USING btree; ALTER OPERATOR FAMILY f USING btree ADD FUNCTION 1 (oid, oid) btoidcmp(oid, oid)
CREATE OPERATOR FAMILY f USING btree; ALTER OPERATOR FAMILY f USING btree RENAME TO g
CREATE OPERATOR FAMILY f USING btree; DROP OPERATOR FAMILY f USING btree
CREATE ACCESS METHOD h TYPE TABLE HANDLER heap_tableam_handler
CREATE ACCESS METHOD h TYPE TABLE HANDLER heap_tableam_handler; DROP ACCESS METHOD h
{MOOD}; CREATE CAST (mood AS integer) WITH INOUT
{MOOD}; CREATE CAST (mood AS integer) WITH INOUT; DROP CAST (mood AS integer)
SELECT lo_create(4242); ALTER LARGE OBJECT 4242 OWNER TO pg_monitor
GRANT SELECT ON rooms TO pg_monitor
REVOKE SELECT ON rooms FROM pg_monitor
GRANT pg_monitor TO pg_signal_backend
REVOKE pg_monitor FROM pg_signal_backend
ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM pg_monitor
CREATE USER release_worker
CREATE ROLE release_worker; ALTER ROLE release_worker LOGIN
CREATE ROLE release_worker; ALTER ROLE release_worker SET work_mem = '4MB'
CREATE ROLE release_worker; ALTER ROLE release_worker RENAME TO release_other
CREATE ROLE release_worker; DROP ROLE release_worker
TRUNCATE visits_2026
COPY rooms TO PROGRAM 'cat >/dev/null'
COMMENT ON TABLE rooms IS 'x'
REINDEX TABLE rooms
ANALYZE rooms
CLUSTER rooms USING rooms_pkey
LOCK TABLE rooms
EXPLAIN SELECT 1
SET LOCAL work_mem = '4MB'
SET TRANSACTION READ ONLY
RESET work_mem
RESET ALL
SHOW work_mem
SET CONSTRAINTS ALL DEFERRED
DISCARD PLANS
DISCARD TEMP
DISCARD SEQUENCES
CHECKPOINT
LOAD 'plpgsql'
DO 'BEGIN END'
NOTIFY news
LISTEN news
UNLISTEN *
PREPARE q AS SELECT 1
PREPARE q AS SELECT 1; DEALLOCATE q
DEALLOCATE ALL
DECLARE c CURSOR FOR SELECT 1
DECLARE c CURSOR FOR SELECT 1; FETCH c
DECLARE c CURSOR FOR SELECT 1; MOVE c
DECLARE c CURSOR FOR SELECT 1; CLOSE c
CLOSE ALL
SAVEPOINT a
SAVEPOINT a; RELEASE a
SAVEPOINT a; ROLLBACK TO a
COMMIT
END
ROLLBACK
ABORT
COMMIT; BEGIN
COMMIT; START TRANSACTION
"""

NAMES = {
    "FUNCTION": FUNCTION, "PROCEDURE": PROCEDURE, "MOOD": MOOD, "LIST": LIST, "SERVER": SERVER, "TABLE": TABLE,
    "MAPPING": MAPPING, "AGGREGATE": AGGREGATE, "EVENT": EVENT, "TRIGGER": TRIGGER,
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_tag(case: str, server: Server, database: str) -> None:
    steps = case.format_map(NAMES).replace("'BEGIN END'; ", "'BEGIN END'\x00").split("; ")
    steps = [part for step in steps for part in step.split("\x00")]
    with server.connect(database) as connection:
        connection.execute("BEGIN")
        for step in steps[:-1]:
            connection.execute(step.encode())
            if step == LIST:
                connection.execute("CREATE INDEX list_id ON list (id)")
        answer = connection.execute(steps[-1].encode()).statusmessage or ""
        if connection.info.transaction_status is not psycopg.pq.TransactionStatus.IDLE:
            connection.execute("ROLLBACK")
    assert parse(steps[-1]).tag == without_counts(answer)


def test_every_statement_has_a_tag() -> None:
    """All statement nodes of PostgreSQL 18, but for those that only the server makes."""
    nodes = {name for name in pg_query_pb2.DESCRIPTOR.message_types_by_name if name.endswith("Stmt")}
    internal = {"RawStmt", "SetOperationStmt", "ReturnStmt", "PLAssignStmt", "ReplicaIdentityStmt"}
    made = {  # by code, not in TAGS
        "AlterFunctionStmt", "AlterObjectDependsStmt", "AlterObjectSchemaStmt", "AlterOwnerStmt",
        "AlterTableMoveAllStmt", "AlterTableStmt", "ClosePortalStmt", "CreateFunctionStmt", "CreateTableAsStmt",
        "DeallocateStmt", "DefineStmt", "DiscardStmt", "DropStmt", "FetchStmt", "GrantRoleStmt", "GrantStmt",
        "RenameStmt", "SelectStmt", "TransactionStmt", "VacuumStmt", "VariableSetStmt",
    }  # fmt: skip
    assert nodes - internal == TAGS.keys() | made
