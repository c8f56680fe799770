"""One JSON object per statement, for programs that read how a run went."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from release.psql.run_state import Execution, Message


class JsonReporter:
    """A reporter that writes a line of JSON when a statement has ended."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def started(self, file: str, line: int, query: bytes) -> None:
        pass

    def echoed(self, text: bytes) -> None:
        pass

    def finished(self, execution: Execution) -> None:
        record = {
            "file": execution.file,
            "line": execution.line,
            "tag": execution.tags[-1] if execution.tags else None,
            "tags": execution.tags,
            "rows": execution.rows,
            "milliseconds": round(execution.milliseconds, 3),
            "notices": [_describe(notice) for notice in execution.notices],
            "error": _describe(execution.error) if execution.error else None,
        }
        self._out.write(json.dumps(record, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        self._out.flush()


def _describe(message: Message) -> dict[str, str]:
    return {name: value for name, value in asdict(message).items() if value}
