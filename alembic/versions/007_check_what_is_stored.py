"""check what is stored

Revision ID: 007
Revises: 006
Create Date: 2026-05-20

A constraint is added NOT VALID, which takes its strong lock for a moment only, and validated by a second statement,
which reads the whole table while others go on writing.
"""

from alembic import op

revision = "007"
down_revision = "006"
branch_labels = None
depends_on = None

# release: loses comments.created_at a comment dated exactly 1970-01-01 00:00:00+00 has no date after a rollback


def upgrade() -> None:
    op.execute("ALTER TABLE rooms ADD CONSTRAINT ck_rooms_name CHECK (name <> '') NOT VALID")
    op.execute("ALTER TABLE rooms VALIDATE CONSTRAINT ck_rooms_name")

    # First no new row may come without a date, then the old ones get one. SET NOT NULL relies on the validated
    # constraint and does not scan the table under its ACCESS EXCLUSIVE lock (manual, ALTER TABLE).
    op.execute("ALTER TABLE comments ADD CONSTRAINT ck_comments_created_at CHECK (created_at IS NOT NULL) NOT VALID")
    op.execute("UPDATE comments SET created_at = to_timestamp(0) WHERE created_at IS NULL")
    op.execute("ALTER TABLE comments VALIDATE CONSTRAINT ck_comments_created_at")
    op.alter_column("comments", "created_at", nullable=False)
    op.drop_constraint(op.f("ck_comments_created_at"), "comments", type_="check")


def downgrade() -> None:
    op.alter_column("comments", "created_at", nullable=True)
    op.execute("UPDATE comments SET created_at = NULL WHERE created_at = to_timestamp(0)")
    op.drop_constraint(op.f("ck_rooms_name"), "rooms", type_="check")
