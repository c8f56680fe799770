"""Names of any length"""

import sqlalchemy as sa
from alembic import op

revision = "m2"
down_revision = "m1"


def upgrade():
    op.alter_column("site", "name", type_=sa.Text(), existing_nullable=False)
    op.execute("CREATE VIEW named AS SELECT id, name, ST_AsText(at) AS wkt FROM site")


def downgrade():
    op.execute("DROP VIEW named")
    op.alter_column("site", "name", type_=sa.String(80), existing_nullable=False)
