"""a name for the foreign key, whatever it is called here"""

import sqlalchemy as sa
from alembic import op

revision = "a5"
down_revision = "a4"


def replace(name):
    for key in sa.inspect(op.get_bind()).get_foreign_keys("person"):
        op.drop_constraint(key["name"], "person", type_="foreignkey")
    op.create_foreign_key(name, "person", "role", ["role_id"], ["id"])


def upgrade():
    replace("fk_person_role")


def downgrade():
    replace("person_role_id_fkey")
