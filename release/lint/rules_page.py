"""docs/rules.md: the rules for people, written from the rules themselves."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

from release.lint.notices import NOTICES
from release.lint.rules import all_rules

if TYPE_CHECKING:
    from release.lint.rule import Example, Rule

INTRODUCTION = """\
# Rules of `release lint`

Generated from `release/lint/rules/`; every bad and every good example is run as a test.

**error**: wrong, unsafe to hand over, or rewriting or scanning an existing table under ACCESS EXCLUSIVE. **warning**:
advice. `--fail-on` decides which of them make lint fail; [lint.md](lint.md) tells how to wave a finding through.

Beside these come `squawk:RULE` (squawk's opinions on the author's statements) and sqlfluff's codes (`LT05`, …), as
warnings; the text that `release build` writes itself is none of an author's.
"""

_GROUPS = {"RL1": "Schema", "RL2": "Danger", "RL3": "Handover"}


def describe_rules() -> str:
    """The whole document."""
    parts = [INTRODUCTION, _table()]
    group = ""
    for rule in all_rules():
        if rule.code[:3] != group:
            group = rule.code[:3]
            parts.append(f"## {_GROUPS[group]}\n")
        parts.append(_rule(rule))
    parts.append("## About the linting itself\n")
    parts += [
        f"### {each.code} {each.title}\n\n*{each.severity}.* {each.why}\n\n{_prose(each.fix)}" for each in NOTICES
    ]
    return "\n".join(parts)


def _table() -> str:
    rows = [f"| [{rule.code}](#{_anchor(rule)}) | {rule.severity} | {_escaped(rule.title)} |" for rule in all_rules()]
    return "\n".join(("| Code | Severity | What it finds |", "| --- | --- | --- |", *rows)) + "\n"


def _anchor(rule: Rule) -> str:
    """As GitHub makes it from a heading."""
    title = f"{rule.code} {rule.title}".lower().replace(" ", "-")
    return "".join(letter for letter in title if letter.isalnum() or letter in "-_")


def _rule(rule: Rule) -> str:
    return (
        f"### {rule.code} {_escaped(rule.title)}\n\n*{rule.severity}.* {_escaped(rule.why)}\n\n{_prose(rule.fix)}\n"
        f"Bad:\n\n{_example(rule.bad)}\nGood:\n\n{_example(rule.good)}"
    )


def _prose(text: str) -> str:
    """Text in which what is indented by four columns is Python."""
    out: list[str] = []
    code = False
    for line in text.splitlines():
        indented = line.startswith("    ")
        if indented and not code:
            out.append("```python")
        elif code and line and not indented:
            out.insert(len(out) - 1 if out[-1] == "" else len(out), "```")
        code = indented or (code and not line)
        out.append(line[4:] if indented else line)
    if code:
        out.append("```")
    return "\n".join(out) + "\n"


def _example(example: Example) -> str:
    if example.script:
        return f"```sql\n{example.script.rstrip()}\n```\n"
    if example.ini:
        return f"```ini\n{example.ini}\n```\n"
    title = f'"""{example.message}"""{_mark(example, "message")}\n'
    parts = [title] if example.message != "keep rooms tidy" else []
    if example.head:
        parts.append(example.head + "\n")
    for name, body in (("upgrade", example.upgrade), ("downgrade", example.downgrade)):
        lines = dedent(body).strip().splitlines()
        heading = f"def {name}():{_mark(example, name)}"
        parts.append("\n".join([heading, *(f"    {line}".rstrip() for line in lines)]) + "\n")
    return "```python\n" + "\n".join(parts) + "```\n"


def _mark(example: Example, part: str) -> str:
    return "  # here" if example.here == part else ""


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;")
