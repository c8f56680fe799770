"""Fixtures: a role that may plant, an owner of what is released, and a small release whose authors call nothing."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from psycopg.sql import SQL, Identifier

from release.cli import run
from release.scratch.server import Server
from tests.projects import Revision, write_project

# Nothing here is looked up by a function's or an operator's name: what is called is called by our own text. It has
# what makes a script say most: several segments, an index built CONCURRENTLY, rows that are changed, asked about, lost.
FIRST = Revision(
    "a1",
    """
    op.create_table('kept', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('n', sa.Integer()),
                    sa.Column('word', sa.String(20)))
    op.create_table('other', sa.Column('id', sa.Integer(), primary_key=True),
                    sa.Column('kept_id', sa.Integer(), sa.ForeignKey('kept.id')))
    op.execute("INSERT INTO kept (id, n, word) VALUES (1, 1, 'a'), (2, NULL, 'b')")
    """,
    "op.drop_table('other'); op.drop_table('kept')",
    head="# release: loses *.* nothing that anybody needs",
)
SECOND = Revision(
    "b2",
    """
    with op.get_context().autocommit_block():
        op.create_index('ix_kept_n', 'kept', ['n'], postgresql_concurrently=True)
    """,
    """
    with op.get_context().autocommit_block():
        op.drop_index('ix_kept_n', postgresql_concurrently=True)
    """,
    "an index",
    "a1",
)
THIRD = Revision(
    "c3",
    """
    op.execute("UPDATE kept SET n = 0 WHERE n IS NULL")
    op.alter_column('kept', 'n', nullable=False)
    op.add_column('other', sa.Column('note', sa.Text(), server_default='none'))
    op.create_unique_constraint('uq_kept_word', 'kept', ['word'])
    op.execute("CREATE VIEW seen AS SELECT id, n FROM kept")
    """,
    """
    op.execute("DROP VIEW seen")
    op.drop_constraint('uq_kept_word', 'kept')
    op.drop_column('other', 'note')
    op.alter_column('kept', 'n', nullable=True)
    """,
    "the rest",
    "b2",
    head="# release: loses other.note it was not there before",
)
VERSIONS = ("1.0", "2.0")


@dataclass(frozen=True, slots=True)
class Bundles:
    """Releases that come one after the other.

    Attributes:
        spared: names of functions and operators that their authors' own statements call.
        seed: a script of rows, run after the first of them.
    """

    folder: Path
    versions: tuple[str, ...]
    spared: frozenset[str] = frozenset()
    seed: Path | None = None

    def script(self, version: str, name: str) -> Path:
        return self.folder / version / f"{name}.sql"

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(sorted(self.folder.glob("*/*.sql")))


def build_small(root: Path, *options: str, pyproject: str = "", versions: tuple[str, ...] = VERSIONS) -> Bundles:
    """Write the small project, and build its releases; of the first alone all can be one transaction."""
    ini = write_project(root, FIRST, SECOND, THIRD, pyproject=pyproject)
    for version in versions:
        end = "a1" if version == VERSIONS[0] else "c3"
        assert run(["-c", str(ini), "build", version, "--to", end, "--no-lint", *options]) == 0
    return Bundles(root / "scripts", versions)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Bundles:
    return build_small(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def roles(server: Server) -> Iterator[tuple[str, str]]:
    """Give a role that owns databases, and one that plants."""
    names = tuple(f"{server.prefix}{each}_{secrets.token_hex(4)}" for each in ("owner", "planter"))
    with server.connect(server.maintenance) as connection:
        for name in names:
            connection.execute(SQL("CREATE ROLE {}").format(Identifier(name)))
    yield names[0], names[1]
    with server.connect(server.maintenance) as connection:
        for name in names:
            connection.execute(SQL("DROP ROLE {}").format(Identifier(name)))


@pytest.fixture(scope="session")
def owner(roles: tuple[str, str]) -> str:
    return roles[0]


@pytest.fixture(scope="session")
def planter(roles: tuple[str, str]) -> str:
    return roles[1]
