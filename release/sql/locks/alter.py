"""ALTER TABLE and its kin: which rows of the table each subcommand matches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from release.sql.locks.forms import FORMS, RelationPart
from release.sql.locks.hit import FormHit, at, hit
from release.sql.locks.volatility import is_volatile
from release.sql.read.enums import CONSTRAINT, OBJECT, SUBCOMMAND
from release.sql.read.nodes import name_of
from release.sql.read.types import SERIAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.model import Name

PREFIXES = {"OBJECT_INDEX": "INDEX ", "OBJECT_VIEW": "VIEW "}

WEAK_OPTIONS = frozenset({"fillfactor", "toast_tuple_target", "parallel_workers", "deduplicate_items"})
WEAK_PREFIXES = ("autovacuum_", "vacuum_", "log_autovacuum_")
"""Storage parameters that take SHARE UPDATE EXCLUSIVE (manual, ALTER TABLE, SET (…)); all others ACCESS EXCLUSIVE."""


def match_alter(node: Any) -> Iterator[FormHit]:
    """Yield the hits of an AlterTableStmt, subcommand by subcommand."""
    subject = name_of(node.relation)
    kind = OBJECT(node.objtype)
    for item in node.cmds:
        if kind == "OBJECT_TYPE":
            yield hit("TYPE AT_AddColumn", subject)
            continue
        for found in _match_command(item.alter_table_cmd, subject):
            special = PREFIXES.get(kind, "") + found.key
            key = next((key for key in (special, found.key) if key in FORMS), "unknown AlterTableCmd")
            own = ((RelationPart.INDEX, subject),) if kind == "OBJECT_INDEX" else ()
            yield at(FormHit(key, found.parts + own, sparing=found.sparing), node.relation)


def _match_command(command: Any, subject: Name) -> Iterator[FormHit]:
    key = SUBCOMMAND(command.subtype)
    definition = getattr(command, "def")
    match key:
        case "AT_AddColumn":
            yield from match_column(definition.column_def, subject)
        case "AT_AddConstraint":
            yield _match_constraint(definition.constraint, subject)
        case "AT_AlterColumnType":
            words = [word.string.sval for word in definition.column_def.type_name.names]
            yield hit(key + (" geometry" if words[-1] in {"geometry", "geography"} else ""), subject)
        case "AT_AlterConstraint" if definition.atalter_constraint.alter_enforceability:
            yield hit(f"{key} ENFORCED", subject)
        case "AT_SetRelOptions" | "AT_ResetRelOptions":
            names = [item.def_elem.defname for item in definition.list.items]
            weak = all(name in WEAK_OPTIONS or name.startswith(WEAK_PREFIXES) for name in names)
            yield hit(key if weak else f"{key} strong", subject)
        case "AT_AddInherit" | "AT_DropInherit":
            yield hit(key, subject, parent=name_of(definition.range_var))
        case "AT_AttachPartition" | "AT_DetachPartition" | "AT_DetachPartitionFinalize":
            part = definition.partition_cmd
            yield hit(f"{key} CONCURRENTLY" if part.concurrent else key, subject, child=name_of(part.name))
        case _:
            yield hit(key, subject)


def match_column(column: Any, subject: Name) -> Iterator[FormHit]:
    """Yield the hits of ADD COLUMN: one for the column, one for each constraint that adds work."""
    kinds = {CONSTRAINT(item.constraint.contype): item.constraint for item in column.constraints}
    default = kinds.get("CONSTR_DEFAULT")
    serial = column.type_name.names[-1].string.sval in SERIAL
    filled = default is not None or serial or "CONSTR_IDENTITY" in kinds or "CONSTR_GENERATED" in kinds
    yield hit("AT_AddColumn", subject)
    if serial:
        yield hit("AT_AddColumn serial", subject)
    if default is not None and is_volatile(default.raw_expr):
        yield hit("AT_AddColumn volatile", subject)
    if "CONSTR_IDENTITY" in kinds:
        yield hit("AT_AddColumn IDENTITY", subject)
    if "CONSTR_GENERATED" in kinds:
        stored = kinds["CONSTR_GENERATED"].generated_kind == "s"
        yield hit("AT_AddColumn STORED" if stored else "AT_AddColumn VIRTUAL", subject)
    if not filled and kinds.keys() & {"CONSTR_NOTNULL", "CONSTR_PRIMARY"}:
        yield hit("AT_AddColumn NOT NULL", subject)
    if "CONSTR_CHECK" in kinds:
        yield hit("AT_AddColumn CHECK", subject)
    if kinds.keys() & {"CONSTR_UNIQUE", "CONSTR_PRIMARY"}:
        yield hit("AT_AddColumn UNIQUE", subject)
    if "CONSTR_FOREIGN" in kinds:
        key = "AT_AddColumn REFERENCES DEFAULT" if filled else "AT_AddColumn REFERENCES"
        yield hit(key, subject, referenced=name_of(kinds["CONSTR_FOREIGN"].pktable))


def _match_constraint(constraint: Any, subject: Name) -> FormHit:
    kind = CONSTRAINT(constraint.contype)
    key = f"AT_AddConstraint {kind}"
    enforced = constraint.is_enforced or kind not in {"CONSTR_CHECK", "CONSTR_FOREIGN"}
    if constraint.skip_validation or not enforced:
        key += " NOT VALID"
    if constraint.indexname:
        key += " USING INDEX"
    if kind == "CONSTR_FOREIGN":
        return hit(key, subject, referenced=name_of(constraint.pktable))
    return replace(hit(key, subject), sparing=constraint.is_no_inherit)
