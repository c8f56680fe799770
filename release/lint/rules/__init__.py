"""The rules, one file each. RL1 is about the schema, RL2 about dangers to a database in use, RL3 about handing over."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from release.lint.rule import Rule


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, in the order of the codes."""
    modules = (importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    rules: tuple[Rule, ...] = tuple(sorted((module.RULE for module in modules), key=lambda rule: rule.code))
    if len({rule.code for rule in rules}) != len(rules):
        raise RuntimeError("two rules have the same code")
    return rules
