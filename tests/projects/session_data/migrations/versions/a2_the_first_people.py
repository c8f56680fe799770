"""the first people"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

revision = "a2"
down_revision = "a1"


class Base(DeclarativeBase):
    pass


class Role(Base):
    __tablename__ = "role"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Person(Base):
    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    full_name: Mapped[str]
    role_id: Mapped[int | None] = mapped_column(sa.ForeignKey("role.id"))
    settings: Mapped[dict] = mapped_column(sa.JSON)
    role: Mapped[Role | None] = relationship()


def upgrade():
    admin, guest = Role(name="admin"), Role(name="guest: 50 %")
    with Session(bind=op.get_bind()) as session:
        session.add_all(
            [
                Person(full_name="Ada Lovelace", role=admin, settings={"theme": "dark", "notes": ["it's", None]}),
                Person(full_name="Grace Brewster Hopper", role=admin, settings={}),
                Person(full_name="Prince", role=guest, settings={"quote": "\\o/"}),
            ]
        )
        session.commit()


def downgrade():
    with Session(bind=op.get_bind()) as session:
        session.query(Person).delete()
        session.query(Role).delete()
        session.commit()
