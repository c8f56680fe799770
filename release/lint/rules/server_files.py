"""RL303: COPY … FROM PROGRAM, and files of the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILES = frozenset(
    {"pg_read_file", "pg_read_binary_file", "pg_ls_dir", "pg_stat_file", "lo_import", "lo_export", "pg_file_write"}
)


def _check(case: Case) -> Iterator[Violation]:
    for item in case.items:
        if item.definitions.file:
            what = "runs a program" if item.definitions.file.startswith("|") else "reads or writes a file"
            yield Violation(f"COPY {what} on the server", item)
        for call in item.definitions.calls:
            if call.name in _FILES:
                yield Violation(f"{call.name} reaches files of the server", item)


RULE = Rule(
    "RL303",
    "COPY … FROM PROGRAM, and files of the server",
    Severity.ERROR,
    "It runs a command, or opens a file, as the operating-system user of the server, needs a superuser, and depends on "
    "what lies on that machine.",
    "Write the rows as INSERT … VALUES in the migration.",
    Example("op.execute(\"COPY rooms FROM '/var/lib/rooms.csv' CSV\")  # here", head="# release: loses rooms.* none"),
    Example('op.execute("INSERT INTO rooms (id) VALUES (1), (2)")', 'op.execute("DELETE FROM rooms WHERE id < 3")'),
    _check,
)
