"""Plain `alembic upgrade --sql`, applied by psql, gives what online Alembic gives: stock Alembic, nothing of ours."""

from __future__ import annotations

import pytest

from tests.arxos.conftest import Alembic, At, Migrate
from tests.databases import Dump, NewDatabase, Psql

NOWHERE = "there_is_no_such_database"


def apply(psql: Psql, dbname: str, sql: str) -> None:
    done = psql(dbname, "-q", "-v", "ON_ERROR_STOP=1", input=sql)
    assert done.returncode == 0, done.stderr


def test_all_revisions(
    new_database: NewDatabase, postgis_template: str, unchanged: At, alembic: Alembic, psql: Psql, dump: Dump
) -> None:
    database = new_database()
    apply(psql, database, alembic(NOWHERE, "upgrade", "head", "--sql").stdout)
    assert dump(database) == dump(unchanged("009"))
    apply(psql, database, alembic(NOWHERE, "downgrade", "head:base", "--sql").stdout)
    assert dump(database, exclude=("public.alembic_version",)) == dump(new_database(postgis_template))


@pytest.mark.parametrize(("start", "end"), [("002", "005"), ("005", "009")])
def test_rows_too(
    start: str, end: str, at: At, unchanged: At, alembic: Alembic, migrate: Migrate, psql: Psql, dump: Dump
) -> None:
    database = at(start, seeded=True)
    apply(psql, database, alembic(NOWHERE, "upgrade", f"{start}:{end}", "--sql").stdout)
    assert dump(database) == dump(unchanged(end, seeded=True))
    online = at(end, seeded=True)
    migrate(online, "downgrade", start)
    apply(psql, database, alembic(NOWHERE, "downgrade", f"{end}:{start}", "--sql").stdout)
    assert dump(database) == dump(online)


def test_standard_output_is_sql_alone(alembic: Alembic) -> None:
    done = alembic(NOWHERE, "upgrade", "head", "--sql")
    assert done.stdout.startswith("BEGIN;")
    assert "INFO" not in done.stdout
    assert "\t" not in done.stdout
