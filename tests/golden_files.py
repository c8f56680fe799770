"""Golden files: text that was reviewed once, and must not change unnoticed."""

from __future__ import annotations

from pathlib import Path

import pytest

GOLDEN = Path(__file__).with_name("golden")


def check_golden(name: str, text: str, *, update: bool) -> None:
    """Compare `text` with the golden file `name`, byte by byte; with `update`, write it."""
    file = GOLDEN / name
    if update:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
        return
    if not file.exists():
        pytest.fail(f"there is no golden file {file}: run pytest --update-golden, and review what it writes")
    expected = file.read_bytes().decode()
    assert text == expected, (
        f"{file} differs: if the new text is right, run pytest --update-golden and review the change"
    )


def find_unreferenced(used: set[str]) -> list[str]:
    """List the golden files that no test compares anything with."""
    there = (file.relative_to(GOLDEN).as_posix() for file in GOLDEN.rglob("*") if file.is_file())
    return sorted(set(there) - used)


def is_whole_suite(config: pytest.Config) -> bool:
    """Tell whether a run includes every test that may use golden files."""
    option = config.option
    return (
        config.args_source is not pytest.Config.ArgsSource.ARGS
        and not (option.keyword or option.deselect or option.ignore or option.ignore_glob or option.collectonly)
        and not (getattr(option, "lf", False) or getattr(option, "stepwise", False))
        and option.markexpr in ("", "not slow", "not slow and not servers")  # the others use none
    )
