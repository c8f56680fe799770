"""Empty accounts in batches"""

import sqlalchemy as sa
from alembic import op

revision = "a3"
down_revision = "a2"


def upgrade():
    op.execute(
        """
        DO $$
        DECLARE changed integer;
        BEGIN
            LOOP
                UPDATE account SET balance = 0 WHERE id IN (SELECT id FROM account WHERE balance <> 0 LIMIT 2);
                GET DIAGNOSTICS changed = ROW_COUNT;
                EXIT WHEN changed = 0;
            END LOOP;
        END $$
    """.replace("changed :=", "changed =")
    )
    print("half way")
    op.execute("INSERT INTO account (id, email) SELECT gen_random_uuid(), NULL WHERE false")


def downgrade():
    op.execute("UPDATE account SET balance = 12.35")
