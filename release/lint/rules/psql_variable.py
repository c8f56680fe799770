"""RL302: text that psql takes for a variable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation
from release.psql.interpolation import variables_in
from release.psql.pieces import Kind, cut

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(case: Case) -> Iterator[Violation]:
    if case.whole:
        for item in case.items:
            for name, _ in variables_in(f"{item.statement.text};"):
                yield Violation(f"psql takes :{name} for a variable", item)
        return
    for script in case.scripts:
        known = {piece.arguments[0] for piece in cut(script.text) if piece.name == "set" and piece.arguments}
        reads = any(piece.kind is Kind.COMMAND and piece.name == "gset" for piece in cut(script.text))
        for name, line in variables_in(script.text):
            if name not in known and not reads:
                yield Violation(f"psql takes :{name} for a variable, which the script does not set", line=line)


RULE = Rule(
    "RL302",
    "Text that psql takes for a variable",
    Severity.ERROR,
    "Outside quotes psql puts the value of a variable where `:name` stands. Where one of that name is set, on the "
    "command line or in .psqlrc, the statement changes its meaning; where none is, it fails.",
    "Put a space after the colon of an array slice: `seats[1: n]`.",
    Example(script="CREATE VIEW first AS\nSELECT seats[1:n] FROM rooms; -- here\n"),
    Example(script="CREATE VIEW first AS\nSELECT seats[1: n] FROM rooms;\n"),
    _check,
)
