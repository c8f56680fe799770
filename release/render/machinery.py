"""The text that is the same in every release, and its checksums."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from release.config import TRIED_SERVERS
from release.model import FIXED

if TYPE_CHECKING:
    import jinja2

BEGIN, END = FIXED
NUMBER = 1
"""The version of this text; every change of it is a new one."""
COMMAND = f"sed -n '/^{BEGIN[:11]}/,/^{END[:11]}/p' FILE | sha256sum"
"""What prints the checksum of a script's."""
PARTS = {
    "upgrade.sql, rollback.sql": ("session", "release"),
    "preflight.sql": ("reading", "preflight"),
    "verify.sql": ("reading", "verify"),
    "monitor.sql": ("monitor",),
}
"""The parts of each kind of script, in their order."""


@dataclass(frozen=True, slots=True)
class Machinery:
    """The fixed text of one kind of script.

    Attributes:
        text: of all its parts, without what stands between them.
    """

    kind: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256, in hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def lines(self) -> int:
        return self.text.count("\n")


class Fixed:
    """Gives templates the parts, which know nothing of a page."""

    def __init__(self, environment: jinja2.Environment) -> None:
        self._environment = environment

    @cache  # noqa: B019 - there is one for all pages
    def part(self, name: str, *, plain: bool) -> str:
        """A part with its marks, without the end of its last line."""
        template = self._environment.get_template(f"machinery/{name}.sql.j2")
        return template.render(plain=plain, number=NUMBER, oldest=TRIED_SERVERS[0], newest=TRIED_SERVERS[-1]).strip(
            "\n"
        )

    def checksum(self, scripts: str, plain: bool) -> str:
        return self._kind(scripts, plain=plain).checksum

    def kinds(self) -> tuple[Machinery, ...]:
        return tuple(self._kind(scripts, plain=plain) for plain in (False, True) for scripts in PARTS)

    def _kind(self, scripts: str, *, plain: bool) -> Machinery:
        text = "".join(f"{self.part(part, plain=plain)}\n" for part in PARTS[scripts])
        return Machinery(f"plain {scripts}" if plain else scripts, text)


def fenced(script: str) -> str:
    """What a script has of it: the lines between the marks, and these (as `sed` prints them)."""
    found: list[str] = []
    inside = False
    for line in script.splitlines(keepends=True):
        inside = inside or line.startswith(BEGIN)
        if inside:
            found.append(line)
        inside = inside and not line.startswith(END)
    return "".join(found)
