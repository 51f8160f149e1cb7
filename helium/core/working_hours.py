"""Working hours: on which days, from when to when by the clock on the wall, in which time zone.

Pure: the rules of the zone are given, and nothing here looks them up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""As `helium.yaml` writes them, in the order of `date.weekday()`."""
USUAL_DAYS = DAYS[:5]
_DAY = timedelta(days=1)
_FIRST = datetime(1, 1, 4, tzinfo=UTC)
"""The calendar begins three days earlier. In no zone does a look at the day before leave it."""


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """`begins` and `ends`: since midnight, by the clock on the wall; both moments belong to the working hours."""

    days: tuple[str, ...]
    begins: timedelta
    ends: timedelta
    zone: tzinfo

    def first_at(self, instant: datetime, *, until: datetime) -> datetime | None:
        """The instant itself where somebody works then, else when they next begin to; `None`: not before `until`."""
        # From the day before: its working hours may end at 24:00, which is 00:00 of this day.
        first = max(instant, _FIRST).astimezone(self.zone).date() - _DAY
        for ahead in range((until - instant).days + 4):
            day = first + ahead * _DAY
            if DAYS[day.weekday()] not in self.days:
                continue
            # A beginning that comes twice counts the first time, and an end the second time.
            begins = self._at(day, self.begins)
            ends = max(self._at(day, self.ends), self._at(day, self.ends, fold=1))
            # Where the clock skips them, hours may end before they begin: then there are none.
            if max(begins, instant) <= ends:
                found = max(begins, instant)
                return found if found <= until else None
        return None

    def _at(self, day: date, since_midnight: timedelta, *, fold: int = 0) -> datetime:
        """That time of that day. One that the clock skips comes as much later as the clock is put forward."""
        local = datetime.combine(day, time()) + since_midnight
        return local.replace(tzinfo=self.zone, fold=fold).astimezone(UTC)
