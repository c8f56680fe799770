"""RL307: credentials in alembic.ini, env.py or a migration."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from release.lint.rule import Case, Example, Rule, Severity, Source, Text, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECRETS = ("password", "passwd", "pwd", "secret", "api_key", "apikey", "access_key", "auth_token", "pgpassword")
_PLACEHOLDERS = ("%(", "${", "{", "<", "*")


_LONG = 2000


def _check(case: Case) -> Iterator[Violation]:
    for text in case.texts:
        for line, what in _of_ini(text.text) if text.file.endswith(".ini") else _of_python(text):
            yield Violation(what, source=Source(text.revision, text.file, line))


def _of_ini(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        colon, equal = line.find(":") % (len(line) + 1), line.find("=") % (len(line) + 1)
        at = min(colon, equal)  # configparser takes either
        key, equals, value = line[:at], line[at : at + 1], line[at + 1 :]
        if not equals or line.lstrip().startswith(("#", ";")):
            continue
        value = value.partition(" #")[0].strip()
        if _has_password(value):
            yield number, f"a URL with a password in {key.strip()}"
        elif _is_secret(key) and value and not value.startswith(_PLACEHOLDERS):
            yield number, f"a value for {key.strip()}"


def _of_python(text: Text) -> Iterator[tuple[int, str]]:
    try:
        tree = ast.parse(text.text)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _has_password(node.value):
            yield node.lineno, "a URL with a password"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_conninfo(node.value):
            yield node.lineno, "a connection string with a password"
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                name = ast.unparse(target)
                if _is_secret(name) and _is_text(node.value, name):
                    yield node.lineno, f"a value for {name}"
        elif isinstance(node, ast.keyword) and node.arg and _is_secret(node.arg) and _is_text(node.value, node.arg):
            yield node.value.lineno, f"a value for {node.arg}"


def _is_text(node: ast.expr, name: str) -> bool:
    """Whether a value is written down that is not the name itself, as that of a column is."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return False
    return bool(node.value) and node.value.lower() not in name.lower()


def _is_conninfo(value: str) -> bool:
    """`host=… password=…` (manual, 34.1.1)."""
    words = value.split() if len(value) < _LONG else []
    passwords = [word.partition("=")[2].strip("'") for word in words if word.startswith("password=")]
    host = any(word.startswith(("host=", "dbname=", "user=", "hostaddr=")) for word in words)
    return host and any(each and not each.startswith(_PLACEHOLDERS) and each[0] != "%" for each in passwords)


def _is_secret(name: str) -> bool:
    return name.strip().strip("'\"[]").lower().endswith(_SECRETS)


def _has_password(value: str) -> bool:
    if "://" not in value or len(value) > _LONG or any(letter.isspace() for letter in value):
        return False
    try:
        parts = urlsplit(value)
        password = parts.password
    except ValueError:
        return False
    # alembic init writes driver://user:pass@localhost/dbname
    return bool(password) and parts.scheme != "driver" and not str(password).startswith(_PLACEHOLDERS)


RULE = Rule(
    "RL307",
    "Credentials in alembic.ini, env.py or a migration",
    Severity.ERROR,
    "Whoever can read the repository, now or later, can log in. Taking the line out leaves it in the history.",
    'Read it from the environment in env.py, `os.environ["DATABASE_URL"]`, or leave it to ~/.pgpass; change the '
    "password that was written down.",
    Example(ini="sqlalchemy.url = postgresql://arxos:hunter2@db.example/arxos  # here"),
    Example(ini="sqlalchemy.url = postgresql://arxos@db.example/arxos"),
    _check,
)
