"""ALTER TABLE, subcommands that switch triggers and rules on and off."""

from __future__ import annotations

from release.sql.locks.forms.form import (
    AE,
    SRE,
    Form,
    on,
    partitions,
)

PAGE = "sql-altertable"
TRIGGER = "CREATE TRIGGER watch BEFORE UPDATE ON rooms FOR EACH ROW EXECUTE FUNCTION nothing()"
RULE = "CREATE RULE keep AS ON DELETE TO rooms DO INSTEAD NOTHING"

ALTER_TRIGGER = (
    Form(
        "AT_EnableTrig",
        "ALTER TABLE … ENABLE TRIGGER",
        PAGE,
        (on(SRE, reach=partitions(SRE)),),
        "ALTER TABLE rooms ENABLE TRIGGER watch",
        setup=TRIGGER,
    ),
    Form(
        "AT_EnableAlwaysTrig",
        "ALTER TABLE … ENABLE ALWAYS TRIGGER",
        PAGE,
        (on(SRE, reach=partitions(SRE)),),
        "ALTER TABLE rooms ENABLE ALWAYS TRIGGER watch",
        setup=TRIGGER,
    ),
    Form(
        "AT_EnableReplicaTrig",
        "ALTER TABLE … ENABLE REPLICA TRIGGER",
        PAGE,
        (on(SRE, reach=partitions(SRE)),),
        "ALTER TABLE rooms ENABLE REPLICA TRIGGER watch",
        setup=TRIGGER,
    ),
    Form(
        "AT_DisableTrig",
        "ALTER TABLE … DISABLE TRIGGER",
        PAGE,
        (on(SRE, reach=partitions(SRE)),),
        "ALTER TABLE rooms DISABLE TRIGGER watch",
        setup=TRIGGER,
    ),
    Form(
        "AT_EnableTrigAll",
        "ALTER TABLE … ENABLE TRIGGER ALL",
        PAGE,
        (on(SRE, reach=partitions(SRE)),),
        "ALTER TABLE rooms ENABLE TRIGGER ALL",
    ),
    Form(
        "AT_DisableTrigAll",
        "ALTER TABLE … DISABLE TRIGGER ALL",
        PAGE,
        (on(SRE, reach=partitions(SRE)),),
        "ALTER TABLE rooms DISABLE TRIGGER ALL",
    ),
    Form(
        "AT_EnableTrigUser",
        "ALTER TABLE … ENABLE TRIGGER USER",
        PAGE,
        (on(SRE, reach=partitions(SRE)),),
        "ALTER TABLE rooms ENABLE TRIGGER USER",
    ),
    Form(
        "AT_DisableTrigUser",
        "ALTER TABLE … DISABLE TRIGGER USER",
        PAGE,
        (on(SRE, reach=partitions(SRE)),),
        "ALTER TABLE rooms DISABLE TRIGGER USER",
    ),
    Form(
        "AT_EnableRule",
        "ALTER TABLE … ENABLE RULE",
        PAGE,
        (on(AE),),
        "ALTER TABLE rooms ENABLE RULE keep",
        setup=RULE,
    ),
    Form(
        "AT_EnableAlwaysRule",
        "ALTER TABLE … ENABLE ALWAYS RULE",
        PAGE,
        (on(AE),),
        "ALTER TABLE rooms ENABLE ALWAYS RULE keep",
        setup=RULE,
    ),
    Form(
        "AT_EnableReplicaRule",
        "ALTER TABLE … ENABLE REPLICA RULE",
        PAGE,
        (on(AE),),
        "ALTER TABLE rooms ENABLE REPLICA RULE keep",
        setup=RULE,
    ),
    Form(
        "AT_DisableRule",
        "ALTER TABLE … DISABLE RULE",
        PAGE,
        (on(AE),),
        "ALTER TABLE rooms DISABLE RULE keep",
        setup=RULE,
    ),
)
