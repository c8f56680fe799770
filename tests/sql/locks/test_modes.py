"""Which lock modes keep each other out, as a server has it, and the weakest that stands for several."""

from __future__ import annotations

import itertools

import psycopg

from release.model import LockMode, mode_for_all
from release.scratch.server import Server


def test_modes_that_keep_each_other_out(server: Server, quiet: str) -> None:
    with server.connect(quiet, autocommit=False) as one, server.connect(quiet, autocommit=False) as other:
        for held, wanted in itertools.product(LockMode, repeat=2):
            one.execute(f"LOCK TABLE rooms IN {held} MODE".encode())
            try:
                other.execute(f"LOCK TABLE rooms IN {wanted} MODE NOWAIT".encode())
                kept_out = False
            except psycopg.errors.LockNotAvailable:
                kept_out = True
            other.rollback()
            one.rollback()
            assert (wanted in held.conflicts) is kept_out, f"{wanted} beside {held}"


def test_the_weakest_mode_for_two() -> None:
    for pair in itertools.product(LockMode, repeat=2):
        found = mode_for_all(pair)
        both = pair[0].conflicts | pair[1].conflicts
        assert found
        assert both <= found.conflicts
        assert not [mode for mode in LockMode if mode < found and both <= mode.conflicts]
    assert mode_for_all((LockMode.SHARE, LockMode.ROW_EXCLUSIVE)) is LockMode.SHARE_ROW_EXCLUSIVE
    assert mode_for_all(()) is None
