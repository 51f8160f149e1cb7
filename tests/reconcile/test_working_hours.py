"""Working hours and lifetimes of teams over whole passes: they move ends to later, and settings end nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from helium.core.lifetimes import Lifetime
from helium.core.plan import Code, Overrides
from helium.core.record import Phase, Record
from helium.core.spec import Addition
from helium.errors import SpecError
from helium.reconcile.diff import diff
from helium.reconcile.expired_files import expired
from helium.reconcile.load import Selection, without_state
from helium.reconcile.loop import Result
from helium.reconcile.repair import rebuilt
from tests.builders import FLEET, NOW, fleet_of, spec
from tests.reconcile.harness import SETTINGS, Stage

HOURS = b"workingHours: {from: '08:00', to: '18:00', zone: Europe/Berlin}\n"
FRIDAY = datetime(2026, 11, 27, 21, 0, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
MONDAY = datetime(2026, 11, 30, 7, 0, tzinfo=UTC)
AT_NIGHT = "expiry: 2026-11-27T21:00:00Z\n"
MINUTE = timedelta(minutes=1)


def stage_with(settings: bytes, **files: str) -> Stage:
    """A fleet on a Tuesday at noon, after its first pass."""
    stage = Stage()
    stage.repo.land({"helium.yaml": SETTINGS + settings}, time=stage.now)
    stage.land({f"{name.replace('__', '/')}.yaml": text for name, text in files.items()})
    stage.go()
    return stage


def at(stage: Stage, when: datetime) -> Result:
    """The pass of that moment."""
    stage.now = when - MINUTE
    return stage.go()


def settle(stage: Stage, settings: bytes) -> None:
    """Somebody changes `helium.yaml`."""
    stage.repo.land({"helium.yaml": SETTINGS + settings}, time=stage.now)


def record_of(stage: Stage, name: str = "a") -> Record:
    """What the ledger has of it."""
    found = stage.ledger.snapshot.records[name]
    assert isinstance(found, Record)
    return found


def due(stage: Stage, now: datetime) -> list[str]:
    """What a scheduled job would remove the file of."""
    observed = without_state(stage.ports(), Selection(), now=now).observed
    return list(expired(replace(observed, remote_time=now), now, overrides=Overrides(clock_is_right=True)).paths)


def test_an_end_at_night_comes_in_the_morning() -> None:
    """Plan, record, stack and the job that removes files say Monday, and on Monday it ends."""
    stage = stage_with(HOURS, a=AT_NIGHT)
    reason = stage.shown[-1].changes[0].reason

    assert "lives until 2026-11-30T07:00:00Z, the next working time after 2026-11-27T21:00:00Z" in reason
    assert (MONDAY, FRIDAY) == (record_of(stage).deadline, record_of(stage).written)
    ownerships = [stage.engine.ownership(stack) for stack in stage.engine.stacks]
    assert [(MONDAY, FRIDAY)] == [(each.deadline, each.written) for each in ownerships if each]
    assert () == at(stage, SATURDAY).outcomes
    assert ([], ["a"]) == (due(stage, MONDAY - MINUTE), due(stage, MONDAY))
    assert () == at(stage, MONDAY - MINUTE).outcomes
    assert [Code.EXPIRED] == [each.code for each in at(stage, MONDAY).outcomes]


def test_the_year_1_in_one_file_stops_no_pass() -> None:
    """It is an end that has passed, of that one workspace alone."""
    stage = stage_with(HOURS, a="expiry: 0001-01-01T00:00:00Z\n", b="{}\n")

    assert Phase.READY is record_of(stage, "b").phase
    assert "a" not in stage.ledger.snapshot.records


def test_hours_that_come_are_in_the_first_plan() -> None:
    """Before any pass has noted them."""
    stage = stage_with(b"", a=AT_NIGHT)
    settle(stage, HOURS)
    stage.go(dry=True)

    (change,) = stage.shown[-1].changes
    assert (MONDAY, "It matches its file, with 5d 18h left.") == (change.deadline, change.reason)


def test_a_moved_end_is_in_step() -> None:
    """The file's own date is another one, and no pass tries to put that right."""
    stage = stage_with(HOURS, a=AT_NIGHT)
    second = stage.go()

    assert () == second.outcomes
    assert [Code.IN_STEP] == [each.code for each in second.plan.changes]
    assert record_of(stage).spec_blob == record_of(stage).seen_blob


@pytest.mark.parametrize("text", [AT_NIGHT, "{}\n"], ids=["written", "by the usual lifetime"])
def test_hours_that_come_after_its_written_end_save_it(text: str) -> None:
    """No pass ran since Friday night, and on Saturday somebody sets working hours: it lives, until Monday."""
    usual = b"defaults: {lifetime: 81h}\n"
    stage = stage_with(usual, a=text)
    settle(stage, usual + HOURS)

    assert [] == due(stage, SATURDAY)
    assert () == at(stage, SATURDAY).outcomes
    assert MONDAY <= record_of(stage).deadline < MONDAY + timedelta(hours=2)
    assert [Code.EXPIRED] == [each.code for each in at(stage, MONDAY + timedelta(hours=2)).outcomes]


def test_hours_that_come_and_go_end_nothing() -> None:
    """A pass noted what they moved, and nothing was applied since."""
    stage = stage_with(b"", a=AT_NIGHT)
    settle(stage, HOURS)
    stage.go()
    settle(stage, b"")

    assert () == at(stage, SATURDAY).outcomes
    assert [Code.EXPIRED] == [each.code for each in at(stage, MONDAY).outcomes]


def test_hours_that_come_save_a_file_with_errors_as_well() -> None:
    """Only its record says when it ends, and that is moved too."""
    stage = stage_with(b"", a=AT_NIGHT)
    stage.land({"a.yaml": "expiry: soon\n"})
    settle(stage, HOURS)

    assert () == at(stage, SATURDAY).outcomes
    assert [Code.EXPIRED] == [each.code for each in at(stage, MONDAY).outcomes]


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(b"", id="no hours any more"),
        pytest.param(HOURS.replace(b"08", b"00").replace(b"18", b"24"), id="longer hours"),
        pytest.param(HOURS.replace(b"from", b"days: [sat], from"), id="other days"),
        pytest.param(b"defaults: {lifetime: 1h, maxLifetime: 2h}\n", id="shorter lifetimes"),
        pytest.param(b"teams: {sales: {lifetime: 1h, maxLifetime: 2h}}\n", id="shorter lifetimes of its team"),
    ],
)
@pytest.mark.parametrize("text", [AT_NIGHT, "{}\n"], ids=["written", "by the usual lifetime"])
def test_settings_end_nothing(settings: bytes, text: str) -> None:
    """What was to live until Monday does, whatever somebody sets on Saturday. Nothing is updated either."""
    usual = b"defaults: {lifetime: 81h}\n"
    stage = stage_with(usual + HOURS, a=text, sales__b=text)
    until = record_of(stage).deadline
    assert until == record_of(stage, "b").deadline >= MONDAY
    stage.now = SATURDAY
    settle(stage, settings)

    assert [] == due(stage, SATURDAY)
    assert () == at(stage, SATURDAY).outcomes
    assert () == at(stage, until - MINUTE).outcomes
    assert [until] * 2 == [record_of(stage, name).deadline for name in "ab"]
    assert [Code.EXPIRED] * 2 == [each.code for each in at(stage, until).outcomes]


@pytest.mark.parametrize("limits", [b"limits: {deletes: 0}\n", b"limits: {deletes: 0, grace: 1h}\n"])
@pytest.mark.parametrize("text", [None, "expiry: soon\n"], ids=["removed, which is held", "with errors"])
def test_settings_end_nothing_whose_file_says_nothing(text: str | None, limits: bytes) -> None:
    """Hours come on Friday, and a pass notes where they move its end. On Saturday somebody takes them out."""
    stage = stage_with(limits, a=AT_NIGHT, b="expiry: 2026-12-20\n")
    stage.land({"a.yaml": text})
    settle(stage, limits + HOURS)
    stage.go()
    settle(stage, limits)

    assert () == at(stage, SATURDAY).outcomes
    assert (MONDAY, FRIDAY) == (record_of(stage).deadline, record_of(stage).written)
    assert () == at(stage, MONDAY - MINUTE).outcomes
    assert [Code.EXPIRED] == [each.code for each in at(stage, MONDAY + timedelta(hours=1)).outcomes]


def test_a_shorter_maximum_ends_nothing_that_asked_for_more() -> None:
    """Whoever asked for too much has the maximum, and every page says so: that day is noted, and stays."""
    stage = stage_with(b"", a=AT_NIGHT)
    stage.land({"a.yaml": "expiry: 2028-01-01\n"})
    stage.go()
    until = record_of(stage).added_at + timedelta(days=90)
    settle(stage, b"defaults: {maxLifetime: 10d}\n")

    assert until == record_of(stage).deadline
    assert () == at(stage, until - MINUTE).outcomes
    assert [Code.EXPIRED] == [each.code for each in at(stage, until).outcomes]


@pytest.mark.parametrize("text", [AT_NIGHT, "expiry: soon\n", None], ids=["valid", "with errors", "removed"])
def test_an_end_that_moved_before_a_pass_has_its_own_grace(text: str | None) -> None:
    """Hours come on Saturday, and no pass looks until Monday: Friday's wait is not Monday's."""
    grace = b"limits: {grace: 1h}\n"
    stage = stage_with(grace, a=AT_NIGHT)
    stage.now = SATURDAY
    settle(stage, grace + HOURS)
    stage.land({"a.yaml": text})

    assert () == at(stage, MONDAY).outcomes
    assert () == at(stage, MONDAY + 59 * MINUTE).outcomes
    assert [Code.EXPIRED] == [each.code for each in at(stage, MONDAY + 60 * MINUTE).outcomes]


@pytest.mark.parametrize("expiry", ["0001-01-01", "0001-01-01T00:00:00Z", "9999-12-31"])
@pytest.mark.parametrize("zone", [b"Europe/Berlin", b"America/New_York", b"Pacific/Kiritimati"])
def test_a_slip_of_the_keyboard_stops_no_pass(expiry: str, zone: bytes) -> None:
    """One file with a date at the end of the calendar: the others are made as ever."""
    stage = stage_with(HOURS.replace(b"Europe/Berlin", zone), a="{}\n", b=f"expiry: {expiry}\n")

    assert ["a"] == stage.stacks()
    assert [] == due(stage, stage.now)


def test_an_end_that_a_silent_file_kept_is_an_end_like_any_other() -> None:
    """Its line was taken out when the usual lifetime was over. When its deadline comes, nothing has moved."""
    stage = stage_with(HOURS + b"limits: {deletes: 0}\n", a="expiry: 2026-12-04T21:00:00Z\n")
    stage.now += timedelta(days=5)
    stage.land({"a.yaml": "{}\n"})
    stage.go()
    until = MONDAY + timedelta(days=7)

    assert until == record_of(stage).deadline
    assert () == at(stage, until - MINUTE).outcomes
    assert [Code.EXPIRED] == [each.code for each in at(stage, until).outcomes]


def test_what_moved_into_the_past_is_held_until_its_former_end() -> None:
    """A limit holds it. When the end that a pass had noted comes, it is over anyway; `helium expire` says so too."""
    stage = stage_with(b"limits: {deletes: 0}\n", a=AT_NIGHT)
    stage.land({"a.yaml": "expiry: 2026-11-20\n"})

    assert ["too-many-deletes"] == [each.code for each in at(stage, FRIDAY - MINUTE).plan.refusals]
    assert ([], ["a"]) == (due(stage, FRIDAY - MINUTE), due(stage, FRIDAY))
    assert [Code.EXPIRED] == [each.code for each in at(stage, FRIDAY).outcomes]


def test_an_unrelated_edit_on_saturday_ends_nothing() -> None:
    """The hours are gone, and somebody edits the description: the date is still the one that was moved."""
    stage = stage_with(HOURS, a=AT_NIGHT)
    stage.now = SATURDAY
    settle(stage, b"")
    stage.land({"a.yaml": f"{AT_NIGHT}description: A demo.\n"})

    assert [Code.SPEC_CHANGED] == [each.code for each in stage.go().outcomes]
    assert (MONDAY, Phase.READY) == (record_of(stage).deadline, record_of(stage).phase)


def test_a_ledger_that_was_rebuilt_knows_what_was_moved() -> None:
    """The stack says both ends. Without that, the end without hours would have moved into the past."""
    stage = stage_with(HOURS, a=AT_NIGHT)
    ownerships = {stack: stage.engine.ownership(stack) for stack in stage.engine.stacks}
    records = rebuilt(ownerships, dict.fromkeys(ownerships, True), now=stage.now)
    stage.ledger.snapshot = replace(stage.ledger.snapshot, records={record.name: record for record in records})
    stage.now = SATURDAY
    settle(stage, b"")

    assert () == at(stage, SATURDAY).outcomes
    assert [Code.EXPIRED] == [each.code for each in at(stage, MONDAY).outcomes]


def test_a_grace_begins_with_the_end_that_people_see() -> None:
    """No pass ran since the hours came: by the record, which still has Friday, the grace would be over long ago."""
    stage = stage_with(b"limits: {grace: 1h}\n", a=AT_NIGHT)
    settle(stage, b"limits: {grace: 1h}\n" + HOURS)

    assert [] == due(stage, MONDAY + MINUTE)
    result = at(stage, MONDAY + MINUTE)
    assert ((), [Code.GRACE]) == (result.outcomes, [each.code for each in result.plan.changes])
    assert MONDAY == record_of(stage).due
    assert [Code.EXPIRED] == [each.code for each in at(stage, MONDAY + timedelta(hours=1)).outcomes]


def test_a_grace_of_what_was_removed_on_saturday_begins_then() -> None:
    """Its written end has passed, and the one that people see has not."""
    stage = stage_with(b"limits: {grace: 1h}\n", a=AT_NIGHT, b="expiry: 2026-12-24\n")
    settle(stage, b"limits: {grace: 1h}\n" + HOURS)
    stage.now = SATURDAY
    stage.land({"a.yaml": None})

    assert () == at(stage, SATURDAY + MINUTE).outcomes
    assert SATURDAY + MINUTE == record_of(stage).due


def test_another_end_brings_it_forward() -> None:
    """The person who wants it gone earlier writes an end in working hours."""
    stage = stage_with(HOURS, a=AT_NIGHT)
    stage.land({"a.yaml": "expiry: 2026-11-27T12:00:00Z\n"})

    assert [Code.SPEC_CHANGED] == [each.code for each in stage.go().outcomes]
    assert (FRIDAY - timedelta(hours=9), None) == (record_of(stage).deadline, record_of(stage).written)


def test_a_protected_one_that_is_released_ends_once() -> None:
    """Its date was brought into the past, and its protection was taken off: an update, and then it is gone."""
    stage = stage_with(HOURS, a=f"{AT_NIGHT}protected: true\n")
    stage.land({"a.yaml": "expiry: 2026-11-24T09:00:00Z\n"})

    assert [Code.SPEC_CHANGED, Code.DEADLINE_MOVED] == [each.code for each in stage.go().outcomes]


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(HOURS.replace(b"Europe/Berlin", b"Europe/Bonn"), id="an unknown zone"),
        pytest.param(HOURS.replace(b"08:00", b"19:00"), id="an end before the beginning"),
        pytest.param(b"workingHours:\n", id="nothing in it"),
        pytest.param(b"teams: {sales: {lifetime: 3d, maxLifetime: 1d}}\n", id="more than the most"),
    ],
)
def test_a_broken_setting_ends_nothing(settings: bytes) -> None:
    """No pass guesses: it stops at the settings, and says where."""
    stage = stage_with(HOURS, a=AT_NIGHT)
    stage.now = SATURDAY
    settle(stage, settings)

    with pytest.raises(SpecError, match=r"helium\.yaml"):
        at(stage, SATURDAY)
    assert MONDAY == record_of(stage).deadline


def test_each_team_has_its_own_lifetimes() -> None:
    """By the folder; and what is beyond a team's own maximum is an error of the file."""
    teams = b"teams: {sales: {lifetime: 7d, maxLifetime: 180d}, brief: {lifetime: 2h, maxLifetime: 1d}}\n"
    stage = stage_with(teams, a="{}\n", sales__b="{}\n", brief__c="{}\n", brief__d="expiry: 2026-12-24\n")
    lives = {
        name: each.deadline - each.added_at
        for name, each in stage.ledger.snapshot.records.items()
        if isinstance(each, Record)
    }

    assert {"a": timedelta(days=3), "b": timedelta(days=7), "c": timedelta(hours=2)} == lives
    issues = stage.shown[-1].issues
    assert ["workspaces/brief/d.yaml"] == [each.path for each in issues]
    assert "beyond the maximum of 1d of the team brief, counted" in issues[0].sentence


@pytest.mark.parametrize("text", ["{}\n", "expiry: 2026-12-24\n"], ids=["by the usual lifetime", "written"])
def test_a_file_that_moves_to_a_stricter_team_ends_no_earlier(text: str) -> None:
    """The usual lifetime is that of the day it was added. What asks for too much is an error, and lives on."""
    stage = stage_with(b"teams: {brief: {lifetime: 2h, maxLifetime: 1d}}\n", a=text)
    until = record_of(stage).deadline
    stage.land({"a.yaml": None, "brief/a.yaml": text})
    result = stage.go()
    later = at(stage, until - MINUTE)

    assert () == result.outcomes == later.outcomes
    assert until == record_of(stage).deadline
    assert ["workspaces/brief/a.yaml"] * text.startswith("expiry") == [each.path for each in result.plan.issues]
    # What has errors says nothing, so the ledger has the team of the last valid version.
    assert ("" if result.plan.issues else "brief") == record_of(stage).team


def test_a_lifetime_that_was_over_before_a_pass_is_that_of_its_team() -> None:
    """The sentence says which, and until when it would live from now."""
    path = "workspaces/brief/a.yaml"
    fleet = replace(FLEET, team_lifetimes={"brief": Lifetime(usual=timedelta(hours=2))})
    added = Addition("a", NOW - timedelta(hours=3), "c" * 40, "Ada <ada@example.com>", "blob-a")
    observed = fleet_of(fleet=fleet, specs={"a": spec(expiry=None, path=path)}, additions={"a": added})

    assert "its lifetime of 2h counts from its commit" in diff(observed, NOW).issues[0].sentence
