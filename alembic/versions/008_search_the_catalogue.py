"""search the catalogue

Revision ID: 008
Revises: 007
Create Date: 2026-05-25
"""

from textwrap import dedent

from alembic import op

revision = "008"
down_revision = "007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A stored generated column is computed for every row: this rewrites the table under ACCESS EXCLUSIVE. The text
    # search configuration is named, because a generated column must not depend on default_text_search_config.
    # release: ignore[RL208] until=2026-12-31 up to 10,000 rows: less than a second
    op.execute(
        dedent("""
        ALTER TABLE catalog_items ADD COLUMN search tsvector
        GENERATED ALWAYS AS (
            to_tsvector('simple', coalesce(make, '') || ' ' || coalesce(model, '') || ' ' || coalesce(type, ''))
        ) STORED
        """)
    )
    with op.get_context().autocommit_block():
        op.create_index(
            op.f("ix_catalog_items_search"),
            "catalog_items",
            ["search"],
            postgresql_using="gin",
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    # The index goes with its column, at once: dropping the column holds ACCESS EXCLUSIVE anyway, for a moment.
    op.drop_column("catalog_items", "search")
