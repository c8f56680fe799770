"""How Alembic reaches the Arxos database: online with a connection, offline (`--sql`) without one.

The URL comes from the environment variable DATABASE_URL and is never written down here or in alembic.ini.
"""

import importlib.util
import os
import sys
from collections.abc import Mapping
from functools import cache
from logging.config import fileConfig
from pathlib import Path
from types import ModuleType
from typing import Any

import sqlalchemy as sa
from alembic import context
from geoalchemy2 import alembic_helpers

DEFAULT_URL = "postgresql+psycopg:///arxos_db"


def read_url() -> sa.URL:
    """Return the URL of the database; a plain `postgresql://` gets the driver that this project installs."""
    url = sa.make_url(os.environ.get("DATABASE_URL") or DEFAULT_URL)
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def load_models() -> ModuleType:
    """Import models.py from this folder by its path.

    `import alembic.models` would need a package of ours with the name of the library, and hide the library.
    Loaded anew each time, so two copies of this tree can be used by one process.
    """
    spec = importlib.util.spec_from_file_location("arxos_models", Path(__file__).with_name("models.py"))
    assert spec is not None  # noqa: S101 (the file is part of this folder)
    assert spec.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where SQLAlchemy looks up the names in annotations
    spec.loader.exec_module(module)
    return module


config = context.config
if config.config_file_name is not None:
    fileConfig(config.config_file_name, disable_existing_loggers=False)
target_metadata = load_models().Base.metadata

# made by our release scripts, which keep their own account of what was run
NOT_OURS = frozenset({"release_history"})

# Tables that stand in the search path and are nobody's model: partitions (their parent is the model), what an
# extension brought, and other schemas (postgis_topology and postgis_tiger_geocoder put theirs on the search path).
FOREIGN_TABLES = sa.text("""
    SELECT c.relname
    FROM pg_catalog.pg_class AS c
    WHERE c.relkind IN ('r', 'p') AND pg_catalog.pg_table_is_visible(c.oid)
        AND (
            c.relispartition
            OR c.relnamespace <> pg_catalog.to_regnamespace(pg_catalog.quote_ident(pg_catalog.current_schema()))
            OR EXISTS (
                SELECT FROM pg_catalog.pg_depend AS d
                WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
            )
        )
""")


@cache
def read_foreign_tables(connection: sa.Connection) -> frozenset[str]:
    return frozenset(connection.scalars(FOREIGN_TABLES))


def include_name(name: str | None, kind: str, _parents: Mapping[str, str | None]) -> bool:
    """Say whether autogenerate and `alembic check` look at a table of the database."""
    connection = context.get_bind()
    return not (kind == "table" and (name in NOT_OURS or name in read_foreign_tables(connection)))


# the same for both modes, so that they cannot drift apart
OPTIONS: dict[str, Any] = {
    "target_metadata": target_metadata,
    "include_name": include_name,
    "include_object": alembic_helpers.include_object,
    "process_revision_directives": alembic_helpers.writer,
    "render_item": alembic_helpers.render_item,
    "compare_type": True,
    "compare_server_default": True,
}


def run_migrations_offline() -> None:
    """Write SQL; values become literals because nobody will be there to bind them."""
    context.configure(url=read_url(), literal_binds=True, dialect_opts={"paramstyle": "named"}, **OPTIONS)
    with context.begin_transaction():
        context.run_migrations()


def run_migrations_online() -> None:
    """Run the migrations on the database."""
    engine = sa.create_engine(read_url(), poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, **OPTIONS)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
