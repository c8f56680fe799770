"""Pets"""

import sqlalchemy as sa
from alembic import op

revision = "a3"
down_revision = "a2"


def upgrade():
    pet = sa.Enum("cat", "dog", name="pet")
    pet.create(op.get_bind(), checkfirst=False)
    op.add_column("person", sa.Column("pet", pet))
    people = sa.table("person", sa.column("id", sa.Integer), sa.column("pet", pet))
    op.execute(people.update().where(people.c.id == 1).values(pet="cat"))


def downgrade():
    op.drop_column("person", "pet")
    op.execute("DROP TYPE pet")
