"""Values at the ends of their types are written as the project's own driver would have stored them."""

from __future__ import annotations

import asyncio
import datetime
import decimal
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from release.scratch.server import Server
from release.source.implementation import _neutralise
from release.source.online import _OTHER_WORDS
from tests.databases import NewDatabase

DRIVERS = ("psycopg", "psycopg2", "pg8000", "asyncpg")
FIRST, LAST = datetime.datetime.min, datetime.datetime.max  # noqa: DTZ901  # what drivers compare with
HOUR = datetime.timezone(datetime.timedelta(hours=1))
WEST = datetime.timezone(datetime.timedelta(hours=-1))
DAYS = [datetime.date.max, datetime.date.min, datetime.date(9999, 12, 30), datetime.date(1, 1, 2)]
NAIVE = [LAST, FIRST, LAST.replace(microsecond=0), datetime.datetime(9999, 12, 31), datetime.datetime(2, 1, 1)]  # noqa: DTZ001
AWARE = [
    *(end.replace(tzinfo=datetime.UTC) for end in (LAST, FIRST)),
    *(LAST.replace(hour=hour, tzinfo=WEST) for hour in (22, 21)),  # the first is the last moment in UTC
    *(FIRST.replace(hour=hour, tzinfo=HOUR) for hour in (1, 2)),
]
NUMBERS = [decimal.Decimal(each) for each in ("Infinity", "-Infinity", "NaN", "1.50")]
FLOATS = [float(each) for each in ("inf", "-inf", "nan", "-0.0")]
YEAR = datetime.date(2020, 1, 1)
MOMENT = datetime.datetime(2020, 1, 1)  # noqa: DTZ001
COLUMNS: dict[str, tuple[sa.types.TypeEngine[Any], list[Any]]] = {
    "date": (sa.Date(), DAYS),
    "timestamp": (sa.DateTime(), NAIVE),
    "timestamptz": (sa.DateTime(timezone=True), AWARE + NAIVE[:2]),
    "untyped": (sa.types.NULLTYPE, NAIVE + AWARE[:3]),
    "dates": (pg.ARRAY(sa.Date), [DAYS]),
    "timestamps": (pg.ARRAY(sa.DateTime), [NAIVE]),
    "timestamptzs": (pg.ARRAY(sa.DateTime(timezone=True)), [AWARE]),
    "daterange": (pg.DATERANGE(), [pg.Range(YEAR, day, bounds="[]") for day in (DAYS[0], DAYS[2])]),
    "datemultirange": (pg.DATEMULTIRANGE(), [[pg.Range(DAYS[1], YEAR)]]),
    "tsrange": (pg.TSRANGE(), [pg.Range(MOMENT, LAST), pg.Range(FIRST, MOMENT)]),
    "tstzrange": (pg.TSTZRANGE(), [pg.Range(MOMENT.replace(tzinfo=datetime.UTC), AWARE[0])]),
    "time": (sa.Time(), [datetime.time.max, datetime.time.min]),
    "numeric": (sa.Numeric(), NUMBERS),
    "numerics": (pg.ARRAY(sa.Numeric), [NUMBERS]),
    "float": (sa.Float(), FLOATS),
}

REFUSED = {("psycopg2", "datemultirange")}  # by the driver, online


def connected(driver: str, server: Server, dbname: str, work: Callable[[sa.Connection], None]) -> None:
    words = _OTHER_WORDS.get(driver, {})
    options: dict[str, Any] = {words.get(name, name): value for name, value in server.parameters_of(dbname).items()}
    if words:
        options["port"] = int(options["port"])
    if driver == "pg8000" and options["host"].startswith("/"):
        options["unix_sock"] = f"{options.pop('host')}/.s.PGSQL.{options.pop('port')}"
    url = f"postgresql+{driver}://"
    if driver == "asyncpg":

        async def run() -> None:
            engine = create_async_engine(url, connect_args=options, poolclass=NullPool)
            async with engine.begin() as connection:
                await connection.run_sync(work)

        asyncio.run(run())
    else:
        with sa.create_engine(url, connect_args=options, poolclass=NullPool).begin() as connection:
            work(connection)


def stored(connection: sa.Connection, name: str, statement: Any, values: dict[str, Any]) -> str:
    """What a table holds after a statement, or that online refuses the value."""
    type_ = COLUMNS[name][0]
    spelled = "timestamptz" if name == "untyped" else type_.compile(connection.dialect)
    inside = connection.begin_nested()
    try:
        connection.exec_driver_sql(f"CREATE TEMP TABLE x (v {spelled})")
        connection.execute(statement, values)
        return str(connection.exec_driver_sql("SELECT v::text FROM x").scalar())
    except (sa.exc.DBAPIError, sa.exc.StatementError, OverflowError):
        return "refused"
    finally:
        inside.rollback()


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("driver", DRIVERS)
def test_a_literal_is_what_this_driver_stores(
    driver: str, name: str, server: Server, new_database: NewDatabase
) -> None:
    type_, values = COLUMNS[name]
    table = sa.table("x", sa.column("v", type_))
    found = []

    def compare(connection: sa.Connection) -> None:
        connection.exec_driver_sql("SET timezone = 'UTC'")
        for value in values:
            online = stored(connection, name, table.insert(), {"v": value})
            if online == "refused":  # nothing is to be like it
                continue
            dialect = type(connection.dialect)()
            _neutralise(dialect)
            compiler: Any = dialect.statement_compiler
            compiler.values = {"v": value}
            text = str(
                table.insert().inline().compile(
                    dialect=dialect, column_keys=["v"], compile_kwargs={"literal_binds": True}
                )
            )  # fmt: skip
            found.append((online, stored(connection, name, sa.text(text.replace(":", "\\:")), {}), text))

    connected(driver, server, new_database(), compare)
    assert bool(found) != ((driver, name) in REFUSED)
    assert [online for online, _, _ in found] == [offline for _, offline, _ in found], found


def test_what_asyncpg_takes_for_endless() -> None:
    dialect = sa.dialects.registry.load("postgresql.asyncpg")()
    _neutralise(dialect)
    compiler: Any = dialect.statement_compiler
    table = sa.table("x", sa.column("v", sa.DateTime(timezone=True)))
    compiler.values = {"v": AWARE[2]}
    statement = table.insert().inline()
    text = statement.compile(dialect=dialect, column_keys=["v"], compile_kwargs={"literal_binds": True})
    assert str(text) == "INSERT INTO x (v) VALUES ('infinity'::timestamptz)"
