"""`workingHours` and the lifetimes of teams in `helium.yaml`: as values, and each error at its place."""

from __future__ import annotations

import importlib.util
import zoneinfo
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from helium.adapters.specs import YamlSpecs
from helium.core.lifetimes import Lifetime
from helium.core.working_hours import WorkingHours
from helium.errors import SpecError
from tests.adapters.specs.reading import FLEET, RULES, SPECS

HOURS = "workingHours: {from: '08:00', to: '18:00', zone: Europe/Berlin}\n"
BERLIN = ZoneInfo("Europe/Berlin")


def test_hours_are_monday_to_friday_unless_they_say_other_days() -> None:
    """From and to are counted from midnight."""
    usual = SPECS.fleet(f"fleet: acme\n{HOURS}".encode()).working_hours
    other = SPECS.fleet(
        b"fleet: acme\nworkingHours: {days: [sun, mon], from: '00:30', to: '24:00', zone: Asia/Kolkata}\n"
    ).working_hours

    week = ("mon", "tue", "wed", "thu", "fri")
    assert WorkingHours(week, timedelta(hours=8), timedelta(hours=18), BERLIN) == usual
    assert WorkingHours(("sun", "mon"), timedelta(minutes=30), timedelta(hours=24), ZoneInfo("Asia/Kolkata")) == other
    assert SPECS.fleet(b"fleet: acme\n").working_hours is None


def test_a_team_has_the_lifetimes_of_the_fleet_where_it_has_none() -> None:
    """One of the two is enough; a team with a quota alone has none of its own."""
    fleet = SPECS.fleet(
        b"fleet: acme\ndefaults: {lifetime: 5d, maxLifetime: 50d}\n"
        b"teams: {sales: {lifetime: 7d}, lab: {maxLifetime: 180d}, all: {lifetime: 1d, maxLifetime: 2d},\n"
        b"        x: {quota: 3}}\n"
    )
    days = {team: (life.usual.days, life.longest.days) for team, life in fleet.team_lifetimes.items()}

    assert {"sales": (7, 50), "lab": (5, 180), "all": (1, 2)} == days


BAD = [
    ("workingHours:", "/workingHours", "the value is missing"),
    ("workingHours: Mo-Fr", "/workingHours", "must be a mapping"),
    ("workingHours: {}", "/workingHours", '"from" and "to" and "zone" are missing'),
    ("workingHours: {from: 08:00, to: '18:00', zone: UTC}", "/workingHours/from", "write it in quotes"),
    ("workingHours: {from: '8:00', to: '18:00', zone: UTC}", "/workingHours/from", "not a time of the day"),
    ("workingHours: {from: '24:00', to: '18:00', zone: UTC}", "/workingHours/from", "not a time of the day"),
    ("workingHours: {from: '08:00', to: '24:01', zone: UTC}", "/workingHours/to", "not a time of the day"),
    ("workingHours: {from: '18:00', to: '08:00', zone: UTC}", "/workingHours/to", "08:00 is not later than 18:00"),
    ("workingHours: {from: '08:00', to: '08:00', zone: UTC}", "/workingHours/to", "08:00 is not later than 08:00"),
    ("workingHours: {from: '08:00', to: '18:00'}", "/workingHours", '"zone" is missing'),
    ("workingHours: {from: '08:00', to: '18:00', zone: Europe/Bonn}", "/workingHours/zone", "not a time zone that"),
    ("workingHours: {from: '08:00', to: '18:00', zone: ../../etc/passwd}", "/workingHours/zone", "not a time zone"),
    ("workingHours: {from: '08:00', to: '18:00', zone: Europe}", "/workingHours/zone", "not a time zone that"),
    ("workingHours: {from: '08:00', to: '18:00', zone: \"a\\0b\"}", "/workingHours/zone", ""),
    ("workingHours: {from: '08:00', to: '18:00', zone: UTC, days: []}", "/workingHours/days", "for example"),
    ("workingHours: {from: '08:00', to: '18:00', zone: UTC, days: [mo]}", "/workingHours/days/0", '"mon"'),
    ("workingHours: {from: '08:00', to: '18:00', zone: UTC, days: [mon, mon]}", "/workingHours/days", "listed twice"),
    ("teams: {a: {lifetime: 91d}}", "/teams/a/lifetime", "lifetime is longer than maxLifetime (13w and 90d"),
    ("teams: {a: {maxLifetime: 2d}}", "/teams/a/maxLifetime", "lifetime is longer than maxLifetime (3d and 2d"),
    ("teams: {a: {lifetime: 3d, maxLifetime: 2d}}", "/teams/a/lifetime", "longer than maxLifetime"),
    ("teams: {a: {maxLifetime: 600w}}", "/teams/a/maxLifetime", "ten years"),
    ("teams: {a: {lifetime: forever}}", "/teams/a/lifetime", "not a length"),
    ("teams: {a: }", "/teams/a", "the value is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "pointer", "words"), BAD)
def test_each_error_is_said_once_at_its_place(text: str, pointer: str, words: str) -> None:
    """With what to do. Specs are read as without it in the same run."""
    data = f"fleet: acme\n{text}\n".encode()
    with pytest.raises(SpecError) as caught:
        SPECS.fleet(data)

    found = caught.value.issues
    assert [pointer] == [issue.pointer for issue in found]
    assert words in found[0].sentence
    assert (None, {}) == (SPECS.readable_part(data).working_hours, SPECS.readable_part(data).team_lifetimes)


@pytest.fixture
def without_zones() -> Iterator[None]:
    """A machine that has no rules of time zones."""
    if importlib.util.find_spec("tzdata"):
        pytest.skip("the package tzdata is installed, so this machine always has them")
    zoneinfo.reset_tzpath(to=[])
    ZoneInfo.clear_cache()
    yield
    zoneinfo.reset_tzpath()
    ZoneInfo.clear_cache()


@pytest.mark.usefixtures("without_zones")
def test_a_machine_without_zones_says_what_to_install() -> None:
    """It is not the fault of who wrote the settings. Without working hours nobody needs zones."""
    with pytest.raises(SpecError, match="this machine has no rules of time zones"):
        SPECS.fleet(f"fleet: acme\n{HOURS}".encode())

    assert "acme" == SPECS.fleet(b"fleet: acme\n").name


def test_zones_that_went_since_are_an_error_too(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The settings were found valid on this machine before, and that is remembered."""
    data = f"fleet: acme\n{HOURS}".encode()
    YamlSpecs(RULES, remembered=tmp_path).fleet(data)
    request.getfixturevalue("without_zones")

    with pytest.raises(SpecError, match="this machine has no rules of time zones"):
        YamlSpecs(RULES, remembered=tmp_path).fleet(data)


def test_every_rule_of_ends_has_files_read_again() -> None:
    """Then the records have the deadlines of today, and files that ask for too much are found."""
    hours = SPECS.fleet(f"fleet: acme\n{HOURS}".encode()).working_hours
    assert hours is not None
    others: list[dict[str, Any]] = [
        {"working_hours": hours},
        {"working_hours": replace(hours, days=("mon",))},
        {"working_hours": replace(hours, begins=timedelta(0))},
        {"working_hours": replace(hours, ends=timedelta(hours=24))},
        {"working_hours": replace(hours, zone=ZoneInfo("UTC"))},
        {"team_lifetimes": {"sales": Lifetime()}},
        {"team_lifetimes": {"sales": Lifetime(usual=timedelta(days=1))}},
        {"team_lifetimes": {"sales": Lifetime(longest=timedelta(days=9))}},
    ]

    digests = {SPECS.read_with(replace(FLEET, **each)) for each in others}
    assert len(others) == len(digests - {SPECS.read_with(FLEET)})
