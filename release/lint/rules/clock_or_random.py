"""RL308: values of Python's clock, or of chance."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Source, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

_CALLS = frozenset(
    {
        "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
        "time.time", "time.time_ns", "time.strftime", "time.localtime", "time.gmtime", "time.monotonic",
        "uuid.uuid1", "uuid.uuid4", "os.urandom", "os.getpid",
    }
)  # fmt: skip
_MODULES = ("random.", "secrets.", "numpy.random.")


def _check(case: Case) -> Iterator[Violation]:
    for text in case.texts:
        if not text.revision:
            continue
        tree = ast.parse(text.text)
        names = _imported(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                first, _, rest = ast.unparse(node.func).partition(".")
                name = ".".join(filter(None, (names.get(first, ""), rest)))
                if first in names and (name in _CALLS or name.startswith(_MODULES)):
                    yield Violation(
                        f"{name}() gives another value each time", source=Source(text.revision, text.file, node.lineno)
                    )


def _imported(tree: ast.Module) -> dict[str, str]:
    """What a name at the start of a dotted expression stands for."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {
                each.asname or each.name.split(".")[0]: each.name if each.asname else each.name.split(".")[0]
                for each in node.names
            }
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
    return found


RULE = Rule(
    "RL308",
    "Values of Python's clock, or of chance",
    Severity.ERROR,
    "The value is fixed when the script is written, not when it runs, and differs between test and production. "
    "Building the release again gives another script.",
    "Let the server say it: `now()`, `gen_random_uuid()`; or write the value down.",
    Example(
        "op.execute(f\"UPDATE rooms SET seen = '{datetime.datetime.now()}' WHERE seen IS NULL\")  # here",
        head="import datetime\n# release: loses rooms.seen unknown becomes now",
    ),
    Example(
        'op.execute("UPDATE rooms SET seen = now() WHERE seen IS NULL")',
        head="# release: loses rooms.seen unknown becomes now",
    ),
    _check,
)
