"""One place says when workspaces end: by lifetimes of each team, and by working hours."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helium.core.deadlines import format_lifetime, parse_lifetime
from helium.core.fleet import Defaults, Fleet
from helium.core.job_access import JobRule, JobSettings, common_of
from helium.core.lifetimes import End, Lifetime, LifetimeRules, why_later
from helium.core.spec import InvalidSpec, Spec
from helium.core.transitions import allowed_end, current_end, keeps_deadline, recorded_end, seen_end
from helium.core.working_hours import USUAL_DAYS, WorkingHours
from tests.builders import record, spec

ROOT = Path(__file__).parents[2]
HOURS = WorkingHours(USUAL_DAYS, timedelta(hours=8), timedelta(hours=18), ZoneInfo("Europe/Berlin"))
ADDED = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
FRIDAY_NIGHT = datetime(2026, 12, 4, 21, 0, tzinfo=UTC)
SATURDAY = datetime(2026, 12, 5, 12, 0, tzinfo=UTC)
MONDAY = datetime(2026, 12, 7, 7, 0, tzinfo=UTC)
WITH, WITHOUT = LifetimeRules(hours=HOURS), LifetimeRules()
DAY = timedelta(days=1)


def test_a_file_says_when_and_else_its_team_or_the_fleet() -> None:
    """Both lengths of a team count for it alone."""
    lifetimes = LifetimeRules(teams={"sales": Lifetime(7 * DAY, 180 * DAY)})
    folders = ("", "sales/", "other/")

    ends = [
        lifetimes.end_of(spec(expiry=None, path=f"workspaces/{folder}a.yaml"), added_at=ADDED).at - ADDED
        for folder in folders
    ]
    assert [3 * DAY, 7 * DAY, 3 * DAY] == ends
    assert ADDED + DAY == lifetimes.end_of(spec(expiry=ADDED + DAY), added_at=ADDED).at
    assert ADDED + 7 * DAY == lifetimes.usual_end(ADDED, team="sales")
    assert (180 * DAY, 90 * DAY) == (lifetimes.of("sales").longest, lifetimes.of("").longest)


def test_the_fleet_says_it_all() -> None:
    """Whoever has the fleet has every rule."""
    rule = JobRule(repository=1, owner="ci@example.com")
    fleet = Fleet(
        "acme",
        defaults=Defaults(lifetime=DAY, max_lifetime=2 * DAY),
        team_lifetimes={"sales": Lifetime()},
        working_hours=HOURS,
        jobs=JobSettings(issuer="https://x", audience="y", allow=(rule,)),
    )

    expected = LifetimeRules(Lifetime(DAY, 2 * DAY), {"sales": Lifetime()}, HOURS, (common_of(rule, "https://x"),))
    assert expected == fleet.lifetimes


def test_an_end_outside_working_hours_moves_and_says_so() -> None:
    """Without hours, every end stays as it is written."""
    moved, noon = WITH.end(FRIDAY_NIGHT, added_at=ADDED, team=""), MONDAY + timedelta(hours=4)

    assert (End(MONDAY, FRIDAY_NIGHT), FRIDAY_NIGHT) == (moved, moved.moved_from)
    assert ", the next working time after 2026-12-04T21:00:00Z" == why_later(moved.moved_from)
    for stays in (WITH.end(noon, added_at=ADDED, team=""), WITHOUT.end(noon, added_at=ADDED, team="")):
        assert (End(noon, noon), None, "") == (stays, stays.moved_from, why_later(stays.moved_from))


@pytest.mark.parametrize(
    ("longest", "expected"),
    [
        pytest.param(MONDAY - ADDED, MONDAY, id="just long enough"),
        pytest.param(MONDAY - ADDED - timedelta(seconds=1), FRIDAY_NIGHT, id="a second too short"),
        pytest.param(FRIDAY_NIGHT - ADDED - DAY, FRIDAY_NIGHT, id="too long as it is written"),
    ],
)
def test_a_moved_end_counts_against_the_longest_lifetime(longest: timedelta, expected: datetime) -> None:
    """Where the next working hours begin too late, what is written stays."""
    lifetimes = replace(WITH, every=Lifetime(DAY, longest))

    assert expected == lifetimes.end(FRIDAY_NIGHT, added_at=ADDED, team="").at


def test_what_a_ci_job_asked_for_ends_as_it_is_written() -> None:
    """Nobody is surprised at night by the end of a machine's workspace, and its rule says how long it may live."""
    lifetimes = replace(WITH, of_jobs=("ci-abc123-",))

    assert [FRIDAY_NIGHT, MONDAY] == [
        lifetimes.end_of(spec(name, expiry=FRIDAY_NIGHT), added_at=ADDED).at for name in ("ci-abc123-x", "ci-other")
    ]


@pytest.mark.parametrize("now", [ADDED, SATURDAY, MONDAY + DAY], ids=["before", "between", "after"])
@pytest.mark.parametrize("written", [FRIDAY_NIGHT, None], ids=["written", "by the usual lifetime"])
def test_settings_that_change_never_bring_an_end_nearer(now: datetime, written: datetime | None) -> None:
    """Somebody takes the working hours away on Saturday: what was to live until Monday does."""
    # By the usual lifetime it would have ended on Friday at noon.
    lifetimes = replace(WITH, every=Lifetime(FRIDAY_NIGHT - ADDED))
    file = spec(expiry=written)
    known = seen_end(
        record(added_at=ADDED, deadline=ADDED, lifetime="81h"),
        current_end(record(added_at=ADDED, lifetime="81h"), file, lifetimes=lifetimes, now=ADDED),
        now=ADDED,
    )

    assert (MONDAY, FRIDAY_NIGHT) == (known.deadline, known.written)
    assert MONDAY == current_end(known, file, lifetimes=WITHOUT, now=now).at
    assert (
        MONDAY
        == current_end(known, replace(file, blob="edited", path="workspaces/x/a.yaml"), lifetimes=WITHOUT, now=now).at
    )


def test_a_date_that_somebody_writes_counts_by_todays_settings() -> None:
    """Whoever writes another end gets that one, be it earlier."""
    known = record(added_at=ADDED, deadline=MONDAY, written=FRIDAY_NIGHT)
    earlier = spec(expiry=FRIDAY_NIGHT - DAY)

    assert FRIDAY_NIGHT - DAY == current_end(known, earlier, lifetimes=WITHOUT, now=SATURDAY).at


def test_hours_that_come_move_what_was_noted_before_them() -> None:
    """The record is of before, and its deadline has passed: by its file, and by itself where the file has errors."""
    known = record(added_at=ADDED, deadline=FRIDAY_NIGHT)
    broken = InvalidSpec("a", "workspaces/a.yaml", "b", ())

    assert End(MONDAY, FRIDAY_NIGHT) == current_end(known, spec(expiry=FRIDAY_NIGHT), lifetimes=WITH, now=SATURDAY)
    assert End(MONDAY, FRIDAY_NIGHT) == recorded_end(known, WITH)
    assert MONDAY == allowed_end(broken, known, lifetimes=WITH).at
    assert MONDAY + DAY == allowed_end(replace(broken, until=MONDAY + DAY), known, lifetimes=WITH).at
    assert MONDAY == allowed_end(None, known, lifetimes=WITH).at


def test_another_folder_leaves_the_usual_lifetime_as_it_was() -> None:
    """The lifetime is that of the day and the team it was added in."""
    known = record(added_at=ADDED, deadline=ADDED + 3 * DAY, lifetime="3d")
    moved = spec(expiry=None, path="workspaces/brief/a.yaml")
    brief = LifetimeRules(teams={"brief": Lifetime(timedelta(hours=1), 90 * DAY)})

    assert ADDED + 3 * DAY == current_end(known, moved, lifetimes=brief, now=ADDED + DAY).at
    assert (
        ADDED + timedelta(hours=1) == current_end(replace(known, lifetime=None), moved, lifetimes=brief, now=ADDED).at
    )


def test_whether_a_silent_file_keeps_its_deadline() -> None:
    """It does where the usual lifetime is over."""
    known = record(added_at=ADDED, deadline=MONDAY)
    facts = [(spec(expiry=None), ADDED + 4 * DAY), (spec(expiry=None), ADDED), (spec(expiry=MONDAY), ADDED + 4 * DAY)]

    assert [True, False, False] == [keeps_deadline(known, file, lifetimes=WITHOUT, now=now) for file, now in facts]


MINUTES = st.integers(0, 180 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
LIVES = st.builds(
    Lifetime,
    st.timedeltas(timedelta(hours=1), timedelta(days=10)),
    st.timedeltas(timedelta(days=1), timedelta(days=40)),
)
RULES = st.builds(
    LifetimeRules, LIVES, st.dictionaries(st.sampled_from(["sales", "x"]), LIVES), st.sampled_from([HOURS, None])
)
FILES = st.builds(
    lambda after, folder: spec(expiry=after and ADDED + after, path=f"workspaces/{folder}a.yaml"),
    st.one_of(st.none(), MINUTES),
    st.sampled_from(["", "sales/", "x/"]),
)


@settings(max_examples=400, deadline=None)
@given(FILES, RULES, RULES, st.sampled_from(["", "sales/", "x/"]), MINUTES)
def test_no_settings_end_what_an_earlier_look_let_live(
    file: Spec, before: LifetimeRules, after: LifetimeRules, folder: str, later: timedelta
) -> None:
    """Whatever changes in `helium.yaml`, and wherever the file is moved: the same file never ends any earlier."""
    usual = format_lifetime(before.of(file.team).usual)
    first = before.end_of(file, added_at=ADDED, usual=parse_lifetime(usual))
    known = record(added_at=ADDED, deadline=first.at, written=first.moved_from, lifetime=usual, team=file.team)
    moved = replace(file, path=f"workspaces/{folder}a.yaml", blob="other")

    assert current_end(known, moved, lifetimes=after, now=ADDED + later).at >= known.deadline
    seen = seen_end(known, current_end(known, moved, lifetimes=after, now=ADDED + later), now=ADDED + later)
    assert current_end(seen, file, lifetimes=before, now=ADDED + 2 * later).at >= seen.deadline


@settings(max_examples=200, deadline=None)
@given(MINUTES, RULES)
def test_an_end_is_never_earlier_nor_beyond_the_longest_life(length: timedelta, rules: LifetimeRules) -> None:
    """What asks for more than that is an error of the file, and stays as it is."""
    written, latest = ADDED + length, ADDED + rules.of("").longest
    end = rules.end(written, added_at=ADDED, team="")

    assert end.written == written <= end.at <= max(latest, written)


def test_nobody_else_reads_the_settings_that_make_ends() -> None:
    """Whoever adds a lifetime by hand forgets the team, or the working hours: the rules are asked, in one place."""
    readers = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "helium").rglob("*.py")
        if re.search(r"defaults\.(max_)?lifetime|\bteam_lifetimes\b", path.read_text(encoding="utf-8"))
    }

    assert {"helium/core/fleet.py", "helium/adapters/specs/settings.py"} == readers
