from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helium.core.deadlines import (
    format_instant,
    format_lifetime,
    instant_text,
    parse_deadline,
    parse_lifetime,
    time_left,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90m", timedelta(minutes=90)),
        ("12h", timedelta(hours=12)),
        ("3d", timedelta(days=3)),
        ("2w", timedelta(weeks=2)),
    ],
)
def test_a_length_is_a_number_and_a_unit(text: str, length: timedelta) -> None:
    """Minutes, hours, days and weeks."""
    assert length == parse_lifetime(text)


def test_an_instant_is_one_in_every_zone() -> None:
    """It is written in UTC, to the second."""
    east = datetime(2026, 11, 24, 14, 0, 0, 999, tzinfo=timezone(timedelta(hours=2)))

    assert "2026-11-24T12:00:00Z" == format_instant(east) == instant_text(east)


def test_an_instant_that_nobody_knows_is_empty() -> None:
    """In answers, and wherever people read it."""
    assert "" == instant_text(None)


@pytest.mark.parametrize(
    "text", ["", "3", "d", "0d", "03d", "-3d", "+3d", "3 d", "3D", "3s", "3d\n", "1.5h", "100000d", "٣d"]
)
def test_anything_else_is_no_length(text: str) -> None:
    """The sentence says how to write one."""
    with pytest.raises(ValueError, match="like 3d"):
        parse_lifetime(text)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(days=14), "2w"),
        (timedelta(days=3), "3d"),
        (timedelta(hours=36), "36h"),
        (timedelta(minutes=90), "90m"),
        (timedelta(), "0m"),
    ],
)
def test_a_length_is_written_in_the_largest_unit_that_says_it(length: timedelta, text: str) -> None:
    """Exactly, in whole minutes."""
    assert text == format_lifetime(length)


@given(st.integers(1, 99_999), st.sampled_from("mhdw"))
def test_a_length_reads_back(number: int, unit: str) -> None:
    """What is written for a length is read as the same length, if perhaps in a larger unit."""
    length = parse_lifetime(f"{number}{unit}")

    assert length == parse_lifetime(format_lifetime(length))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-12-01", datetime(2026, 12, 1, 23, 59, 59, tzinfo=UTC)),
        ("2028-02-29", datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC)),
        ("9999-12-31", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2026-12-01T18:00:00Z", datetime(2026, 12, 1, 18, tzinfo=UTC)),
        ("2026-12-01t18:00:00z", datetime(2026, 12, 1, 18, tzinfo=UTC)),
        ("2026-12-01T18:00:00+02:00", datetime(2026, 12, 1, 16, tzinfo=UTC)),
        ("2026-12-01T18:00:00.5Z", datetime(2026, 12, 1, 18, 0, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_a_date_is_the_end_of_its_day(text: str, instant: datetime) -> None:
    """A bare date means its last second in UTC; an instant means itself, in UTC."""
    assert instant == parse_deadline(text)
    assert UTC == parse_deadline(text).tzinfo


@pytest.mark.parametrize(
    "text",
    [
        "", "tomorrow", "2026-13-01", "2026-02-29", "2026-1-1", "20261201", "2026-W01-1", "2026-12-01\n", "0000-01-01",
        "2026-12-01T18:00:00", "2026-12-01T18:00Z", "2026-12-01 18:00:00Z", "2026-12-01T24:00:01Z",
        "2026-12-01T18:00:00+25:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-01:00", "٢٠٢٦-12-01", "+7d",
    ],
)  # fmt: skip
def test_anything_else_is_no_deadline(text: str) -> None:
    """The sentence says that it is not a date, or none that exists."""
    with pytest.raises(ValueError, match="not a date"):
        parse_deadline(text)


@given(st.datetimes(datetime.fromisoformat("1900-01-01"), datetime.fromisoformat("9999-01-01"), timezones=st.just(UTC)))
def test_an_instant_reads_back(instant: datetime) -> None:
    """What is written for an instant is read as that instant, to the second."""
    assert instant.replace(microsecond=0) == parse_deadline(format_instant(instant))


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(days=2, hours=3, minutes=5), "2d 3h"),
        (timedelta(hours=3, minutes=5), "3h 5m"),
        (timedelta(minutes=45), "45m"),
        (timedelta(hours=-3), "3h 0m ago"),
        (timedelta(seconds=59), "59s"),
        (timedelta(), "0s ago"),
    ],
)
def test_the_time_left_is_for_people(length: timedelta, text: str) -> None:
    """Two units at most, and what lies behind says so."""
    assert text == time_left(NOW + length, NOW)
