"""The date of a release: the one place that reads a clock."""

from __future__ import annotations

import datetime
import os

from release.errors import ConfigError


def release_date(text: str | None) -> str:
    """An ISO date: as given, else SOURCE_DATE_EPOCH's (UTC), else today's (local).

    Raises:
        ConfigError: the text, or SOURCE_DATE_EPOCH, is not a date.
    """
    if text is not None:
        try:
            return datetime.date.fromisoformat(text).isoformat()
        except ValueError as error:
            raise ConfigError(f"--date {text!r} is not a date", "write it as YYYY-MM-DD") from error
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch:
        try:
            return datetime.datetime.fromtimestamp(int(epoch), datetime.UTC).date().isoformat()
        except (ValueError, OverflowError, OSError) as error:
            raise ConfigError(f"SOURCE_DATE_EPOCH={epoch!r} is not a time", "it is seconds since 1970-01-01") from error
    return datetime.date.today().isoformat()  # noqa: DTZ011  # the release manager's own day


def today() -> tuple[str, ...]:
    """Today's ISO date, here and in UTC: what a value from Python's clock may hold."""
    here, utc = datetime.date.today(), datetime.datetime.now(datetime.UTC).date()  # noqa: DTZ011
    return tuple(sorted({here.isoformat(), utc.isoformat()}))
