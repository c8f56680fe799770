"""first and last names"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.orm import Session

revision = "a3"
down_revision = "a2"

person = sa.table(
    "person", sa.column("id", sa.Integer), sa.column("full_name"), sa.column("first_name"), sa.column("last_name")
)


def upgrade():
    op.add_column("person", sa.Column("first_name", sa.Text))
    op.add_column("person", sa.Column("last_name", sa.Text))
    session = Session(bind=op.get_bind())
    for id_, name in session.execute(sa.select(person.c.id, person.c.full_name).order_by(person.c.id)).all():
        first, _, last = name.partition(" ")
        session.execute(person.update().where(person.c.id == id_).values(first_name=first, last_name=last or None))
    session.flush()
    op.drop_column("person", "full_name")


def downgrade():
    op.add_column("person", sa.Column("full_name", sa.Text))
    bind = op.get_bind()
    for row in bind.execute(sa.select(person.c.id, person.c.first_name, person.c.last_name)).mappings().all():
        bind.execute(
            sa.text("UPDATE person SET full_name = :name WHERE id = :id"),
            {"name": " ".join(filter(None, [row["first_name"], row["last_name"]])), "id": row["id"]},
        )
    op.alter_column("person", "full_name", nullable=False)
    op.drop_column("person", "last_name")
    op.drop_column("person", "first_name")
