"""Values written as literals are what the same values are when a driver binds them online, for every type."""

from __future__ import annotations

import datetime
import decimal
import ipaddress
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from geoalchemy2 import Geometry, WKBElement, WKTElement
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql as pg

from release.scratch.server import Server
from release.source.implementation import _neutralise
from tests.databases import find_program, url_of

TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
SMALL = st.integers(-(2**31), 2**31 - 1)
ZONES = st.integers(-12 * 60, 14 * 60).map(lambda minutes: datetime.timezone(datetime.timedelta(minutes=minutes)))
NAIVE = st.datetimes()
AWARE = st.datetimes(datetime.datetime(2, 1, 1), datetime.datetime(9998, 12, 31), timezones=ZONES)  # noqa: DTZ001
NUMBERS = st.decimals(allow_nan=True, allow_infinity=True, places=4, min_value=None, max_value=None).filter(
    lambda value: (
        not value.is_snan()
        and str(value) != "-NaN"
        and (not value.is_finite() or abs(value) < decimal.Decimal(10) ** 20)
    )
)
SPANS = st.timedeltas(datetime.timedelta(days=-(10**6)), datetime.timedelta(days=10**6))


def ranges(ends: st.SearchStrategy[Any]) -> st.SearchStrategy[pg.Range[Any]]:
    def make(pair: tuple[Any, Any], bounds: Any) -> pg.Range[Any]:
        low, high = pair
        if low is not None and high is not None and low > high:
            low, high = high, low
        return pg.Range(low, high, bounds=bounds)

    some = st.builds(make, st.tuples(st.none() | ends, st.none() | ends), st.sampled_from(["[)", "[]", "()", "(]"]))
    return some | st.just(pg.Range(empty=True))


def listed(items: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.none() | items, max_size=4)


COLUMNS: dict[str, tuple[sa.types.TypeEngine[Any], st.SearchStrategy[Any]]] = {
    "text": (sa.Text(), TEXT),
    "varchar": (sa.String(40), TEXT),
    "integer": (sa.Integer(), SMALL),
    "bigint": (sa.BigInteger(), st.integers(-(2**63), 2**63 - 1)),
    "float": (sa.Float(), st.floats()),
    "real": (sa.REAL(), st.floats(width=32) | st.sampled_from([0.1, 1e-7, 16777217.000001])),
    "numeric": (sa.Numeric(), NUMBERS),
    "float_in_numeric": (sa.Numeric(), st.floats(allow_nan=False, allow_infinity=False, width=32)),
    "boolean": (sa.Boolean(), st.booleans()),
    "bytea": (sa.LargeBinary(), st.binary(max_size=20)),
    "json": (sa.JSON(), JSON),
    "jsonb": (pg.JSONB(), JSON.filter(lambda value: "\\u0000" not in repr(value))),
    "json_none": (pg.JSONB(none_as_null=True), st.none() | SMALL),
    "hstore": (pg.HSTORE(), st.dictionaries(TEXT, st.none() | TEXT, max_size=3)),
    "uuid": (sa.Uuid(), st.uuids()),
    "uuid_text": (pg.UUID(as_uuid=False), st.uuids().map(str)),
    "date": (sa.Date(), st.dates()),
    "date_text": (sa.Date(), st.sampled_from(["infinity", "-infinity", "2020-02-29"])),
    "timestamp": (sa.DateTime(), NAIVE),
    "timestamp_aware": (sa.DateTime(), AWARE),
    "timestamptz": (sa.DateTime(timezone=True), AWARE),
    "timestamptz_naive": (sa.DateTime(timezone=True), NAIVE),
    "time": (sa.Time(), st.times()),
    "timetz": (sa.Time(timezone=True), st.times(timezones=ZONES)),
    "interval": (sa.Interval(), SPANS),
    "pg_interval": (pg.INTERVAL(), SPANS),
    "enum": (sa.Enum("sad", "it's", 'a "b"', name="mood"), st.sampled_from(["sad", "it's", 'a "b"'])),
    "inet": (pg.INET(), st.ip_addresses()),
    "cidr": (pg.CIDR(), st.ip_addresses(v=4).map(lambda each: ipaddress.ip_network(f"{each}/32"))),
    "int4range": (pg.INT4RANGE(), ranges(st.integers(-(2**30), 2**30))),
    "numrange": (pg.NUMRANGE(), ranges(st.decimals(-1000, 1000, places=3))),
    "daterange": (pg.DATERANGE(), ranges(st.dates(datetime.date(2, 1, 1), datetime.date(9000, 1, 1)))),
    "tsrange": (pg.TSRANGE(), ranges(NAIVE)),
    "tstzrange": (pg.TSTZRANGE(), ranges(AWARE)),
    "int4multirange": (pg.INT4MULTIRANGE(), st.lists(ranges(st.integers(-1000, 1000)), max_size=3)),
    "integers": (pg.ARRAY(sa.Integer), listed(SMALL)),
    "texts": (pg.ARRAY(sa.Text), listed(TEXT)),
    "varchars": (pg.ARRAY(sa.String(40)), listed(TEXT)),
    "jsonbs": (pg.ARRAY(pg.JSONB), st.lists(st.dictionaries(st.text("ab'\"\\,{}"), SMALL, max_size=2), max_size=3)),
    "byteas": (pg.ARRAY(sa.LargeBinary), listed(st.binary(max_size=5))),
    "timestamptzs": (pg.ARRAY(sa.DateTime(timezone=True)), listed(AWARE)),
    "uuids": (pg.ARRAY(sa.Uuid), listed(st.uuids())),
    "ranges": (pg.ARRAY(pg.INT4RANGE), listed(ranges(st.integers(-1000, 1000)))),
    "matrix": (pg.ARRAY(sa.Integer, dimensions=2), st.lists(st.lists(SMALL, min_size=2, max_size=2), max_size=3)),
    "geometry": (
        Geometry("POINT", 4326),
        st.tuples(st.integers(-180, 180), st.integers(-90, 90)).map(
            lambda point: WKTElement(f"POINT({point[0]} {point[1]})", 4326)
        ),
    ),
    "geometry_text": (Geometry("POINT", 4326), st.integers(-90, 90).map(lambda n: f"SRID=4326;POINT({n} {n})")),
    "geometry_wkb": (
        Geometry("POINT", 4326),
        st.just(WKBElement("0101000020e6100000000000000000f03f0000000000000040", extended=True)),
    ),
}  # fmt: skip


class Both:
    """A table filled online in one schema and by literals in another."""

    def __init__(self, server: Server, dbname: str) -> None:
        self.engine = sa.create_engine(
            url_of(server, dbname), poolclass=sa.pool.StaticPool, connect_args={"prepare_threshold": None}
        )
        self.connection = self.engine.connect()
        self.connection.execute(sa.text("SET timezone = 'UTC'"))
        self.connection.execute(sa.text("SET search_path = online, public"))
        self.psql = [find_program(server, "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", server.conninfo(dbname)]

    def check(self, name: str, type_: sa.types.TypeEngine[Any], values: list[Any]) -> None:
        table = sa.Table(f"t_{name}", sa.MetaData(), sa.Column("n", sa.Integer), sa.Column("v", type_))
        rows = [{"n": number, "v": value} for number, value in enumerate(values)]
        self.connection.rollback()  # what a failure before this one has left
        for schema in ("online", "offline"):
            self.connection.execute(sa.text(f"SET search_path = {schema}, public"))
            table.drop(self.connection, checkfirst=True)
            if isinstance(type_, sa.Enum):
                type_.create(self.connection, checkfirst=True)
            self.connection.execute(sa.schema.CreateTable(table))
        self.connection.execute(sa.text("SET search_path = online, public"))
        Operations(MigrationContext.configure(self.connection)).bulk_insert(table, rows)
        self.connection.commit()
        self._run("".join(self._script(table, rows)))
        query = "SELECT n, v::text FROM {}.t_{} ORDER BY n"
        there, here = (
            self.connection.execute(sa.text(query.format(schema, name))).all() for schema in ("online", "offline")
        )
        self.connection.commit()
        assert here == there

    def _script(self, table: sa.Table, rows: list[dict[str, Any]]) -> Iterator[str]:
        dialect = self.engine.dialect.__class__()
        _neutralise(dialect)
        yield "SET timezone = 'UTC';\nSET search_path = offline, public;\n"
        for row in rows:
            compiler: Any = dialect.statement_compiler
            compiler.values = row
            compiled = table.insert().inline().compile(
                dialect=dialect, column_keys=list(row), compile_kwargs={"literal_binds": True}
            )  # fmt: skip
            yield f"{compiled};\n"

    def _run(self, script: str) -> None:
        done = subprocess.run(self.psql, input=script, capture_output=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stderr + script


@pytest.fixture(scope="module")
def both(server: Server) -> Iterator[Both]:
    name = f"{server.prefix}literals"
    server.create_database(name)
    with server.connect(name) as connection:
        connection.execute("CREATE EXTENSION postgis; CREATE EXTENSION hstore; CREATE SCHEMA online")
        connection.execute("CREATE SCHEMA offline")
    both = Both(server, name)
    yield both
    both.connection.close()
    both.engine.dispose()
    server.drop_database(name)


@pytest.mark.parametrize("name", COLUMNS)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_literal_is_what_a_driver_would_bind(name: str, data: st.DataObject, both: Both) -> None:
    type_, strategy = COLUMNS[name]
    # many values a round: what takes time is the round
    values = data.draw(st.lists(st.none() | strategy if "geometry" not in name else strategy, min_size=1, max_size=25))
    both.check(name, type_, values)
