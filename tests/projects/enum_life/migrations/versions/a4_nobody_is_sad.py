"""Nobody is sad"""

import sqlalchemy as sa
from alembic import op

revision = "a4"
down_revision = "a3"


def upgrade():
    op.execute("ALTER TYPE mood RENAME TO mood_old")
    op.execute("CREATE TYPE mood AS ENUM ('ok', 'happy')")
    op.execute("UPDATE person SET mood = 'ok' WHERE mood = 'sad'")
    op.execute(
        "ALTER TABLE person ALTER mood DROP DEFAULT, ALTER mood TYPE mood USING mood::text::mood, ALTER mood SET DEFAULT 'ok'"
    )
    op.execute("DROP TYPE mood_old")


def downgrade():
    op.execute("ALTER TYPE mood RENAME TO mood_new")
    op.execute("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')")
    op.execute(
        "ALTER TABLE person ALTER mood DROP DEFAULT, ALTER mood TYPE mood USING mood::text::mood, ALTER mood SET DEFAULT 'ok'"
    )
    op.execute("DROP TYPE mood_new")
