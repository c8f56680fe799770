"""Which configuration sqlfluff gets."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from release.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def read_config(path: Path | None) -> str:
    """The text of a configuration file, ours when none is named.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        if path is None:
            return files("release.lint.sqlfluff").joinpath("sqlfluff.cfg").read_text(encoding="utf-8")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}", "see `sqlfluff` under [tool.release]") from error
