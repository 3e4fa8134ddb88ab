"""What *7d*, a date or a time means as the beginning or the end of a period, in UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias

from ..errors import ConfigurationError

__all__ = ["Moment", "is_midnight", "moment"]

Moment: TypeAlias = datetime | date | str | None
"""A time, a day's beginning in UTC, text in ISO 8601, or so long ago: *12h*, *7d*, *4w*. `None` is open."""

AGO = re.compile(r"(\d{1,5})\s*([hdw])", re.IGNORECASE)
DAYS = {"d": 1, "w": 7}


def moment(value: Moment, *, now: datetime | None = None) -> datetime | None:
    """The moment in UTC. *7d* is midnight seven days ago, so that whole days are compared; *12h* is to the hour.

    Raises `ConfigurationError` for what is no moment.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return _read(value.strip(), now or datetime.now(UTC))
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    raise _refused(value)


def is_midnight(value: datetime | None) -> bool:
    """Whether a period that begins or ends there is made of whole days; an open end is."""
    return value is None or value.time() == time()


def _read(text: str, now: datetime) -> datetime:
    if found := AGO.fullmatch(text):
        number, unit = int(found[1]), found[2].lower()
        if unit == "h":
            return now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=number)
        return datetime.combine(now.date(), time(), UTC) - timedelta(days=number * DAYS[unit])
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise _refused(text) from None
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


def _refused(value: object) -> ConfigurationError:
    return ConfigurationError(f"{value!r} is no time", action="Write 7d, 12h, 4w, or a date such as 2026-11-21.")
