"""a first order, by the models and the settings of the application

Revision ID: c5e9d1073b42
Revises: 8d20be61f4aa
Create Date: 2024-06-20 09:00:00.000000

"""

from alembic import op
from flask import current_app
from shop.models import Order, User

# revision identifiers, used by Alembic.
revision = "c5e9d1073b42"
down_revision = "8d20be61f4aa"
branch_labels = None
depends_on = None


def upgrade():
    owner = current_app.config["OWNER"]
    op.bulk_insert(User.__table__, [{"id": 1, "email": owner, "about": "it's %s: 100%"}])
    op.get_bind().execute(Order.__table__.insert().values(user_id=1, state="paid"))


def downgrade():
    op.execute(Order.__table__.delete())
    op.execute(User.__table__.delete().where(User.email == current_app.config["OWNER"]))
