"""Lifetimes (lengths) and deadlines (instants): how they are written, read and added.

Nothing here reads a clock; `now` is always an argument.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LIFETIME = re.compile(r"([1-9][0-9]{0,4})([mhdw])")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def parse_lifetime(text: str) -> timedelta:
    """A length as `90m`, `12h`, `3d` or `2w`; raises `ValueError` with a sentence."""
    match = _LIFETIME.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not a length; write a number and one of m, h, d, w, like 3d")
    return int(match[1]) * _UNITS[match[2]]


def format_lifetime(length: timedelta) -> str:
    """The length in the largest unit that says it exactly, in whole minutes: `3d`, `90m`."""
    minutes = int(length / timedelta(minutes=1))
    for unit in ("w", "d", "h"):
        size = int(_UNITS[unit] / timedelta(minutes=1))
        if minutes and minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"


def parse_deadline(text: str) -> datetime:
    """A bare date (that day's last second, UTC) or an RFC 3339 instant; `ValueError` with a sentence."""
    try:
        if _DATE.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time(23, 59, 59), UTC)
        if _INSTANT.fullmatch(text):
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is not a date that exists; look at its month, day, time and offset") from None
    raise ValueError(f"{text!r} is not a date; write 2026-12-01 or 2026-12-01T18:00:00Z")


def format_instant(instant: datetime) -> str:
    """RFC 3339 in UTC, to the second: `2026-12-01T23:59:59Z`."""
    # Not by `strftime`, whose years before 1000 have fewer than four digits.
    return f"{instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def instant_text(instant: datetime | None) -> str:
    """The same; empty until it is known."""
    return "" if instant is None else format_instant(instant)


def to_the_minute(instant: datetime) -> str:
    """An instant in UTC within a sentence: `2026-12-01 23:59 UTC`."""
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def overdue(deadline: datetime, now: datetime) -> str:
    """Says that a deadline has passed; the caller ends the sentence."""
    return f"The deadline {format_instant(deadline)} passed {time_left(deadline, now)}"


def time_left(deadline: datetime, now: datetime) -> str:
    """How long until the deadline (or since), for people: `2d 3h`, `45m`, `20s`, `3h 5m ago`."""
    length = _roughly(abs(deadline - now))
    return length if deadline > now else f"{length} ago"


def _roughly(length: timedelta) -> str:
    hours, minutes = length.seconds // 3600, length.seconds % 3600 // 60
    if length.days:
        return f"{length.days}d {hours}h"
    if hours:
        return f"{hours}h {minutes}m"
    return f"{minutes}m" if minutes else f"{length.seconds}s"
