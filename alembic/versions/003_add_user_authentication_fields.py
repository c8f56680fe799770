"""add user authentication fields

Revision ID: 003
Revises: 002
Create Date: 2026-03-02
"""

from textwrap import dedent

import sqlalchemy as sa
from alembic import op

revision = "003"
down_revision = "002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("last_login_at", sa.DateTime(timezone=True)))
    op.add_column("users", sa.Column("email_verified_at", sa.DateTime(timezone=True)))
    # A constant default: PostgreSQL keeps it in the catalog and does not rewrite the table.
    op.add_column("users", sa.Column("is_active", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("users", sa.Column("previous_email", sa.String(255)))

    # Whoever signed up without an address gets one, unless somebody has it already: email is unique. Two of these
    # rows cannot collide with each other, because username is unique; nor get too long, at 100 of 255 characters.
    op.execute(
        dedent("""
        UPDATE users
        SET previous_email = email, email = username || '@example.com'
        WHERE email NOT LIKE '%@%'
            AND NOT EXISTS (SELECT FROM users AS other WHERE other.email = users.username || '@example.com')
        """)
    )


def downgrade() -> None:
    # Puts back what the upgrade replaced. An address that its owner has changed since is newer, and stays; so does
    # ours where somebody new has taken the old value, which would make the whole rollback fail.
    op.execute(
        dedent("""
        UPDATE users
        SET email = previous_email
        WHERE email = username || '@example.com'
            AND NOT EXISTS (SELECT FROM users AS other WHERE other.email = users.previous_email)
            AND previous_email IS NOT NULL
        """)
    )
    op.drop_column("users", "previous_email")
    op.drop_column("users", "is_active")
    op.drop_column("users", "email_verified_at")
    op.drop_column("users", "last_login_at")
