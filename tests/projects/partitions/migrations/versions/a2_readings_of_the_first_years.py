"""Readings of the first years"""

import sqlalchemy as sa
from alembic import op

revision = "a2"
down_revision = "a1"


def upgrade():
    import datetime

    zone = datetime.timezone(datetime.timedelta(hours=-5))
    reading = sa.table(
        "reading", sa.column("id"), sa.column("at", sa.DateTime(timezone=True)), sa.column("value", sa.Float)
    )
    op.bulk_insert(
        reading,
        [
            {"id": n, "at": datetime.datetime(2023 + n, 12, 31, 22, 30, tzinfo=zone), "value": value}
            for n, value in enumerate([0.1, -1e-9, float("nan"), float("inf"), None])
        ],
    )


def downgrade():
    op.execute("DELETE FROM reading")
