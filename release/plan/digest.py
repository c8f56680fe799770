"""The plan digest: whether two bundles do the same."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from release.model import Statement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from release.model import Name, Plan


def digest_of(version_table: Name, plans: Iterable[Plan]) -> str:
    """SHA-256 over the statements' tokens, their order, segments and version rows; not over layout and comments."""
    seal = hashlib.sha256(f"release plan 1\0{version_table}".encode())
    for plan in plans:
        seal.update(b"\0direction")
        for word, around in (("opening", plan.opening), ("closing", plan.closing)):
            for statement in around:
                seal.update(f"\0{word} {statement.digest}".encode())
        for segment in plan.segments:
            seal.update(b"\0transaction" if segment.transactional else b"\0alone")
            for statement in segment.again:
                seal.update(f"\0again {statement.digest}".encode())
            for step in segment.steps:
                if isinstance(step, Statement):
                    seal.update(f"\0{step.digest}".encode())
                else:
                    seal.update(f"\0version -{','.join(step.removes)} +{','.join(step.adds)}".encode())
    return seal.hexdigest()
