"""settings in batches"""

import sqlalchemy as sa
from alembic import op

revision = "a4"
down_revision = "a3"

BATCH = "UPDATE person SET seen = true WHERE id IN (SELECT id FROM person WHERE seen IS NULL ORDER BY id LIMIT 2)"


def upgrade():
    op.add_column("person", sa.Column("seen", sa.Boolean))
    while op.get_bind().execute(sa.text(BATCH)).rowcount:
        pass


def downgrade():
    op.drop_column("person", "seen")
