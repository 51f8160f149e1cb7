"""Safeguards `trusted_clock`, `recorded_deadline` and `few_deletes` over several passes on the harness."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from helium.core.additions import SeenUpTo, informative_additions
from helium.core.incarnations import is_new_incarnation
from helium.core.plan import Code, Overrides
from helium.core.spec import Addition
from helium.core.transitions import emptied
from helium.reconcile.guard import deletes_digest
from helium.reconcile.loop import Result
from helium.reconcile.repair import rebuilt
from tests.builders import spec
from tests.reconcile.harness import SETTINGS, Stage, summary

FAR = "expiry: 2027-01-31\n"


@pytest.fixture
def stage() -> Stage:
    """A fleet with eight workspaces by the default of three days, and one with a far deadline."""
    stage = Stage()
    stage.land({**{f"w{number}.yaml": "{}\n" for number in range(8)}, "k.yaml": FAR})
    stage.go()
    stage.engine.calls.clear()
    return stage


def refused(result: Result) -> list[Code]:
    """The codes of what was refused."""
    return [refusal.code for refusal in result.plan.refusals]


@pytest.mark.parametrize("length", ["3h", "90m"])
def test_a_shorter_default_ends_nobodys_lifetime(stage: Stage, length: str) -> None:
    """`3d` turned into `3h`, `90m` for `90d`: a later default is for later workspaces."""
    stage.repo.land({"helium.yaml": SETTINGS + f"defaults: {{lifetime: {length}}}\n".encode()}, time=stage.now)
    stage.now += timedelta(hours=12)

    assert stage.go().outcomes == ()
    stage.now += timedelta(days=3)
    assert len(stage.go().outcomes) == 8


def test_a_shorter_default_ends_nobodys_lifetime_after_a_rebuild(stage: Stage) -> None:
    """The ownership does not hold the lifetime of that day; it follows from the deadline and `added_at`."""
    stage.repo.land({"helium.yaml": SETTINGS + b"defaults: {lifetime: 3h}\n"}, time=stage.now)
    ownerships = {stack: stage.engine.ownership(stack) for stack in stage.engine.stacks}
    records = rebuilt(ownerships, dict.fromkeys(ownerships, True), now=stage.now)
    stage.ledger.snapshot = replace(stage.ledger.snapshot, records={record.name: record for record in records})
    stage.now += timedelta(hours=12)

    assert stage.go().outcomes == ()
    stage.now += timedelta(days=3)
    assert len(stage.go().outcomes) == 8


def test_a_shorter_maximum_makes_errors_and_destroys_nothing(stage: Stage) -> None:
    """`maxLifetime: 90m` for `90d`: what asks for more is refused with a sentence, and kept until its deadline."""
    stage.repo.land({"helium.yaml": SETTINGS + b"defaults: {lifetime: 60m, maxLifetime: 90m}\n"}, time=stage.now)
    stage.now += timedelta(hours=2)
    result = stage.go()

    assert result.outcomes == ()
    assert [issue.path for issue in result.plan.issues] == ["workspaces/k.yaml"]


def test_a_change_merged_after_its_own_date_counts_as_a_removal(stage: Stage) -> None:
    """Six deadlines moved into the past at once are too many, though each is a date; five go."""
    edits = {f"w{number}.yaml": "expiry: 2026-11-20\n" for number in range(6)}
    stage.land(edits)
    assert refused(stage.go()) == [Code.TOO_MANY]
    stage.land({"w5.yaml": FAR})

    assert {outcome.code for outcome in stage.go().outcomes} == {"deadline-moved", "spec-changed"}


def test_a_new_file_merged_after_its_own_date_is_not_created(stage: Stage) -> None:
    """The plan says so, and nothing is created only to be destroyed."""
    stage.land({"late.yaml": "expiry: 2026-11-20\n"})
    change = stage.go().plan.of("late")

    assert change is not None
    assert change.code is Code.EXPIRED
    assert "late" not in stage.stacks()


def test_a_branch_that_waited_for_its_review_lives_from_when_it_landed(stage: Stage) -> None:
    """Merged by fast-forward, its commits are days older than the last pass, which did not have them."""
    stage.repo.land({"workspaces/demo.yaml": b"owner: ada@example.com\n"}, time=stage.now - timedelta(days=4))
    result = stage.go()
    record = stage.record("demo")

    assert () == result.plan.issues
    assert record is not None
    assert (stage.now, stage.now + timedelta(days=3)) == (record.added_at, record.deadline)


def test_a_file_whose_lifetime_was_over_before_a_pass_saw_it_is_an_error() -> None:
    """No pass says when it landed: then it is told how it can be created, and not that nothing is to do."""
    stage = Stage()
    stage.repo.land({"workspaces/demo.yaml": b"owner: ada@example.com\n"}, time=stage.now - timedelta(days=4))
    result = stage.go()

    assert ["workspaces/demo.yaml"] == [issue.path for issue in result.plan.issues]
    assert "lifetime of 3d counts from its commit" in result.plan.issues[0].sentence
    assert f"add a line like expiry: {stage.now + timedelta(days=3):%Y-%m-%d}" in result.plan.issues[0].sentence
    assert [] == stage.stacks()


def test_what_lives_is_not_made_younger_by_where_its_commit_lies(stage: Stage) -> None:
    """Under a name that lives, an old commit stays old: as a younger one, its edit would be another incarnation."""
    alive, ago = stage.record("w0"), stage.now - timedelta(days=4)
    assert alive is not None
    old = Addition("w0", ago, "c" * 40, "Ada <ada@example.com>", "edited")
    seen = SeenUpTo("s" * 40, stage.now - timedelta(hours=1), stage.now)
    known = informative_additions({"w0": old}, {"w0": alive}, seen=seen)["w0"]
    new = informative_additions({"w0": old}, {}, seen=seen)["w0"]

    assert (ago, stage.now) == (known.added_at, new.added_at)
    assert not is_new_incarnation(alive, spec("w0", blob="edited"), addition=known)


def test_the_count_of_a_day_goes_over_passes(stage: Stage) -> None:
    """Three, then three more: the second three are held, until a day has passed or a person names exactly those."""
    stage.land({f"w{number}.yaml": None for number in range(3)})
    assert len(stage.go().outcomes) == 3
    stage.land({f"w{number}.yaml": None for number in range(3, 6)})
    names = ["w3", "w4", "w5"]

    assert refused(stage.go()) == [Code.TOO_MANY]
    assert refused(stage.go(overrides=Overrides(allow_deletes=deletes_digest([*names, "w6"])))) == [Code.TOO_MANY]
    assert stage.calls_of("destroy") == ["w0", "w1", "w2"]
    assert len(stage.go(overrides=Overrides(allow_deletes=deletes_digest(names))).outcomes) == 3


def test_the_count_of_a_day_knows_what_a_killed_pass_did(stage: Stage) -> None:
    """Killed after three were emptied and before a line said so: the records tell, and three more are too many."""
    stage.land({f"w{number}.yaml": None for number in range(3)})
    known = [record for record in map(stage.record, ("w0", "w1", "w2")) if record is not None]
    stage.go()
    stage.ledger.lines.clear()
    killed = {record.name: emptied(replace(record, code="file-removed"), now=stage.now) for record in known}
    records = {**stage.ledger.snapshot.records, **killed}
    stage.ledger.snapshot = replace(stage.ledger.snapshot, records=records)
    stage.land({f"w{number}.yaml": None for number in range(3, 6)})

    assert refused(stage.go()) == [Code.TOO_MANY]


def test_the_count_of_a_day_ends_after_a_day(stage: Stage) -> None:
    """The same three go by themselves once the first three lie more than 24 hours back."""
    stage.land({f"w{number}.yaml": None for number in range(3)})
    stage.go()
    stage.land({f"w{number}.yaml": None for number in range(3, 6)})
    stage.go()
    stage.now += timedelta(hours=24)

    assert len(stage.go().outcomes) == 3


def test_a_limit_that_is_raised_counts_a_day_later(stage: Stage) -> None:
    """One commit raises it and removes more files than yesterday's allowed: the lowest of the last 24 hours holds."""
    settings = stage.repo.read(stage.repo.head(), "helium.yaml") or b""
    stage.repo.land({"helium.yaml": settings + b"limits: {deletes: 30}\n"}, time=stage.now)
    stage.land({f"w{number}.yaml": None for number in range(7)})
    result = stage.go()

    assert (refused(result), len(result.outcomes)) == ([Code.TOO_MANY], 0)
    assert "The limit is 5 (limits.deletes). A raised limit counts after 24 hours." in result.plan.refusals[0].sentence
    stage.now += timedelta(hours=23)
    assert refused(stage.go()) == [Code.TOO_MANY]
    stage.now += timedelta(hours=1)

    assert len(stage.go().outcomes) == 7


@pytest.mark.parametrize("wrong", [timedelta(minutes=10), -timedelta(minutes=10)], ids=["slow", "fast"])
def test_a_clock_that_differs_from_the_remotes_ends_nobodys_time(stage: Stage, wrong: timedelta) -> None:
    """And the pass does not write its time, so a wrong clock leaves no trace to doubt the right one by."""
    stage.now += timedelta(days=4)
    last = stage.ledger.snapshot.fleet_record
    stage.repo.time = stage.now + wrong
    assert refused(stage.go()) == [Code.UNTRUSTED_CLOCK]
    after = stage.ledger.snapshot.fleet_record
    assert last is not None
    assert after is not None
    assert last.last_pass == after.last_pass
    stage.repo.time = stage.now

    assert len(stage.go().outcomes) == 8


@pytest.mark.parametrize("ahead", [timedelta(days=4), timedelta(days=6), timedelta(days=14)], ids=str)
def test_a_clock_that_is_days_ahead_ends_nobodys_time_where_the_remote_tells_none(
    stage: Stage, ahead: timedelta
) -> None:
    """Whoever vouches for it may be wrong, so the limit on deletes holds expiry too, until a person names them all."""
    stage.repo.clock = None
    last = stage.ledger.snapshot.fleet_record
    assert last is not None
    stage.now += ahead
    assert refused(stage.go()) == [Code.UNTRUSTED_CLOCK]
    stage.land({"late.yaml": "{}\n"})
    vouched = stage.go(overrides=Overrides(clock_is_right=True))

    assert ("create", "late", "new-file", True) in summary(vouched)
    assert (refused(vouched), len(stage.stacks())) == ([Code.TOO_MANY], 10)
    # What was refused is no clock to go by: the next pass asks again.
    assert refused(stage.go()) == [Code.UNTRUSTED_CLOCK]
    after = stage.ledger.snapshot.fleet_record
    assert after is not None
    assert last.last_pass == after.last_pass

    named = Overrides(clock_is_right=True, allow_deletes=str(vouched.plan.refusals[0].override).split()[-1])
    assert len(stage.go(overrides=named).outcomes) == 8
    assert stage.stacks() == ["k", "late"]
    # Once vouched for, the next pass needs no word.
    stage.now += timedelta(hours=23)
    assert refused(stage.go()) == []


def test_a_doubtful_clock_dates_nothing(stage: Stage) -> None:
    """What it writes is dated by the last time that was believed, and it ends no pause and no count of a day."""
    stage.repo.clock = None
    fleet_record = stage.ledger.snapshot.fleet_record
    assert fleet_record is not None
    assert fleet_record.last_pass is not None
    stage.now += timedelta(days=2)
    stage.land({"late.yaml": "{}\n"})
    stage.go()

    assert {fleet_record.last_pass.time} == {one.dated for one in stage.ledger.writes[-2:]}


def test_a_fleet_that_passes_once_a_day_is_not_asked_each_day(stage: Stage) -> None:
    """Three usual gaps are believed. One long rest is no usual gap, and a week is the most."""
    stage.repo.clock = None
    for _ in range(4):
        stage.now += timedelta(hours=23)
        stage.go()
    stage.now += timedelta(hours=60)
    assert Code.UNTRUSTED_CLOCK not in refused(stage.go())
    stage.land({"late.yaml": "{}\n"})
    stage.go()
    stage.now += timedelta(days=4)

    assert Code.UNTRUSTED_CLOCK in refused(stage.go())
