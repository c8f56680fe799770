"""Flask-Migrate projects, unmodified: the application is found as the `flask` command finds it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import flask_migrate
import pytest

from release.scratch.server import Server
from release.source.online import upgrade_online
from tests.databases import NewDatabase, Psql, clean_environment

SHOP = Path(__file__).parents[1] / "projects" / "flask_shop"
TEMPLATES = Path(flask_migrate.__file__).parent / "templates"

pytestmark = pytest.mark.processes


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return shutil.copytree(SHOP, tmp_path / "site", ignore=shutil.ignore_patterns("__pycache__"))


def release(
    shop: Path, *arguments: str, config: bool = True, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own: an application is imported once for good."""
    inherited = {name: value for name, value in clean_environment().items() if not name.startswith("FLASK_")}
    return subprocess.run(
        [sys.executable, "-m", "release", *(["-c", "migrations/alembic.ini"] if config else []), *arguments],
        capture_output=True,
        encoding="utf-8",
        cwd=shop,
        env=inherited | dict(variables or {}) | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )


def test_the_project_is_what_flask_db_init_writes() -> None:
    assert (SHOP / "migrations/env.py").read_text() == (TEMPLATES / "flask/env.py").read_text()
    assert (SHOP / "migrations/alembic.ini").read_text() == (TEMPLATES / "flask/alembic.ini.mako").read_text()


# files of the project that are another or (None) not there, and environment variables
WAYS: dict[str, tuple[dict[str, str | None], dict[str, str]]] = {
    "flaskenv": ({}, {}),
    "variable": ({".flaskenv": None}, {"FLASK_APP": "shop:create_app()"}),
    "setting": ({".flaskenv": "FLASK_APP=no", "pyproject.toml": '[tool.release]\nflask = "shop:create_app"'}, {}),
    "wsgi.py": ({".flaskenv": None, "wsgi.py": "from shop import create_app\napplication = create_app()\n"}, {}),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_application_is_found(way: str, shop: Path) -> None:
    files, variables = WAYS[way]
    for name, text in files.items():
        (shop / name).unlink(missing_ok=True)
        if text is not None:
            (shop / name).write_text(text, encoding="utf-8")
    done = release(shop, "plan", variables=variables)
    assert done.returncode == 0, done.stderr
    assert "migrations/versions/c5e9d1073b42_a_first_order.py:" in done.stdout


def test_the_configuration_is_found_from_the_project_folder(shop: Path) -> None:
    done = release(shop, "check", config=False)
    assert (done.returncode, done.stdout) == (0, "3 revisions: 3 fine, 0 to look at, 0 to mend\n"), done.stderr


def test_findings_name_files_from_the_project_folder(shop: Path) -> None:
    done = release(shop, "lint", "--from", "base", "--format", "github")
    assert "file=migrations/versions/" in done.stdout, done.stderr
    assert "migrations/migrations" not in done.stdout


def test_a_rehearsal_heeds_the_settings(shop: Path, server: Server) -> None:
    (shop / "pyproject.toml").write_text('[tool.release]\nhistory_table = "journal"\n', encoding="utf-8")
    assert release(shop, "build", "1.0", "--no-lint").returncode == 0
    done = release(shop, "rehearse", "1.0", "--rows", "3", "--server", server.conninfo(server.maintenance))
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_application(shop: Path) -> None:
    (shop / ".flaskenv").unlink()
    done = release(shop, "plan")
    assert done.returncode == 1
    assert "env.py asks for Flask's current_app, and no application could be loaded: NoAppException" in done.stderr
    assert 'hint: name it as for `flask --app`: flask = "module:application" under [tool.release]' in done.stderr


BROKEN = {
    "raises": ("raise LookupError('no settings')", "shop/__init__.py:19: env.py asks", "LookupError: no settings"),
    "exits": ("raise SystemExit(0)", "shop/__init__.py:19: env.py asks", "SystemExit"),
    "connects": (
        "with app.app_context():\n        db.create_all()",
        "the Flask application connects to a database (postgresql) while it is made",
        "let create_app() connect to nothing",
    ),
    "connects and goes on": (
        "import contextlib\n    with contextlib.suppress(Exception), app.app_context():\n        db.create_all()",
        "the Flask application connects to a database (postgresql) while it is made",
        "let create_app() connect to nothing",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_application_that_cannot_be_made(name: str, shop: Path) -> None:
    body, *words = BROKEN[name]
    package = shop / "shop" / "__init__.py"
    text = package.read_text(encoding="utf-8").replace("    from shop import models\n", f"    {body}\n")
    package.write_text(text, encoding="utf-8")
    done = release(shop, "plan")
    assert done.returncode == 1
    for word in words:
        assert word in done.stderr
    assert "Traceback" not in done.stderr


def test_the_version_table_that_only_online_mode_knows(shop: Path) -> None:
    """Flask-Migrate's env.py gives the options of Migrate(…) to context.configure() online alone."""
    package = shop / "shop" / "__init__.py"
    text = package.read_text(encoding="utf-8").replace("(app, db)", '(app, db, version_table="shop_version")')
    package.write_text(text, encoding="utf-8")
    done = release(shop, "build", "1.0", "--no-lint")
    assert done.returncode == 0, done.stderr
    script = (shop / "scripts/1.0/upgrade.sql").read_text(encoding="utf-8")
    assert '"version_table": "public.shop_version"' in script
    assert "alembic_version" not in script


def test_several_databases_are_explained(shop: Path) -> None:
    shutil.copy(TEMPLATES / "flask-multidb/env.py", shop / "migrations/env.py")
    ini = shop / "migrations/alembic.ini"
    text = ini.read_text(encoding="utf-8").replace("[alembic]", "[alembic]\ndatabases = archive")
    ini.write_text(text + "\n[archive]\nsqlalchemy.url = postgresql:///archive\n", encoding="utf-8")
    for file in (shop / "migrations/versions").glob("*.py"):
        file.write_text(file.read_text(encoding="utf-8").replace("grade()", "grade(engine_name)"), encoding="utf-8")
    package = shop / "shop" / "__init__.py"
    binds = 'app.config["SQLALCHEMY_BINDS"] = {"archive": "postgresql:///archive"}\n    db.init_app'
    package.write_text(package.read_text(encoding="utf-8").replace("db.init_app", binds), encoding="utf-8")
    done = release(shop, "plan")
    assert done.returncode == 1
    assert "migrations/env.py runs the migrations a second time" in done.stderr


def test_online_the_context_is_pushed_too(shop: Path, server: Server, new_database: NewDatabase, psql: Psql) -> None:
    database = new_database()
    parameters = server.parameters_of(database)
    upgrade_online(shop / "migrations/alembic.ini", parameters, ["heads"])
    assert psql(database, "-Atc", 'SELECT state FROM "order"').stdout == "paid\n"
