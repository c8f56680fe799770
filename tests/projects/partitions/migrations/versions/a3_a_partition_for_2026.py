"""A partition for 2026"""

import sqlalchemy as sa
from alembic import op

revision = "a3"
down_revision = "a2"


def upgrade():
    op.execute("ALTER TABLE reading DETACH PARTITION reading_rest")
    op.execute("CREATE TABLE reading_2026 PARTITION OF reading FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')")
    op.execute(
        "WITH moved AS (DELETE FROM reading_rest WHERE at >= '2026-01-01' AND at < '2027-01-01' RETURNING *) INSERT INTO reading SELECT * FROM moved"
    )
    op.execute("ALTER TABLE reading ATTACH PARTITION reading_rest DEFAULT")
    op.create_index("reading_at", "reading", ["at"], postgresql_using="brin")


def downgrade():
    op.drop_index("reading_at", "reading")
    op.execute("ALTER TABLE reading DETACH PARTITION reading_2026")
    op.execute("INSERT INTO reading SELECT * FROM reading_2026")
    op.execute("DROP TABLE reading_2026")
