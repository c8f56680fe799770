import os

from alembic import context
from sqlalchemy import create_engine, pool

config = context.config
URL = os.environ.get("DATABASE_URL", "postgresql+psycopg:///nowhere")

if context.is_offline_mode():
    context.configure(url=URL, literal_binds=True, dialect_opts={"paramstyle": "named"})
    with context.begin_transaction():
        context.run_migrations()
else:
    engine = create_engine(URL, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
