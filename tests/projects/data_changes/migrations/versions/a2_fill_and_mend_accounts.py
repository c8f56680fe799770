"""Fill and mend accounts"""

import sqlalchemy as sa
from alembic import op

revision = "a2"
down_revision = "a1"


def upgrade():
    import datetime
    import decimal
    import ipaddress
    import uuid

    from sqlalchemy.dialects import postgresql as pg

    account = sa.table(
        "account",
        sa.column("id", sa.Uuid),
        sa.column("email", sa.Text),
        sa.column("balance", sa.Numeric(10, 2)),
        sa.column("seen", sa.Interval),
        sa.column("ips", pg.ARRAY(pg.INET)),
        sa.column("raw", sa.LargeBinary),
    )
    bind = op.get_bind()
    with bind.begin_nested():
        bind.execute(
            account.insert(),
            [
                {
                    "id": uuid.UUID(int=n),
                    "email": email,
                    "balance": decimal.Decimal("12.345"),
                    "seen": datetime.timedelta(days=40, seconds=1.5),
                    "ips": [ipaddress.ip_address("10.0.0.1"), ipaddress.ip_address("::1")],
                    "raw": b"\x00\\'\xff",
                }
                for n, email in enumerate(["a@b.c", "o'neil@x", "100%", None])
            ],
        )
    try:
        with bind.begin_nested():
            bind.execute(account.delete())
            raise KeyError("changed my mind")
    except KeyError:
        pass
    bind.execute(
        sa.text("UPDATE account SET email = :new WHERE email = :old"),
        [{"old": "100%", "new": "%s:x"}, {"old": "a@b.c", "new": "\\"}],
    )
    bind.execute(
        sa.text("UPDATE account SET balance = balance -:less WHERE id = ANY(:ids)"),
        {"less": -5, "ids": [uuid.UUID(int=1)]},
    )
    bind.execute(
        account.update().where(account.c.id == sa.bindparam("which")).values(email=sa.func.lower(sa.bindparam("mail"))),
        {"which": uuid.UUID(int=3), "mail": "ÄX"},
    )
    bind.exec_driver_sql("UPDATE account SET seen = %s WHERE email LIKE '%%%%s%%'", (datetime.timedelta(minutes=-3),))


def downgrade():
    op.execute("DELETE FROM account")
