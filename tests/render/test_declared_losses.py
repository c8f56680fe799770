"""What the header says of a way back that looks complete, and of which the author has declared a loss."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projects import Revision, build_two

_FORTH, _BACK = 'op.execute("UPDATE t SET b = 1 WHERE b = 0")', 'op.execute("UPDATE t SET b = 0 WHERE b = 1")'


@pytest.mark.parametrize("head", ["", "# release: loses t.b one was it before"])
def test_nothing_is_lost_but_what_is_declared(tmp_path: Path, head: str) -> None:
    first = Revision("a1", 'op.execute("CREATE TABLE t (b int)")', 'op.execute("DROP TABLE t")')
    scripts = build_two(tmp_path, first, Revision("b2", _FORTH, _BACK, down="a1", head=head))
    upgrade, rollback = (
        " ".join((scripts / "1.1" / f"{each}.sql").read_text(encoding="utf-8").replace("--", "").split())
        for each in ("upgrade", "rollback")
    )
    told = "public.t.b: one was it before (declared in "
    assert (told in upgrade, told in rollback) == (bool(head), bool(head))
    assert ("ROLLBACK reversible" in upgrade) is not bool(head)
    assert ("rollback.sql loses nothing that was written since" in upgrade) is not bool(head)
    assert ("rollback.sql loses nothing else that was written since" in upgrade) is bool(head)
    assert ("nothing that was written since the upgrade, but for what is declared" in rollback) is bool(head)
