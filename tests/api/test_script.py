"""A script that lints, without `if __name__ == "__main__":`, is run once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
from pathlib import Path
from release import Choice, lint_files
print("begun")
print(*(finding.code for finding in lint_files([Path("one.sql")], Choice(select=("CP01",))).findings))
"""


@pytest.mark.processes
def test_workers_do_not_import_the_script(tmp_path: Path) -> None:
    (tmp_path / "one.sql").write_text("SELECT a from t;\n", encoding="utf-8")
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=250
    )
    assert done.stdout == "begun\nCP01\n", done.stdout + done.stderr
    assert not done.stderr
