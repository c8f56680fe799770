"""A run of lint: what to look for, the findings of every source in one list, and what makes it fail."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from release.config import OLDEST_SERVER
from release.lint.engine import run_rules
from release.lint.rules import all_rules
from release.lint.subject import Case, Text, items_of
from release.lint.waiving import Waived, wave_through
from release.model import Severity
from release.plan.rollback_entry import written_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from release.config import Settings
    from release.lint.sqlfluff.findings import Fluff
    from release.model import Finding, Script, Waiver
    from release.plan import Planned


@dataclass(frozen=True, slots=True)
class Choice:
    """What a run of lint is to look for, and what makes it fail.

    Attributes:
        select, ignore: rule codes or starts of them; an empty `select` is everything.
        fail_on: the least severity that fails; None: nothing does.
        folder: of the project, where squawk looks for its configuration.
        sqlfluff: a sqlfluff configuration to use instead of ours.
        server: oldest PostgreSQL major version that the scripts must suit.
        promised: the project names it.
        cache: folder for results; None works without one.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: Severity | None = Severity.ERROR
    folder: Path | None = None
    sqlfluff: Path | None = None
    server: int = OLDEST_SERVER
    promised: bool = False
    cache: Path | None = None

    def of(self, root: Path, settings: Settings) -> Choice:
        """The same choice for a project, with its own configuration."""
        sqlfluff = root / settings.sqlfluff if settings.sqlfluff else None
        return replace(
            self,
            folder=root,
            sqlfluff=sqlfluff,
            server=settings.postgresql,
            promised="postgresql" in settings.named,
        )

    def takes(self, code: str) -> bool:
        """Whether findings of this code are wanted."""
        chosen = not self.select or code.startswith(self.select)
        return chosen and not (self.ignore and code.startswith(self.ignore))

    @property
    def wants_squawk(self) -> bool:
        return not any("squawk:".startswith(each) for each in self.ignore) and (
            not self.select or any(each.startswith("squawk") or "squawk".startswith(each) for each in self.select)
        )

    @property
    def wants_sqlfluff(self) -> bool:
        return not self.select or any(not each.startswith(("RL", "PG00", "squawk")) for each in self.select)


@dataclass(frozen=True, slots=True)
class Report:
    """What lint found.

    Attributes:
        findings: in the order of the migrations' files and lines; those on no migration by the script's.
        waived: ignores in force that let something through.
        severe: what the caller fails on.
    """

    findings: tuple[Finding, ...]
    waived: tuple[Waived, ...]
    severe: frozenset[Severity]

    @property
    def failed(self) -> bool:
        """Whether some finding is as severe as what the caller fails on."""
        return any(each.severity in self.severe for each in self.findings)


def release_case(
    planned: Planned, scripts: Sequence[Script], texts: tuple[tuple[Text, ...], tuple[Text, ...]], settings: Settings
) -> Case:
    """What the rules look at, for a release that has been rendered.

    Args:
        scripts: as rendered; upgrade.sql and rollback.sql are among them.
        texts: the release's migrations with alembic.ini and env.py, and the migrations before it.
    """
    release = planned.release
    forth, back = planned.ledgers
    by_name = {script.name.rpartition("/")[2]: script for script in scripts}
    return Case(
        items_of(release.upgrade, by_name["upgrade.sql"], forth),
        items_of(release.rollback, by_name["rollback.sql"], back),
        tuple(scripts),
        settings.schema,
        (forth, back),
        stretches=tuple(each.ledgers for each in planned.stretches),
        taken_back=frozenset(each.revision for segment in release.rollback.segments for each in written_in(segment)),
        unused=planned.unused,
        revisions=release.range.revisions,
        losses=release.losses,
        texts=texts[0],
        earlier=texts[1],
        server=settings.postgresql,
        promised="postgresql" in settings.named,
    )


def start_sqlfluff(choice: Choice, texts: Iterable[str] = ()) -> Fluff | None:
    """Begin to lint scripts while their case is still being made; None where sqlfluff is not wanted.

    Raises:
        ConfigError: the configuration that the choice names cannot be read.
    """
    from release.lint.sqlfluff.findings import Fluff

    if not choice.wants_sqlfluff:
        return None
    fluff = Fluff(choice.sqlfluff, choice.cache)
    fluff.expect(texts)
    return fluff


def lint_case(
    case: Case, choice: Choice, waivers: Sequence[Waiver] = (), date: str = "", fluff: Fluff | None = None
) -> Report:
    """Every source's findings on a case, without those that authors let through.

    Args:
        date: ISO date of the release, by which ignores expire.
        fluff: started before, where it was.

    Raises:
        ConfigError: sqlfluff's configuration cannot be used.
        ToolError: squawk is not installed.
    """
    from release.lint.parser import Verdicts
    from release.lint.squawk import find_squawk, squawk_findings

    if choice.wants_squawk:
        find_squawk()  # before the work
    own = None if fluff else start_sqlfluff(choice, [script.read_text for script in case.scripts])
    try:
        found = list(run_rules(case, [rule for rule in all_rules() if choice.takes(rule.code)]))
        verdicts = Verdicts(case.scripts)
        found += verdicts.findings()
        if choice.wants_squawk:
            found += squawk_findings(case, choice.server, choice.folder)
        started = fluff or own
        if started:
            found += started.findings(case.scripts, verdicts.on, authored=not case.whole)
    finally:
        if own:
            own.close()
    left, waived = wave_through(found, waivers, date, choice.takes)
    return make_report((each for each in left if choice.takes(each.code)), waived, choice)


def make_report(findings: Iterable[Finding], waived: tuple[Waived, ...], choice: Choice) -> Report:
    """Findings in order, and whether they fail."""
    ordered = tuple(sorted(findings, key=_order))
    severe = {Severity.ERROR} if choice.fail_on is Severity.ERROR else Severity if choice.fail_on else ()
    return Report(ordered, waived, frozenset(severe))


def _order(finding: Finding) -> tuple[str, int, str, int, int, str, str]:
    """By the place that an author looks at, then by the script's."""
    source = finding.source
    place = (source.file, source.line) if source else (finding.file, finding.line)
    return (*place, finding.file, finding.line, finding.column, finding.code, finding.message)
