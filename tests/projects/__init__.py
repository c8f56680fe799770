"""Miniature Alembic projects, written for one test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent

from release.cli import run

ENV = """
from alembic import context
from sqlalchemy import create_engine, pool
import os

config = context.config
URL = os.environ.get("DATABASE_URL", "postgresql+psycopg:///nowhere")

if context.is_offline_mode():
    context.configure(url=URL, literal_binds=True, dialect_opts={"paramstyle": "named"})
    with context.begin_transaction():
        context.run_migrations()
else:
    engine = create_engine(URL, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
"""


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision file: the bodies of `upgrade` and `downgrade`, and what stands around them."""

    id: str
    upgrade: str = "pass"
    downgrade: str = "pass"
    message: str = ""
    down: str | tuple[str, ...] | None = None
    head: str = ""
    depends_on: str | tuple[str, ...] | None = None
    labels: tuple[str, ...] = ()

    def source(self) -> str:
        return (
            f"{(self.message or 'revision ' + self.id)!r}\n"
            "import sqlalchemy as sa\nfrom alembic import op\n"
            f"{dedent(self.head)}\n"
            f"revision = {self.id!r}\ndown_revision = {self.down!r}\n"
            f"{self._more()}\n\n"
            f"def upgrade():\n{_body(self.upgrade)}\n\n\ndef downgrade():\n{_body(self.downgrade)}\n"
        )

    def _more(self) -> str:
        lines = [("depends_on", self.depends_on), ("branch_labels", self.labels)]
        return "".join(f"{name} = {value!r}\n" for name, value in lines if value)


def _body(text: str) -> str:
    return indent(dedent(text).strip() or "pass", "    ")


def write_project(root: Path, *revisions: Revision, env: str = ENV, pyproject: str = "") -> Path:
    """Write an Alembic project and give the path of its alembic.ini."""
    versions = root / "migrations" / "versions"
    versions.mkdir(parents=True)
    (root / "alembic.ini").write_text(
        "[alembic]\nscript_location = %(here)s/migrations\npath_separator = os\n", encoding="utf-8"
    )
    (root / "migrations" / "env.py").write_text(env, encoding="utf-8")
    (root / "migrations" / "script.py.mako").write_text("", encoding="utf-8")
    if pyproject:
        (root / "pyproject.toml").write_text(dedent(pyproject), encoding="utf-8")
    for revision in revisions:
        (versions / f"{revision.id}_x.py").write_text(revision.source(), encoding="utf-8")
    return root / "alembic.ini"


def build_two(root: Path, first: Revision, second: Revision, how: str = "--no-lint", pyproject: str = "") -> Path:
    """Write a project, and build release 1.0 of its first revision and 1.1 of its second; give the folder of both."""
    ini = write_project(root, first, second, pyproject=pyproject)
    assert run(["-c", str(ini), "build", "1.0", "--to", first.id, how]) == 0
    assert run(["-c", str(ini), "build", "1.1", how]) == 0
    return root / "scripts"
