"""The private name of postgast that is counted on."""

from __future__ import annotations

import postgast
from postgast import nodes

from release.sql.read.internals import message_of


def test_a_typed_node_holds_its_message() -> None:
    message = postgast.parse("SELECT 1").stmts[0].stmt.select_stmt
    assert message_of(nodes.wrap(message)) == message
