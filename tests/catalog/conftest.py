"""A database with something of most kinds in it."""

from __future__ import annotations

import pytest

from release.scratch.server import Server
from tests.databases import suit

WORLD = """
CREATE SCHEMA s;
CREATE TYPE s.state AS ENUM ('draft', 'active');
CREATE DOMAIN s.positive AS integer CHECK (value > 0);
CREATE TYPE s.pair AS (a integer, b text);
CREATE FUNCTION s.one() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION s.changed() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TABLE s.t (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar(20) DEFAULT 'x', n integer,
    place geometry(Point, 4326), CONSTRAINT small CHECK (n < 100));
CREATE INDEX by_name ON s.t (name);
CREATE TABLE s.child (t_id integer CONSTRAINT fk REFERENCES s.t (id));
CREATE VIEW s.v AS SELECT t_id FROM s.child;
CREATE TRIGGER changes BEFORE UPDATE ON s.t FOR EACH ROW EXECUTE FUNCTION s.changed();
CREATE TABLE s.parts (at date) PARTITION BY RANGE (at);
CREATE TABLE s.part PARTITION OF s.parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
COMMENT ON TABLE s.t IS 'it';
COMMENT ON TYPE s.state IS 'of it';
"""


@pytest.fixture(scope="session")
def world(server: Server, template: str | None) -> str:
    name = f"{server.prefix}catalog"
    server.create_database(name, template)
    with server.connect(name) as connection:
        connection.execute(suit(WORLD).encode())
        connection.execute("CREATE FUNCTION s.ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'")
    return name
