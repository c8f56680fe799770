"""ALTER TABLE, subcommands on constraints."""

from __future__ import annotations

from release.model import Below
from release.sql.locks.forms.form import (
    AE,
    AS,
    INDEX,
    READ,
    RS,
    SCAN,
    SRE,
    SUE,
    Form,
    Reach,
    RelationPart,
    S,
    all_below,
    on,
    partitions,
    some_below,
    unnamed,
)

PAGE = "sql-altertable"

CONSTRAINT = (
    Form(
        "AT_AddConstraint CONSTR_CHECK",
        "ALTER TABLE … ADD CHECK (…)",
        PAGE,
        (on(AE, SCAN, reach=all_below(AE)),),
        "ALTER TABLE rooms ADD CONSTRAINT ck_rooms_name CHECK (name <> '')",
    ),
    Form(
        "AT_AddConstraint CONSTR_CHECK NOT VALID",
        "ALTER TABLE … ADD CHECK (…) NOT VALID",
        PAGE,
        (on(AE, reach=all_below(AE)),),
        "ALTER TABLE rooms ADD CONSTRAINT ck_rooms_name CHECK (name <> '') NOT VALID",
    ),
    Form(
        "AT_AddConstraint CONSTR_NOTNULL",
        "ALTER TABLE … ADD … NOT NULL",
        PAGE,
        (on(AE, SCAN, note="unless a valid CHECK constraint proves that no row has NULL", reach=all_below(AE)),),
        "ALTER TABLE rooms ADD CONSTRAINT nn_rooms_name NOT NULL name",
        since=18,
    ),
    Form(
        "AT_AddConstraint CONSTR_NOTNULL NOT VALID",
        "ALTER TABLE … ADD … NOT NULL … NOT VALID",
        PAGE,
        (on(AE, reach=all_below(AE)),),
        "ALTER TABLE rooms ADD CONSTRAINT nn_rooms_name NOT NULL name NOT VALID",
        since=18,
    ),
    Form(
        "AT_AddConstraint CONSTR_UNIQUE",
        "ALTER TABLE … ADD UNIQUE (…)",
        PAGE,
        (on(AE, INDEX, reach=(partitions(S, until=17), all_below(AE, since=18))),),
        "ALTER TABLE rooms ADD CONSTRAINT uq_rooms_name UNIQUE (name)",
    ),
    Form(
        "AT_AddConstraint CONSTR_PRIMARY",
        "ALTER TABLE … ADD PRIMARY KEY (…)",
        PAGE,
        (
            on(
                AE,
                INDEX,
                SCAN,
                note="scans only where a column may still be NULL",
                reach=(some_below(AE, until=17), all_below(AE, since=18)),
            ),
        ),
        "ALTER TABLE visits_2026 ADD PRIMARY KEY (id)",
        setup="ALTER TABLE visits_2026 ALTER COLUMN day SET NOT NULL",
        spared="ALTER TABLE visits_2026 ADD PRIMARY KEY (day)",
    ),
    Form(
        "AT_AddConstraint CONSTR_UNIQUE USING INDEX",
        "ALTER TABLE … ADD UNIQUE USING INDEX",
        PAGE,
        (on(AE, reach=Reach(Below(children=AE), since=18)),),
        "ALTER TABLE rooms ADD CONSTRAINT uq_rooms_name UNIQUE USING INDEX uq_rooms_name",
        setup="CREATE UNIQUE INDEX uq_rooms_name ON rooms (name)",
    ),
    Form(
        "AT_AddConstraint CONSTR_PRIMARY USING INDEX",
        "ALTER TABLE … ADD PRIMARY KEY USING INDEX",
        PAGE,
        (on(AE, SCAN, note="unless every column is NOT NULL already", reach=some_below(AE)),),
        "ALTER TABLE visits_2026 ADD CONSTRAINT visits_2026_pkey PRIMARY KEY USING INDEX uq_visits",
        setup="CREATE UNIQUE INDEX uq_visits ON visits_2026 (id); CREATE UNIQUE INDEX uq_day ON visits_2026 (day);"
        " ALTER TABLE visits_2026 ALTER COLUMN day SET NOT NULL",
        spared="ALTER TABLE visits_2026 ADD CONSTRAINT visits_2026_pkey PRIMARY KEY USING INDEX uq_day",
    ),
    Form(
        "AT_AddConstraint CONSTR_EXCLUSION",
        "ALTER TABLE … ADD EXCLUDE (…)",
        PAGE,
        (on(AE, INDEX, reach=(partitions(S, until=17), all_below(AE, since=18))),),
        "ALTER TABLE rooms ADD CONSTRAINT ex_rooms_geom EXCLUDE USING gist (geom WITH &&)",
    ),
    Form(
        "AT_AddConstraint CONSTR_FOREIGN",
        "ALTER TABLE … ADD FOREIGN KEY",
        PAGE,
        (
            on(SRE, SCAN, reach=(partitions(SRE, until=17), all_below(SRE, since=18))),
            on(SRE, READ, part=RelationPart.REFERENCED, reach=partitions(SRE)),
        ),
        "ALTER TABLE rooms ADD CONSTRAINT fk_rooms_building FOREIGN KEY (building_id) REFERENCES buildings",
    ),
    Form(
        "AT_AddConstraint CONSTR_FOREIGN NOT VALID",
        "ALTER TABLE … ADD FOREIGN KEY … NOT VALID",
        PAGE,
        (
            on(SRE, reach=(partitions(SRE, until=17), all_below(SRE, since=18))),
            on(SRE, part=RelationPart.REFERENCED, reach=partitions(SRE)),
        ),
        "ALTER TABLE rooms ADD CONSTRAINT fk_rooms_building FOREIGN KEY (building_id) REFERENCES buildings NOT VALID",
    ),
    Form(
        "AT_ValidateConstraint",
        "ALTER TABLE … VALIDATE CONSTRAINT",
        PAGE,
        (on(SUE, SCAN, reach=some_below(SUE, despite_only=True)),),
        "ALTER TABLE rooms VALIDATE CONSTRAINT fk_rooms_building",
        setup="ALTER TABLE rooms ADD CONSTRAINT fk_rooms_building FOREIGN KEY (building_id) REFERENCES buildings"
        " NOT VALID",
        note="the table that a foreign key references is locked ROW SHARE and read",
        of_keys=("the table that a foreign key references is locked ROW SHARE and read",),
        unnamed=(unnamed("buildings", RS, READ),),
    ),
    Form(
        "AT_AlterConstraint",
        "ALTER TABLE … ALTER CONSTRAINT … DEFERRABLE and the like",
        PAGE,
        (on(AE, reach=partitions(AE, despite_only=True)),),
        "ALTER TABLE devices ALTER CONSTRAINT fk_devices_room DEFERRABLE INITIALLY DEFERRED",
        note="of a foreign key: changes its triggers on the referenced table too, without a lock on it",
        of_keys=("of a foreign key: changes its triggers on the referenced table too, without a lock on it",),
    ),
    Form(
        "AT_AlterConstraint ENFORCED",
        "ALTER TABLE … ALTER CONSTRAINT … ENFORCED or NOT ENFORCED",
        PAGE,
        (on(AE, SCAN, note="NOT ENFORCED scans nothing", reach=partitions(AE, despite_only=True)),),
        "ALTER TABLE devices ALTER CONSTRAINT fk_devices_room ENFORCED",
        setup="ALTER TABLE devices ALTER CONSTRAINT fk_devices_room NOT ENFORCED",
        note="the table that the foreign key references is read under SHARE ROW EXCLUSIVE; NOT ENFORCED locks it ACCESS"
        " EXCLUSIVE",
        unnamed=(unnamed("rooms", SRE, READ),),
        since=18,
    ),
    Form(
        "AT_DropConstraint",
        "ALTER TABLE … DROP CONSTRAINT",
        PAGE,
        (on(AE, reach=some_below(AE, despite_only=True)),),
        "ALTER TABLE devices DROP CONSTRAINT fk_devices_room",
        note="the table that a foreign key references is locked ACCESS EXCLUSIVE too; with CASCADE, dropping a key does"
        " the same to the tables whose foreign keys depend on it",
        of_keys=(
            "the table that a foreign key references is locked ACCESS EXCLUSIVE too",
            "with CASCADE, dropping a key does the same to the tables whose foreign keys depend on it",
        ),
        unnamed=(unnamed("rooms", AE),),
    ),
    Form(
        "RenameStmt OBJECT_TABCONSTRAINT",
        "ALTER TABLE … RENAME CONSTRAINT",
        PAGE,
        (on(AE, reach=some_below(AE)),),
        "ALTER TABLE devices RENAME CONSTRAINT fk_devices_room TO fk_room",
    ),
    Form(
        "CommentStmt OBJECT_TABCONSTRAINT",
        "COMMENT ON CONSTRAINT",
        "sql-comment",
        (on(AS),),
        "COMMENT ON CONSTRAINT fk_devices_room ON devices IS 'where it is'",
    ),
    Form(
        "AlterDomainStmt",
        "ALTER DOMAIN",
        "sql-alterdomain",
        (),
        "ALTER DOMAIN label ADD CONSTRAINT short CHECK (length(value) < 99)",
        setup="CREATE DOMAIN label AS text; ALTER TABLE buildings ALTER COLUMN code TYPE label",
        note="adding or validating a constraint, and SET NOT NULL, lock every table with a column of the domain SHARE "
        "and scan it",
        unnamed=(unnamed("buildings", S, SCAN),),
    ),
)
