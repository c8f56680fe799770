"""Findings about the linting itself, not about SQL. They cannot be waved through."""

from __future__ import annotations

from dataclasses import dataclass

from release.model import Finding, Severity, Source


@dataclass(frozen=True, slots=True)
class Notice:
    """A finding that no rule of ours gives."""

    code: str
    title: str
    severity: Severity
    why: str
    fix: str

    def finding(self, message: str, file: str = "", line: int = 0, source: Source | None = None) -> Finding:
        column = 1 if line else 0
        return Finding(self.code, self.severity, message, file, line, column, source, self.why, self.fix)


RULE_FAILED = Notice(
    "RL001",
    "A rule failed",
    Severity.ERROR,
    "What the rule would have said is not known, so this is no pass.",
    "Report it, with the migration; until it is mended, leave the rule out with --ignore.",
)
STALE = Notice(
    "RL002",
    "A bundle is not what its migrations give",
    Severity.WARNING,
    "What was linted is what the migrations say now. The script in the folder is another one.",
    "Run `release build VERSION`, or `release build VERSION --regenerate` where only the layout has changed.",
)
NOT_UNDERSTOOD = Notice(
    "RL003",
    "An ignore that cannot be used",
    Severity.ERROR,
    "It lets nothing through: an ignore names known rules, gives a reason for the DBA, and its date is a date.",
    "Write it so:\n\n    # release: ignore[RL208] until=2027-03-01 the table has 12 rows",
)
EXPIRED = Notice(
    "RL004",
    "An ignore that has expired",
    Severity.WARNING,
    "The release is later than its date, so it lets nothing through any more.",
    "Mend what it was about, or give it a new date with a reason why that is still right.",
)
UNUSED = Notice(
    "RL005",
    "An ignore that lets nothing through",
    Severity.WARNING,
    "The header tells the DBA of a danger that is not there, and the comment would hide a new one.",
    "Take it out, or move it to the statement that it is about.",
)
UNREADABLE = Notice(
    "RL006",
    "A file that cannot be linted",
    Severity.ERROR,
    "It is no text in UTF-8, or holds no statement, so nothing has been checked.",
    "Mend the file, or leave it off the command line.",
)
CANNOT_PARSE = Notice(
    "PG001",
    "PostgreSQL cannot parse a statement",
    Severity.ERROR,
    "The parser is that of PostgreSQL 18 itself: hardly any server up to that takes the statement.",
    "Mend the statement. In a migration, `# release: unread REASON` carries one that the server in question does take.",
)
TOO_DEEP_TO_JUDGE = Notice(
    "PG002",
    "A statement that is nested too deeply",
    Severity.ERROR,
    "PostgreSQL can parse it, but its tree cannot be handed over, so no rule has judged the statement.",
    "Take the expression apart, for instance with `WITH`; or look at the statement and use `--ignore PG002`.",
)
CARRIED_UNREAD = Notice(
    "PG003",
    "A statement that is carried unread",
    Severity.WARNING,
    "The parser that is built in does not read it, so no rule has judged it: its author vouches for it.",
    "Write it so that it can be read, or look at it on a server that takes it; a rehearsal on one proves that it runs.",
)
GAVE_UP = Notice(
    "SF001",
    "sqlfluff gave up",
    Severity.ERROR,
    "Some lines have not been judged by sqlfluff, so this is no pass.",
    "Split the statement, or leave sqlfluff out with `--ignore SF001` once you have looked at the lines.",
)
UNPARSABLE = Notice(
    "PRS",
    "sqlfluff cannot parse a statement",
    Severity.WARNING,
    "Its rules have not judged the statement. Whether PostgreSQL can parse it, the message says.",
    "Nothing, where PostgreSQL accepts it: the other sources of findings have read it.",
)

NOTICES = (
    RULE_FAILED, STALE, NOT_UNDERSTOOD, EXPIRED, UNUSED, UNREADABLE, CANNOT_PARSE, TOO_DEEP_TO_JUDGE,
    CARRIED_UNREAD, GAVE_UP, UNPARSABLE,
)  # fmt: skip
CANNOT_BE_WAIVED = frozenset(
    each.code
    for each in (RULE_FAILED, STALE, NOT_UNDERSTOOD, EXPIRED, UNUSED, UNREADABLE, CANNOT_PARSE, TOO_DEEP_TO_JUDGE)
)
PASSING = frozenset(each.code for each in (RULE_FAILED, GAVE_UP))
"""What may be gone when lint is run again on the same input."""
