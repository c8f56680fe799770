"""Realistic histories: online upgrade on one database, our scripts by psql on another, equal schemas and rows."""
# ruff: noqa: E501  # bodies of migrations stand on the lines their authors would write

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projects import Revision, write_project
from tests.source.conftest import Equal


def test_postgis_with_branches_and_sql_files(tmp_path: Path, equal: Equal, postgis_template: str) -> None:
    run_file = "op.execute((Path(__file__).parent / 'sql' / '{}').read_text(encoding='utf-8'))"
    head = "from pathlib import Path\nfrom geoalchemy2 import Geometry, Geography, WKTElement\nfrom sqlalchemy.dialects import postgresql as pg"
    ini = write_project(
        tmp_path,
        Revision(
            "a1",
            """
            op.create_table(
                "site",
                sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
                sa.Column("name", sa.String(80), nullable=False, index=True),
                sa.Column("at", Geometry("POINT", srid=4326)),
                sa.Column("outline", Geometry("MULTIPOLYGON", srid=4326)),
                sa.Column("tags", pg.JSONB, server_default=sa.text("'{\\"new\\"\\\\:true}'")),
            )
            op.execute("INSERT INTO site (name, at) VALUES ('first', ST_SetSRID(ST_MakePoint(-73.9, 40.7), 4326))")
            """,
            "op.drop_table('site')",
            head=head,
        ),
        Revision("b1", run_file.format("routing_up.sql"), run_file.format("routing_down.sql"), down="a1", head=head, labels=("routing",)),
        Revision(
            "b2",
            """
            bind = op.get_bind()
            near = sa.text("UPDATE site SET tags = tags || CAST(:more AS jsonb) WHERE ST_DWithin(at, ST_SetSRID(ST_MakePoint(:x, :y), 4326), :d)")
            bind.execute(near, {"more": '{"near": "100%"}', "x": -73.98, "y": 40.7, "d": 0.5})
            with op.get_context().autocommit_block():
                op.execute("CREATE INDEX CONCURRENTLY site_tags ON site USING gin (tags) -- for the search")
            """,
            "op.drop_index('site_tags', 'site')",
            down="b1",
            head=head,
        ),
        Revision(
            "c1",
            """
            op.add_column("site", sa.Column("area", Geography("POLYGON", srid=4326)))
            site = sa.table("site", sa.column("name", sa.String), sa.column("at", Geometry("POINT", 4326)), sa.column("tags", pg.JSONB))
            op.bulk_insert(site, [
                {"name": "O'Hare", "at": WKTElement("POINT(-87.9 41.97)", 4326), "tags": {"k": [1, None, {"ü": "%"}]}},
                {"name": "back\\\\slash", "at": "SRID=4326;POINT(1 2)", "tags": None},
            ])
            op.bulk_insert(site, [{"name": "made", "at": sa.func.ST_SetSRID(sa.func.ST_MakePoint(10, -10.5), 4326)}], multiinsert=False)
            """,
            "op.drop_column('site', 'area')\nop.execute('DELETE FROM site')",
            down="a1",
            head=head,
        ),
        Revision("m1", down=("b2", "c1")),
        Revision(
            "m2",
            "op.alter_column('site', 'name', type_=sa.Text(), existing_nullable=False)\nop.execute('CREATE VIEW named AS SELECT id, name, ST_AsText(at) AS wkt FROM site')",
            "op.execute('DROP VIEW named')\nop.alter_column('site', 'name', type_=sa.String(80), existing_nullable=False)",
            down="m1",
        ),
    )  # fmt: skip
    # two branches that touch the same rows would depend on their order, which Alembic leaves open
    files = tmp_path / "migrations/versions/sql"
    files.mkdir()
    (files / "routing_up.sql").write_text(
        "-- functions of the routing team\nCREATE FUNCTION hops(a integer, b integer) RETURNS integer LANGUAGE plpgsql AS $body$\n"
        "DECLARE\n\tn integer := 0; -- a tab, a colon:and;a semicolon\nBEGIN\n\tRETURN n + b::integer - a;\nEND;\n$body$;\n"
        "COMMENT ON FUNCTION hops(integer, integer) IS 'it''s 100%';\n\n/* the end */\n",
        encoding="utf-8",
    )
    (files / "routing_down.sql").write_text("DROP FUNCTION hops(integer, integer);", encoding="utf-8")
    equal(ini, template=postgis_template)


def test_the_life_of_an_enum(tmp_path: Path, equal: Equal) -> None:
    ini = write_project(
        tmp_path,
        Revision(
            "a1",
            """
            mood = sa.Enum("sad", "ok", name="mood")
            op.create_table("person", sa.Column("id", sa.Integer, primary_key=True), sa.Column("mood", mood, server_default="ok"))
            op.execute("INSERT INTO person VALUES (1, 'sad'), (2, DEFAULT)")
            """,
            "op.drop_table('person')\nsa.Enum(name='mood').drop(op.get_bind())",
        ),
        Revision(
            "a2",
            """
            with op.get_context().autocommit_block():
                op.execute("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'happy' AFTER 'ok'")
            op.execute("UPDATE person SET mood = 'happy' WHERE id = 2")
            """,
            "op.execute(\"UPDATE person SET mood = 'ok' WHERE mood = 'happy'\")",
            down="a1",
        ),
        Revision(
            "a3",
            """
            pet = sa.Enum("cat", "dog", name="pet")
            pet.create(op.get_bind(), checkfirst=False)
            op.add_column("person", sa.Column("pet", pet))
            people = sa.table("person", sa.column("id", sa.Integer), sa.column("pet", pet))
            op.execute(people.update().where(people.c.id == 1).values(pet="cat"))
            """,
            "op.drop_column('person', 'pet')\nop.execute('DROP TYPE pet')",
            down="a2",
        ),
        Revision(
            "a4",
            """
            op.execute("ALTER TYPE mood RENAME TO mood_old")
            op.execute("CREATE TYPE mood AS ENUM ('ok', 'happy')")
            op.execute("UPDATE person SET mood = 'ok' WHERE mood = 'sad'")
            op.execute("ALTER TABLE person ALTER mood DROP DEFAULT, ALTER mood TYPE mood USING mood::text::mood, ALTER mood SET DEFAULT 'ok'")
            op.execute("DROP TYPE mood_old")
            """,
            """
            op.execute("ALTER TYPE mood RENAME TO mood_new")
            op.execute("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')")
            op.execute("ALTER TABLE person ALTER mood DROP DEFAULT, ALTER mood TYPE mood USING mood::text::mood, ALTER mood SET DEFAULT 'ok'")
            op.execute("DROP TYPE mood_new")
            """,
            down="a3",
        ),
    )
    equal(ini)


def test_partitioning(tmp_path: Path, equal: Equal) -> None:
    ini = write_project(
        tmp_path,
        Revision(
            "a1",
            """
            op.create_table(
                "reading", sa.Column("id", sa.BigInteger, nullable=False), sa.Column("at", sa.DateTime(timezone=True), nullable=False),
                sa.Column("value", sa.Float), sa.PrimaryKeyConstraint("id", "at"), postgresql_partition_by="RANGE (at)",
            )
            for year in (2024, 2025):
                op.execute(f"CREATE TABLE reading_{year} PARTITION OF reading FOR VALUES FROM ('{year}-01-01') TO ('{year + 1}-01-01')")
            op.execute("CREATE TABLE reading_rest PARTITION OF reading DEFAULT")
            """,
            "op.drop_table('reading')",
        ),
        Revision(
            "a2",
            """
            import datetime
            zone = datetime.timezone(datetime.timedelta(hours=-5))
            reading = sa.table("reading", sa.column("id"), sa.column("at", sa.DateTime(timezone=True)), sa.column("value", sa.Float))
            op.bulk_insert(reading, [
                {"id": n, "at": datetime.datetime(2023 + n, 12, 31, 22, 30, tzinfo=zone), "value": value}
                for n, value in enumerate([0.1, -1e-9, float("nan"), float("inf"), None])
            ])
            """,
            "op.execute('DELETE FROM reading')",
            down="a1",
        ),
        Revision(
            "a3",
            """
            op.execute("ALTER TABLE reading DETACH PARTITION reading_rest")
            op.execute("CREATE TABLE reading_2026 PARTITION OF reading FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')")
            op.execute("WITH moved AS (DELETE FROM reading_rest WHERE at >= '2026-01-01' AND at < '2027-01-01' RETURNING *) INSERT INTO reading SELECT * FROM moved")
            op.execute("ALTER TABLE reading ATTACH PARTITION reading_rest DEFAULT")
            op.create_index("reading_at", "reading", ["at"], postgresql_using="brin")
            """,
            """
            op.drop_index("reading_at", "reading")
            op.execute("ALTER TABLE reading DETACH PARTITION reading_2026")
            op.execute("INSERT INTO reading SELECT * FROM reading_2026")
            op.execute("DROP TABLE reading_2026")
            """,
            down="a2",
        ),
    )  # fmt: skip
    equal(ini)


def test_data_by_statements(tmp_path: Path, equal: Equal) -> None:
    ini = write_project(
        tmp_path,
        Revision("a1", "op.execute('CREATE TABLE account (id uuid PRIMARY KEY, email text, balance numeric(10,2), seen interval, ips inet[], raw bytea)')", "op.drop_table('account')"),
        Revision(
            "a2",
            """
            import datetime, decimal, ipaddress, uuid
            from sqlalchemy.dialects import postgresql as pg
            account = sa.table("account", sa.column("id", sa.Uuid), sa.column("email", sa.Text), sa.column("balance", sa.Numeric(10, 2)),
                sa.column("seen", sa.Interval), sa.column("ips", pg.ARRAY(pg.INET)), sa.column("raw", sa.LargeBinary))
            bind = op.get_bind()
            with bind.begin_nested():
                bind.execute(account.insert(), [
                    {"id": uuid.UUID(int=n), "email": email, "balance": decimal.Decimal("12.345"), "seen": datetime.timedelta(days=40, seconds=1.5),
                     "ips": [ipaddress.ip_address("10.0.0.1"), ipaddress.ip_address("::1")], "raw": b"\\x00\\\\'\\xff"}
                    for n, email in enumerate(["a@b.c", "o'neil@x", "100%", None])
                ])
            try:
                with bind.begin_nested():
                    bind.execute(account.delete())
                    raise KeyError("changed my mind")
            except KeyError:
                pass
            bind.execute(sa.text("UPDATE account SET email = :new WHERE email = :old"), [{"old": "100%", "new": "%s:x"}, {"old": "a@b.c", "new": "\\\\"}])
            bind.execute(sa.text("UPDATE account SET balance = balance -:less WHERE id = ANY(:ids)"), {"less": -5, "ids": [uuid.UUID(int=1)]})
            bind.execute(account.update().where(account.c.id == sa.bindparam("which")).values(email=sa.func.lower(sa.bindparam("mail"))), {"which": uuid.UUID(int=3), "mail": "ÄX"})
            bind.exec_driver_sql("UPDATE account SET seen = %s WHERE email LIKE '%%%%s%%'", (datetime.timedelta(minutes=-3),))
            """,
            "op.execute('DELETE FROM account')",
            down="a1",
        ),
        Revision(
            "a3",
            """
            op.execute('''
                DO $$
                DECLARE changed integer;
                BEGIN
                    LOOP
                        UPDATE account SET balance = 0 WHERE id IN (SELECT id FROM account WHERE balance <> 0 LIMIT 2);
                        GET DIAGNOSTICS changed = ROW_COUNT;
                        EXIT WHEN changed = 0;
                    END LOOP;
                END $$
            '''.replace("changed :=", "changed =")); print("half way")
            op.execute("INSERT INTO account (id, email) SELECT gen_random_uuid(), NULL WHERE false")
            """,
            "op.execute('UPDATE account SET balance = 12.35')",
            down="a2",
        ),
    )  # fmt: skip
    equal(ini)


FLASK_ENV = """
import logging
import os
from logging.config import fileConfig

from alembic import context
from sqlalchemy import create_engine

config = context.config
fileConfig(config.config_file_name)
logger = logging.getLogger("alembic.env")
config.set_main_option("sqlalchemy.url", os.environ.get("DATABASE_URL", "postgresql+psycopg:///nowhere").replace("%", "%%"))


def run_migrations_offline():
    url = config.get_main_option("sqlalchemy.url")
    context.configure(url=url, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def run_migrations_online():
    def process_revision_directives(context, revision, directives):
        pass

    connectable = create_engine(config.get_main_option("sqlalchemy.url"))
    with connectable.connect() as connection:
        context.configure(connection=connection, process_revision_directives=process_revision_directives)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
"""
LOGGING = """
[loggers]
keys = root
[handlers]
keys = console
[formatters]
keys = generic
[logger_root]
level = WARNING
handlers = console
[handler_console]
class = StreamHandler
args = (sys.stdout,)
formatter = generic
[formatter_generic]
format = %%(levelname)s %%(message)s
"""


def test_an_env_of_flask_migrates_shape(tmp_path: Path, equal: Equal, capfd: pytest.CaptureFixture[str]) -> None:
    ini = write_project(
        tmp_path,
        Revision(
            "a1",
            """
            op.create_table("user", sa.Column("id", sa.Integer, primary_key=True), sa.Column("email", sa.String(120), nullable=True))
            with op.batch_alter_table("user", schema=None) as batch_op:
                batch_op.create_index(batch_op.f("ix_user_email"), ["email"], unique=True)
            import logging
            logging.getLogger("x").warning("DROP TABLE user;")
            """,
            """
            with op.batch_alter_table("user", schema=None) as batch_op:
                batch_op.drop_index(batch_op.f("ix_user_email"))
            op.drop_table("user")
            """,
        ),
        Revision(
            "a2",
            """
            with op.batch_alter_table("user", schema=None) as batch_op:
                batch_op.add_column(sa.Column("about", sa.String(length=140), nullable=True, comment="100% about: me"))
                batch_op.alter_column("email", existing_type=sa.VARCHAR(120), nullable=False)
            """,
            """
            with op.batch_alter_table("user", schema=None) as batch_op:
                batch_op.alter_column("email", existing_type=sa.VARCHAR(120), nullable=True)
                batch_op.drop_column("about")
            """,
            down="a1",
        ),
        env=FLASK_ENV,
    )
    ini.write_text(ini.read_text(encoding="utf-8") + LOGGING, encoding="utf-8")
    script = equal(ini)
    assert "DROP TABLE" not in script


@pytest.mark.slow
def test_three_hundred_revisions_with_merges(tmp_path: Path, equal: Equal) -> None:
    """Every twenty revisions the history forks in three, with a dependency across, and merges again."""
    revisions: list[Revision] = []
    tip = None
    for number in range(60):

        def make(name: str, down: str | tuple[str, ...] | None, depends_on: str | None = None) -> str:
            up = f"op.create_table('{name}', sa.Column('id', sa.Integer, primary_key=True), sa.Column('note', sa.Text, index=True))\nop.execute(\"INSERT INTO {name} VALUES (1, 'a:b')\")"
            revisions.append(Revision(name, up, f"op.drop_table('{name}')", "", down, "", depends_on))
            return name

        base = make(f"r{number:02}a", tip)
        left, right = make(f"r{number:02}b", base), make(f"r{number:02}c", base)
        third = make(f"r{number:02}d", base, depends_on=left)
        tip = make(f"r{number:02}m", (right, third))
    assert len(revisions) == 300
    equal(write_project(tmp_path, *revisions))
