"""The facts about Alembic's `--sql` mode (docs/generation.md), each shown by a project, and what we do instead.

What is emitted is run by psql and compared with what Alembic does online; what cannot be is refused with its line.
"""
# ruff: noqa: E501  # bodies of migrations stand on the lines their authors would write

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from release.cli import run
from tests.projects import ENV, Revision, write_project
from tests.source.conftest import Equal

TABLE = 'op.execute("CREATE TABLE t (id int, a text, b jsonb)")'
DROP = 'op.execute("DROP TABLE t")'


@dataclass(frozen=True, slots=True)
class Shown:
    """A fact, the body of an upgrade that shows it, and what the script must and must not hold."""

    name: str
    upgrade: str
    holds: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    env: str = ENV


BIND = "bind = op.get_bind()\n"

SHOWN = (
    Shown("1 escaped colon", r"""op.execute('''INSERT INTO t (b) VALUES ('{"a"\\:true}')''')""", ('{"a":true}',)),
    Shown(
        "1 colons that are no binds",
        """
        op.execute("INSERT INTO t (a) SELECT '12:30'::text")
        op.execute("INSERT INTO t (a) SELECT (ARRAY['x', 'y'])[1:2]::text")
        op.execute("INSERT INTO t (a) SELECT 'a: b, c:: d'")
        """,
        ("'12:30'::text", "[1:2]::text", "'a: b, c:: d'"),
    ),
    Shown("2 tabs", """op.execute("INSERT INTO t (a) VALUES ('x\\ty')")""", ("'x\ty'",)),
    Shown(
        "2 tabs in a body",
        """op.execute("CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$SELECT 'x\\ty'::text$$")""",
        ("'x\ty'",),
    ),
    Shown(
        "3 trailing comment",
        """
        op.execute("INSERT INTO t (a) VALUES ('one') -- the first")
        op.execute("INSERT INTO t (a) VALUES ('two') /* the second */")
        """,
        ("VALUES ('one')", "VALUES ('two')"),
    ),
    Shown(
        "6 autocommit block",
        """
        with op.get_context().autocommit_block():
            op.execute("CREATE INDEX CONCURRENTLY t_a ON t (a)")
        op.execute("INSERT INTO t (a) VALUES ('after')")
        """,
        ("CREATE INDEX CONCURRENTLY t_a",),
    ),
    Shown(
        "8 unused select",
        BIND
        + "bind.execute(sa.text('SELECT id FROM t'))\nbind.execute(sa.select(sa.column('id')).select_from(sa.table('t')))",
        lacks=("SELECT id",),
    ),
    Shown(
        "8 select that changes something",
        "op.execute('CREATE SEQUENCE s')\n" + BIND + "bind.execute(sa.text(\"SELECT setval('s', 41)\"))",
        ("SELECT setval('s', 41)",),
    ),
    Shown(
        "9 literals",
        """
        from sqlalchemy.dialects import postgresql as pg
        t = sa.table("t", sa.column("id", sa.Integer), sa.column("a", sa.Text), sa.column("b", pg.JSONB))
        op.bulk_insert(t, [{"id": 1, "a": "it's 100% \\\\ back", "b": {"k": [1, None, "ü"]}}, {"id": 2, "a": None, "b": None}])
        """,
        (r"'it''s 100% \ back'", "'null'::jsonb"),
    ),
    Shown(
        "12 parameters of a text",
        """
        bind = op.get_bind()
        bind.execute(sa.text("INSERT INTO t (id, a, b) VALUES (:id, :a, CAST(:b AS jsonb))"), {"id": 5, "a": "it's", "b": '{"x":1}'})
        bind.execute(sa.text("INSERT INTO t (id, a) VALUES (:id, :a)"), [{"id": 6, "a": None}, {"id": -7, "a": "%s"}])
        bind.execute(sa.text("UPDATE t SET id = 1-:n WHERE a = :a").bindparams(a="%s"), {"n": -3})
        """,
        ("'it''s'", "(-7)", "1-(-3)", "'%s'"),
    ),
    Shown(
        "12 expanding parameters",
        """
        bind = op.get_bind()
        op.execute("INSERT INTO t (id) VALUES (1), (2), (3)")
        gone = sa.text("DELETE FROM t WHERE id IN :ids").bindparams(sa.bindparam("ids", expanding=True))
        bind.execute(gone, {"ids": [1, 2]})
        table = sa.table("t", sa.column("id"))
        op.execute(table.update().where(table.c.id.in_([3, 4])).values(id=30))
        """,
        ("IN (1, 2)", "IN (3, 4)"),
        ("POSTCOMPILE",),
    ),
    Shown(
        "12 constructs with parameters",
        """
        bind = op.get_bind()
        t = sa.table("t", sa.column("id", sa.Integer), sa.column("a", sa.String))
        bind.execute(t.insert(), {"id": 1, "a": "one"})
        bind.execute(t.insert(), [{"id": 2, "a": "two"}, {"id": 3, "a": "three"}])
        bind.execute(t.update().where(t.c.id == sa.bindparam("which")), {"which": 2, "a": "zwei"})
        bind.execute(t.delete().where(t.c.id == sa.bindparam("which")), [{"which": 1}])
        bind.execute(t.insert().values(id=9, a=sa.func.upper("nine")))
        """,
        ("'zwei'", "upper('nine')"),
    ),
    Shown(
        "12 defaults that Python knows",
        """
        t = sa.Table("t", sa.MetaData(), sa.Column("id", sa.Integer, default=7), sa.Column("a", sa.Text, default=lambda: "made"))
        op.bulk_insert(t, [{"id": 1}, {"a": "given"}], multiinsert=False)
        """,
        ("(1, 'made')", "(7, 'given')"),
    ),
    Shown(
        "12 driver placeholders",
        """
        bind = op.get_bind()
        bind.exec_driver_sql("INSERT INTO t (id, a) VALUES (%s, %s)", (1, "100%"))
        bind.exec_driver_sql("INSERT INTO t (id, a) VALUES (%(id)s, '%%')", {"id": 2})
        """,
        ("'100%'", "(2, '%')"),
    ),
    Shown(
        "15 print",
        "print('DROP TABLE t;')\nop.execute(\"INSERT INTO t (a) VALUES ('kept')\")",
        lacks=("DROP TABLE t;",),
    ),
    Shown(
        "15 env.py's SQL",
        "op.execute(\"INSERT INTO t (a) VALUES (current_setting('app.who'))\")",
        ("SET app.who = 'env'",),
        env=ENV.replace(
            "context.run_migrations()", "(context.execute(\"SET app.who = 'env'\"), context.run_migrations())"
        ),
    ),
    Shown("16 own terminators", "op.execute(\"INSERT INTO t (a) VALUES ('x;');\")", ("VALUES ('x;');",), (";;",)),
    Shown(
        "16 several statements",
        "op.execute(\"INSERT INTO t (a) VALUES ('1'); INSERT INTO t (a) VALUES ('2');; \")",
        ("VALUES ('1');", "VALUES ('2');"),
        (";;",),
    ),
    Shown(
        "17 no literal_binds, pyformat",
        "t = sa.table('t', sa.column('id', sa.Integer), sa.column('a', sa.Text))\n"
        "op.execute(t.insert().values(id=3, a='50% of %(x)s'))\nop.execute(\"UPDATE t SET a = a || '%' WHERE a LIKE '50\\\\%%'\")",
        ("'50% of %(x)s'", r"LIKE '50\%%'"),
        env=ENV.replace(
            ', literal_binds=True, dialect_opts={"paramstyle": "named"}', ', dialect_opts={"paramstyle": "pyformat"}'
        ),
    ),
)


@pytest.mark.parametrize("case", SHOWN, ids=lambda case: case.name)
def test_the_script_does_what_alembic_does_online(case: Shown, tmp_path: Path, equal: Equal) -> None:
    revisions = (Revision("a1", TABLE, DROP), Revision("b2", case.upgrade, "op.execute('DELETE FROM t')", down="a1"))
    script = equal(write_project(tmp_path, *revisions, env=case.env), back="CREATE" not in case.upgrade)
    for text in case.holds:
        assert text in script
    for text in case.lacks:
        assert text not in script


def test_a_read_whose_result_is_not_used_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = write_project(
        tmp_path, Revision("a1", "op.get_bind().execute(sa.text('SELECT 1'))\nop.execute('CREATE TABLE t ()')")
    )
    assert run(["-c", str(ini), "build", "1.0", "--no-lint"]) == 0
    note = "migrations/versions/a1_x.py:10: not in the script, for it only reads and its result is not used: SELECT 1"
    assert f"note: {note}\n" in capsys.readouterr().err
    manifest = json.loads((tmp_path / "scripts/1.0/manifest.json").read_text(encoding="utf-8"))
    assert manifest["notes"] == [note]


def test_the_connection_can_do_what_needs_no_database(tmp_path: Path) -> None:
    body = """
    bind = op.get_bind()
    bind.commit()
    with bind.begin():
        bind.execute(sa.text("INSERT INTO t VALUES (1)")).close()
    with bind.engine.connect() as other, other.begin():
        other.execute(sa.text("INSERT INTO t VALUES (:n)"), {"n": 2})
    with bind.engine.begin() as again:
        again.exec_driver_sql("INSERT INTO t VALUES (%(n)s)", {"n": 3})
    with bind.connect().execution_options(isolation_level="AUTOCOMMIT") as free:
        free.execute(sa.text("CREATE INDEX CONCURRENTLY i ON t (id)"))
    op.get_context().bind.execute(sa.text("INSERT INTO t VALUES (4)"))
    if bind.execute(sa.text("INSERT INTO t VALUES (5)")) and not bind.closed and bind.in_transaction():
        sa.Table("u", sa.MetaData(), sa.Column("id", sa.Integer)).create(bind)
    try:
        with bind.begin_nested():
            bind.execute(sa.text("INSERT INTO t VALUES (6)"))
            raise LookupError
    except LookupError:
        pass
    """
    ini = write_project(tmp_path, Revision("a1", TABLE, DROP), Revision("b2", body, "op.drop_table('u')", down="a1"))
    assert run(["-c", str(ini), "build", "1.0", "--no-lint"]) == 0
    script = (tmp_path / "scripts/1.0/upgrade.sql").read_text(encoding="utf-8")
    for number in range(1, 6):
        assert f"INSERT INTO t VALUES ({number});" in script
    assert "CREATE INDEX CONCURRENTLY i" in script
    assert "CREATE TABLE u" in script
    assert "VALUES (6)" not in script
