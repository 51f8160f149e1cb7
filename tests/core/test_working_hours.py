"""When somebody works: by the clock on the wall, through changes of that clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from helium.core.deadlines import format_instant, parse_deadline
from helium.core.working_hours import DAYS, USUAL_DAYS, WorkingHours

BERLIN, INDIA, LORD_HOWE = "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe"
ZONES = (BERLIN, INDIA, LORD_HOWE, "UTC", "America/New_York", "America/Havana", "Asia/Kathmandu", "Pacific/Apia")
MINUTE = timedelta(minutes=1)
WEEK = " ".join(USUAL_DAYS)


def hours(begins: str = "08:00", ends: str = "18:00", *, zone: str = BERLIN, days: str = WEEK) -> WorkingHours:
    """Working hours, as a person writes them."""
    since = [timedelta(hours=int(each[:2]), minutes=int(each[3:])) for each in (begins, ends)]
    return WorkingHours(tuple(days.split()), since[0], since[1], ZoneInfo(zone))


def moved(asked: str, at: WorkingHours, *, within: timedelta = timedelta(days=30)) -> str | None:
    """When that end comes."""
    instant = parse_deadline(asked)
    found = at.first_at(instant, until=instant + within)
    return format_instant(found) if found else None


@pytest.mark.parametrize(
    ("asked", "comes", "at"),
    [
        pytest.param("2026-12-02T11:00:00Z", "2026-12-02T11:00:00Z", hours(), id="noon of a working day"),
        pytest.param("2026-12-02T21:30:00Z", "2026-12-03T07:00:00Z", hours(), id="at night"),
        pytest.param("2026-12-02T03:00:00Z", "2026-12-02T07:00:00Z", hours(), id="before dawn"),
        pytest.param("2026-12-04T21:00:00Z", "2026-12-07T07:00:00Z", hours(), id="Friday night"),
        pytest.param("2026-12-05", "2026-12-07T07:00:00Z", hours(), id="a date, a Saturday"),
        pytest.param("2026-12-02", "2026-12-03T07:00:00Z", hours(), id="a date: the end of that day in UTC"),
        pytest.param("2026-12-02", "2026-12-02T23:59:59Z", hours(ends="24:00", zone="UTC"), id="a date, until 24:00"),
        pytest.param("2026-12-02T07:00:00Z", "2026-12-02T07:00:00Z", hours(), id="the very beginning"),
        pytest.param("2026-12-02T17:00:00Z", "2026-12-02T17:00:00Z", hours(), id="the very end"),
        pytest.param("2026-12-02T17:00:01Z", "2026-12-03T07:00:00Z", hours(), id="a second too late"),
        pytest.param("2026-12-04T23:00:00Z", "2026-12-04T23:00:00Z", hours(ends="24:00"), id="24:00 of Friday"),
        pytest.param("2026-12-04T23:00:01Z", "2026-12-06T23:00:00Z", hours("00:00", "24:00"), id="whole days"),
        pytest.param("2026-12-02T14:00:00Z", "2026-12-03T03:30:00Z", hours("09:00", zone=INDIA), id="half an hour off"),
        pytest.param("2026-03-27T20:00:00Z", "2026-03-30T06:00:00Z", hours(), id="summer time began meanwhile"),
        pytest.param("2026-10-23T20:00:00Z", "2026-10-26T07:00:00Z", hours(), id="summer time ended meanwhile"),
        pytest.param(
            "2026-03-28T23:30:00Z", "2026-03-29T01:30:00Z", hours("02:30", days="sun"), id="a beginning that is skipped"
        ),
        pytest.param(
            "2026-03-28T22:30:00Z",
            "2026-04-05T00:30:00Z",
            hours("02:30", "03:00", days="sun"),
            id="hours that are skipped whole",
        ),
        pytest.param(
            "2026-10-25T01:15:00Z",
            "2026-10-25T01:15:00Z",
            hours("00:00", "02:30", days="sun"),
            id="an end comes twice",
        ),
        pytest.param(
            "2026-10-24T22:30:00Z",
            "2026-10-25T00:30:00Z",
            hours("02:30", days="sun"),
            id="a beginning comes twice",
        ),
    ],
)
def test_an_end_comes_in_working_hours(asked: str, comes: str, at: WorkingHours) -> None:
    """Where it lies outside, at the beginning of the next ones."""
    assert comes == moved(asked, at)


def test_hours_that_begin_too_late_move_nothing() -> None:
    """Until Monday nobody works, and it may not live so long."""
    friday, at = "2026-12-04T21:00:00Z", hours()

    assert (None, "2026-12-07T07:00:00Z") == (
        moved(friday, at, within=timedelta(hours=57)),
        moved(friday, at, within=timedelta(hours=58)),
    )
    assert None is moved(friday, at, within=timedelta(0))


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", BERLIN, "Etc/GMT+12"])
@pytest.mark.parametrize("asked", ["0001-01-01T00:00:00Z", "0001-01-01", "0001-01-04T00:00:00Z"])
def test_an_end_at_the_beginning_of_the_calendar_is_an_end_like_others(asked: str, zone: str) -> None:
    """Somebody wrote the year 1 into a file: there are no days before that to look at."""
    found = moved(asked, hours("00:00", "24:00", zone=zone, days=" ".join(DAYS)))

    assert found is not None
    assert parse_deadline(asked) <= parse_deadline(found) <= parse_deadline("0001-01-05T00:00:00Z")


def works(at: WorkingHours, instant: datetime) -> bool:
    """By the clock on the wall of that minute: what a person would look at."""
    local = instant.astimezone(at.zone).replace(tzinfo=None)
    for day in (local.date(), local.date() - timedelta(days=1)):
        since = local - datetime.combine(day, datetime.min.time())
        if DAYS[day.weekday()] in at.days and at.begins <= since <= at.ends:
            return True
    return False


def changes_at(at: WorkingHours, instant: datetime) -> bool:
    """Whether the clock is changed near a beginning or an end within the next days: there, examples say what is."""
    for ahead in range(-2, 12):
        day = datetime.combine(instant.astimezone(at.zone).date(), datetime.min.time()) + timedelta(days=ahead)
        for since in (at.begins, at.ends):
            local = day + since
            both = {local.replace(tzinfo=at.zone, fold=fold).utcoffset() for fold in (0, 1)}
            if len(both) > 1:
                return True
    return False


@st.composite
def all_hours(draw: st.DrawFn) -> WorkingHours:
    """Any hours in any of the zones."""
    begins = draw(st.integers(0, 24 * 60 - 1))
    ends = draw(st.integers(begins + 1, 24 * 60))
    days = draw(st.sets(st.sampled_from(DAYS), min_size=1).map(lambda each: tuple(sorted(each))))
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    return WorkingHours(days, begins * MINUTE, ends * MINUTE, zone)


INSTANTS = st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + minutes * MINUTE)


@settings(max_examples=60, deadline=None)
@given(all_hours(), INSTANTS)
def test_whoever_walks_minute_by_minute_finds_the_same_end(at: WorkingHours, instant: datetime) -> None:
    """The oracle looks at the clock on the wall until somebody works."""
    assume(not changes_at(at, instant))
    walked = instant
    while not works(at, walked):
        walked += MINUTE

    assert walked == at.first_at(instant, until=instant + timedelta(days=30))


@settings(max_examples=300, deadline=None)
@given(all_hours(), INSTANTS, st.timedeltas(timedelta(0), timedelta(days=9)))
def test_no_end_is_moved_to_before_another(at: WorkingHours, instant: datetime, later: timedelta) -> None:
    """Never earlier than written; what is moved once stays; whoever asks for more gets no less."""
    until = instant + timedelta(days=60)
    first, second = at.first_at(instant, until=until), at.first_at(instant + later, until=until)

    assert first is not None
    assert second is not None
    assert instant <= first <= second
    assert first == at.first_at(first, until=until)


def test_the_usual_days_are_those_of_the_week() -> None:
    """Monday to Friday."""
    assert ("mon", "tue", "wed", "thu", "fri") == USUAL_DAYS
