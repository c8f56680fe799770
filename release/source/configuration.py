"""Alembic's configuration, as its own command reads it: alembic.ini, and pyproject.toml beside it."""

from __future__ import annotations

import argparse
import inspect
from typing import TYPE_CHECKING, Any

from alembic.config import Config

from release.config import has_alembic_table, is_flask_layout, load_settings, project_root
from release.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def read_configuration(path: Path, section: str) -> Config:
    """The configuration that a file holds, with the arguments for env.py that `[tool.release] x` names.

    Args:
        path: alembic.ini, or a pyproject.toml with `[tool.alembic]`.
        section: the section of alembic.ini to read.

    Raises:
        ConfigError: there is no such section, or this version of Alembic does not read pyproject.toml.
    """
    config = _read(path, section)
    config.cmd_opts = argparse.Namespace(x=list(load_settings(project_root(path)).x))
    return config


def _read(path: Path, section: str) -> Config:
    beside = path.with_name("pyproject.toml")
    tables: dict[str, Any] = {}
    if has_alembic_table(beside):
        if "toml_file" not in inspect.signature(Config.__init__).parameters:
            raise ConfigError(
                f"{beside.name} has [tool.alembic], which this version of Alembic does not know", "use Alembic 1.16"
            )
        tables["toml_file"] = str(beside)
    if path == beside:
        return Config(**tables)
    config = Config(str(path), ini_section=section, **tables)
    if section not in config.file_config.sections():
        raise ConfigError(
            f"{path}: no section [{section}]",
            f"its sections are {', '.join(config.file_config.sections()) or 'none'}; choose one with --name",
        )
    if is_flask_layout(path):
        config.set_main_option("script_location", str(path.resolve().parent).replace("%", "%%"))
    return config
