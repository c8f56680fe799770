"""Building a bundle against `alembic upgrade --sql` plus `alembic downgrade --sql` on the same range; start-up."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from bench.timing import compare, report

HERE = Path(__file__).parents[1]
ALEMBIC = [sys.executable, "-m", "alembic"]
RELEASE = [sys.executable, "-m", "release"]
REVISIONS = 1000


def run() -> None:
    """Print the ratios."""
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        arxos = root / "arxos"
        shutil.copytree(HERE / "alembic", arxos / "alembic", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("alembic.ini", "pyproject.toml"):
            shutil.copy(HERE / name, arxos / name)
        _build("Arxos, base to head, build : two alembic --sql runs", arxos, "009", aim=1.0)
        long = root / "long"
        write_history(long, REVISIONS)
        _build(f"{REVISIONS} revisions, build : two alembic --sql runs", long, f"r{REVISIONS:05}", aim=1.0, runs=3)
        report(
            "release --help : alembic --help",
            compare([[*RELEASE, "--help"]], [[*ALEMBIC, "--help"]], HERE, runs=10),
            1 / 3,
        )
        _lint(arxos)


def _build(name: str, folder: Path, head: str, *, aim: float, runs: int = 5) -> None:
    output = folder / "out"
    build = [
        *RELEASE,
        "build",
        "1.0.0",
        "--no-lint",
        "--regenerate",
        "--from",
        "base",
        "--to",
        head,
        "--output",
        str(output),
    ]
    peer = [[*ALEMBIC, "upgrade", f"base:{head}", "--sql"], [*ALEMBIC, "downgrade", f"{head}:base", "--sql"]]
    report(name, compare([build], peer, folder, runs=runs), aim)


def _lint(folder: Path) -> None:
    build = [*RELEASE, "build", "1.0.0", "--regenerate", "--to", "002", "--output", str(folder / "linted")]
    seconds = compare([build], [[*build, "--no-lint"]], folder, runs=2)
    report("Arxos 1.0.0, build with lint : without", seconds)


def write_history(folder: Path, revisions: int) -> None:
    """Write an Alembic project with a straight history; every revision makes a table, an index and a row."""
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\npath_separator = os\n")
    (folder / "migrations" / "env.py").write_text(
        "from alembic import context\n"
        "context.configure(dialect_name='postgresql', literal_binds=True, dialect_opts={'paramstyle': 'named'})\n"
        "with context.begin_transaction():\n    context.run_migrations()\n"
    )
    for number in range(1, revisions + 1):
        before = f"'r{number - 1:05}'" if number > 1 else "None"
        table = f"t{number}"
        (versions / f"r{number:05}.py").write_text(
            f'"""Make {table}"""\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
            f"revision = 'r{number:05}'\ndown_revision = {before}\n\n\n"
            "def upgrade():\n"
            f"    op.create_table('{table}', sa.Column('id', sa.Integer(), primary_key=True),"
            " sa.Column('name', sa.Text()))\n"
            f"    op.create_index('ix_{table}_name', '{table}', ['name'])\n"
            f"    op.execute(\"INSERT INTO {table} (name) VALUES ('one')\")\n\n\n"
            f"def downgrade():\n    op.drop_table('{table}')\n"
        )
