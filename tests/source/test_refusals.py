"""What cannot be rendered faithfully is refused with revision, file and line (the facts of docs/generation.md)."""
# bodies of migrations stand on the lines their authors would write

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from release.cli import run
from tests.projects import ENV, Revision, write_project

TABLE = 'op.execute("CREATE TABLE t (id int, a text, b jsonb)")'
DROP = 'op.execute("DROP TABLE t")'


@dataclass(frozen=True, slots=True)
class Refused:
    """The body of an upgrade that cannot be rendered, the line to blame, and words of the message."""

    name: str
    upgrade: str
    line: int
    words: tuple[str, ...]
    env: str = ENV


REFUSED = (
    Refused(
        "1 text",
        """op.execute('''UPDATE t SET a = '{"a":true}' ''')""",
        10,
        ("without a value: :true", r"write \:true"),
    ),
    Refused(
        "1 construct",
        "t = sa.table('t', sa.column('id'))\nop.execute(t.update().values(id=sa.bindparam('n')))",
        11,
        (":n", "has no value"),
    ),
    Refused(
        "12 parameter missing",
        "op.get_bind().execute(sa.text('DELETE FROM t WHERE id = :id AND a = :a'), {'a': 'x'})",
        10,
        ("without a value: :id",),
    ),
    Refused(
        "8 result used",
        "rows = op.get_bind().execute(sa.text('SELECT id FROM t'))\nfor row in rows:\n    pass",
        11,
        ("result of `SELECT id FROM t` is used (its rows)", "INSERT … SELECT"),
    ),
    Refused(
        "8 scalar",
        "if op.get_bind().execute(sa.text('SELECT count(*) FROM t')).scalar():\n    pass",
        10,
        ("is used (.scalar)",),
    ),
    Refused("8 connection scalar", "op.get_bind().scalar(sa.text('SELECT 1'))", 10, ("is used (.scalar)",)),
    Refused(
        "8 rowcount",
        "done = op.get_bind().execute(sa.text('DELETE FROM t'))\nwhile done.rowcount:\n    pass",
        11,
        ("is used (.rowcount)",),
    ),
    Refused("8 inspect", "sa.inspect(op.get_bind())", 10, ("inspect() reads the catalogs",)),
    Refused(
        "8 has_table",
        "bind = op.get_bind()\nif not bind.dialect.has_table(bind, 't'):\n    op.execute('SELECT 1')",
        11,
        ("offline there is no database to ask",),
    ),
    Refused(
        "8 has_table by the inspector",
        "sa.inspect(op.get_bind().engine).get_table_names()",
        10,
        ("inspect() reads the catalogs",),
    ),
    Refused(
        "8 reflection",
        "sa.Table('t', sa.MetaData(), autoload_with=op.get_bind())",
        10,
        ("reads the catalogs",),
    ),
    Refused(
        "8 swallowed",
        "try:\n    op.get_bind().execute(sa.text('SELECT 1')).scalar()\nexcept Exception:\n    pass",
        11,
        ("is used (.scalar)",),
    ),
    Refused(
        "8 Session",
        "from sqlalchemy.orm import Session\nwith Session(bind=op.get_bind()) as session:\n"
        "    session.execute(sa.text('SELECT 1')).scalar()",
        12,
        ("offline there is no database to ask",),
    ),
    Refused("8 raw cursor", "op.get_bind().connection.cursor()", 10, ("driver's own connection",)),
    Refused("8 rollback", "op.get_bind().rollback()", 10, ("rolls its transaction back",)),
    Refused(
        "9 no literal form",
        "op.execute(sa.table('t', sa.column('a')).insert().values(a=sa.literal(object(), sa.Text())))",
        10,
        ("Python type object has no form as Text",),
    ),
    Refused(
        "9 dictionary as a plain parameter",
        "op.get_bind().execute(sa.text('UPDATE t SET b = :b'), {'b': {'a': 1}})",
        10,
        ("Python type dict",),
    ),
    Refused(
        "9 unknown column",
        "op.bulk_insert(sa.table('t', sa.column('a')), [{'a': '1', 'z': 2}])",
        10,
        ("values for z", "does not list"),
    ),
    Refused("driver percent", "op.get_bind().exec_driver_sql(\"SELECT 'a%'\")", 10, ("%% there",)),
    Refused(
        "an engine",
        "sa.create_engine('postgresql+psycopg:///nowhere').connect()",
        10,
        ("connects to a database (postgresql) in offline mode",),
    ),
    Refused(
        "a column twice",
        "op.create_table('u', sa.Column('a', sa.Integer), sa.Column('a', sa.Integer))",
        10,
        ("DuplicateColumnError: A column with name 'a'", "SQLAlchemy itself refuses it, in `alembic upgrade` too"),
    ),
    Refused(
        "an argument that is none, beside the connection",
        "bind = op.get_bind()\nop.create_check_constraint('c', 't', 5)",
        11,
        ("ArgumentError: ", "SQLAlchemy itself refuses it"),
    ),
    Refused(
        "a column without a type",
        "op.add_column('t', sa.Column('n'))",
        10,
        ("did you forget to specify a type", "SQLAlchemy itself refuses it"),
    ),
    Refused(
        "a constraint without a name",
        "op.drop_constraint(None, 't', type_='unique')",
        10,
        ("drops a constraint of t without its name", r"`\d t`", "table_column_key"),
    ),
    Refused(
        "a constraint without a name, in a batch",
        "with op.batch_alter_table('t') as batch:\n    batch.drop_constraint(None)",
        10,
        ("drops a constraint of t without its name",),
    ),
    Refused("anything else", "{}['x']", 10, ("KeyError", "`alembic upgrade … --sql` fails at the same line")),
    Refused(
        "13 no row",
        "op.execute('SELECT 1')\nimport sys\nsys.exit(0)",
        12,
        ("SystemExit",),
    ),
)


@pytest.mark.filterwarnings("ignore:The engine provided as bind produced a connection")  # SQLAlchemy 2.0, of a Session
@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_what_cannot_be_faithful_is_refused_with_its_line(
    case: Refused, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    revisions = (Revision("a1", TABLE, DROP), Revision("bad", case.upgrade, down="a1"))
    ini = write_project(tmp_path, *revisions, env=case.env)
    assert run(["-c", str(ini), "build", "1.0"]) == 1
    message = " ".join(capsys.readouterr().err.split())
    assert f"revision bad, migrations/versions/bad_x.py:{case.line}: " in message
    for word in case.words:
        assert word in message
    assert not (tmp_path / "scripts").exists()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("{}['x']", "`alembic downgrade … --sql` fails at the same line"),
        ("op.drop_constraint(None, 't', type_='unique')", "without its name"),
        ("op.add_column('t', sa.Column('n'))", "SQLAlchemy itself refuses it, in `alembic downgrade` too"),
    ],
)
def test_of_a_downgrade_the_refusal_says_downgrade(
    body: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ini = write_project(tmp_path, Revision("a1", TABLE, DROP), Revision("bad", "pass", body, down="a1"))
    assert run(["-c", str(ini), "build", "1.0"]) == 1
    message = " ".join(capsys.readouterr().err.split())
    assert "revision bad, migrations/versions/bad_x.py:14: " in message
    assert words in message
    assert "literal form" not in message
    assert "needs a database" not in message
