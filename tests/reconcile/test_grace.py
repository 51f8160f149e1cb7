"""`limits.grace`: a destroy waits, once, and whoever made a mistake takes it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from helium.core.fleet import Fleet
from helium.core.grace import grace_ends, with_due
from helium.core.order import OrderKind
from helium.core.plan import Code, Keep, Overrides
from helium.core.record import Phase
from helium.core.spec import UNDECIDED, InvalidSpec, Removal
from helium.errors import StackBusyError
from helium.reconcile.expired_files import expired
from helium.reconcile.guard import deletes_digest
from helium.reconcile.load import Selection, without_state
from helium.reconcile.loop import Result
from helium.reconcile.rounds import next_due
from tests.builders import DEADLINE, FLEET, NOW, fleet_of, record
from tests.reconcile.harness import SETTINGS, START, Stage, summary
from tests.reconcile.test_orders import ADMINS, OrderStage

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
OWNED = "owner: ada@example.com\nexpiry: 2026-12-20\n"
OTHERS = "owner: bob@example.com\nexpiry: 2026-12-20\n"
MOVED = "owner: ada@example.com\nexpiry: 2026-11-20\n"


@pytest.fixture
def stage() -> Stage:
    """A fleet with a grace of an hour, and two workspaces of Ada's, one of which ends in two hours."""
    stage = Stage()
    stage.repo.land({"helium.yaml": SETTINGS + b"limits: {grace: 1h}\n"}, time=stage.now)
    ends = f"owner: ada@example.com\nexpiry: {START + 2 * HOUR:%Y-%m-%dT%H:%M:%SZ}\n"
    stage.land({"a.yaml": OWNED, "e.yaml": ends, "k.yaml": OWNED})
    stage.go()
    return stage


def waits(result: Result, name: str = "a") -> str:
    """What the plan says of a destroy that waits; empty where it does not."""
    change = result.plan.of(name)
    return change.reason if isinstance(change, Keep) and change.code is Code.GRACE else ""


def destroyed(result: Result) -> list[str]:
    """What has gone in this pass."""
    return [name for kind, name, _, ok in summary(result) if kind == "destroy" and ok]


def instant(when: datetime) -> str:
    """As a plan writes it."""
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"


def test_a_removal_waits_and_then_goes(stage: Stage) -> None:
    """It waits for an hour since the first pass that saw it, however many look; the plan says until when."""
    stage.land({"a.yaml": None})
    first = stage.go()
    seen = stage.now
    assert (f"until {instant(seen + HOUR)} (limits.grace)" in waits(first), []) == (True, destroyed(first))
    assert "helium restore a brings it back" in waits(first)
    assert () == first.plan.refusals
    stage.now = seen + HOUR - 3 * MINUTE
    assert f"until {instant(seen + HOUR)}" in waits(stage.go())
    stage.now = seen + HOUR

    assert (["a"], ["e", "k"]) == (destroyed(stage.go()), stage.stacks())


def test_without_a_grace_nothing_waits() -> None:
    """The default: the next pass destroys."""
    stage = Stage()
    stage.land({"a.yaml": OWNED, "k.yaml": OWNED})
    stage.go()
    stage.land({"a.yaml": None})

    assert ["a"] == destroyed(stage.go())


def test_put_back_it_stays_and_a_later_removal_waits_as_long(stage: Stage) -> None:
    """A revert ends the wait; what is removed again waits a whole hour again."""
    stage.land({"a.yaml": None})
    stage.go()
    stage.land({"a.yaml": OWNED})
    assert [] == destroyed(stage.go())
    assert (Phase.READY, None) == ((known := stage.record("a")) and known.phase, known and known.due)
    stage.now += 2 * HOUR
    stage.land({"a.yaml": None})

    assert f"until {instant(stage.now + MINUTE + HOUR)}" in waits(stage.go())


def test_put_back_and_removed_again_before_a_pass_looks_it_waits_anew(stage: Stage) -> None:
    """History shows that it was there in between: it is another removal, and has its own grace."""
    stage.land({"a.yaml": None})
    stage.go()
    stage.now += HOUR
    stage.land({"a.yaml": OWNED})
    stage.land({"a.yaml": None})

    assert f"until {instant(stage.now + MINUTE + HOUR)}" in waits(stage.go())


def test_put_back_and_removed_again_while_a_pass_is_at_work_it_waits_anew(stage: Stage) -> None:
    """The last look sees that its file came and went: this end is another one than what was planned."""
    stage.land({"a.yaml": None})
    stage.go()
    stage.now += HOUR

    def meanwhile() -> None:
        stage.land({"a.yaml": OWNED})
        stage.land({"a.yaml": None})

    stage.on_start(meanwhile)
    first = stage.go()

    assert "came back and went again in the meantime" in first.outcomes[0].sentence
    assert ["a", "e", "k"] == stage.stacks()
    assert stage.now == ((known := stage.record("a")) and known.due)


def test_another_owners_file_waits_and_begins_no_second_grace(stage: Stage) -> None:
    """The old workspace can still be kept; then it goes, and the new one comes, with nothing of the old one in it."""
    stage.land({"a.yaml": None})
    stage.go()
    until = stage.now + HOUR
    stage.now += HOUR / 2
    stage.land({"a.yaml": OTHERS})
    assert f"until {instant(until)} (limits.grace). Until then, remove the new file" in waits(stage.go())
    stage.now = until

    assert [("destroy", "a", "replaced", True), ("create", "a", "new-file", True)] == summary(stage.go())


def test_what_others_put_there_and_took_away_begins_no_second_grace(stage: Stage) -> None:
    """Somebody else's file came and went under the name: that says nothing of the workspace that waits."""
    stage.land({"a.yaml": None})
    stage.go()
    until = stage.now + HOUR
    stage.land({"a.yaml": OTHERS})
    stage.land({"a.yaml": None})

    assert f"until {instant(until)}" in waits(stage.go())


def test_a_deadline_has_its_grace_and_an_extension_ends_it(stage: Stage) -> None:
    """It counts from the deadline, not from the pass that sees it; more time in the grace keeps everything."""
    deadline = START + 2 * HOUR
    stage.now = deadline + HOUR / 2
    assert f"until {instant(deadline + HOUR)} (limits.grace). Until then, helium extend e" in waits(stage.go(), "e")
    stage.land({"e.yaml": OWNED})
    assert [("update", "e", "spec-changed", True)] == summary(stage.go())
    stage.now = deadline + HOUR

    assert [] == destroyed(stage.go())


def test_a_deadline_that_nobody_moves_ends_it_after_its_grace(stage: Stage) -> None:
    """A pass that comes later than that destroys at once: the hour was there to be used."""
    stage.now = START + 3 * HOUR

    assert ["e"] == destroyed(stage.go())


def test_a_deadline_moved_into_the_past_waits_from_when_it_was_seen(stage: Stage) -> None:
    """The date in the file says nothing of when somebody wrote it."""
    stage.land({"a.yaml": MOVED})
    stage.go()
    until = stage.now + HOUR
    stage.land({"a.yaml": MOVED + "description: still\n"})
    assert f"until {instant(until)}" in waits(stage.go())
    stage.now = until

    assert ["a"] == destroyed(stage.go())


def test_removed_while_it_waits_after_its_deadline_it_goes_no_later(stage: Stage) -> None:
    """The scheduled job, or its owner, takes the file away: the grace of the deadline is the one that counts."""
    stage.now = START + 2 * HOUR + HOUR / 2
    stage.go()
    stage.land({"e.yaml": None})
    assert f"until {instant(START + 3 * HOUR)}" in waits(stage.go(), "e")
    stage.now = START + 3 * HOUR

    assert ["e"] == destroyed(stage.go())


def test_the_deadline_of_what_was_removed_begins_no_second_grace(stage: Stage) -> None:
    """Removed at half past one, with a deadline at two: it goes at half past two."""
    stage.now = START + HOUR + HOUR / 2
    stage.land({"e.yaml": None})
    stage.go()
    until = stage.now + HOUR
    stage.now = until

    assert ["e"] == destroyed(stage.go())


def test_an_admin_ends_the_wait(stage: Stage) -> None:
    """With the digest that the plan shows. It is of exactly those that wait: another one waiting takes another."""
    stage.land({"a.yaml": None})
    digest = deletes_digest(["a"])
    assert f"--allow-deletes {digest} ends the wait of this one" in waits(stage.go())
    stage.land({"k.yaml": None})
    assert [] == destroyed(stage.go(overrides=Overrides(allow_deletes=digest)))
    both = deletes_digest(["a", "k"])
    assert f"--allow-deletes {both} ends the wait of all 2 that wait" in waits(stage.go())

    assert ["a", "k"] == destroyed(stage.go(overrides=Overrides(allow_deletes=both)))


def test_what_a_person_allowed_and_a_lock_kept_does_not_wait_again(stage: Stage) -> None:
    """The next pass tries again, and the wait is over for good."""
    stage.land({"a.yaml": None})
    stage.go()
    busy = StackBusyError(str(stage.stack("a")), "somebody holds its lock", host="host-2", since=START)
    stage.engine.errors["resolve_pending", "a"] = busy
    stage.go(overrides=Overrides(allow_deletes=deletes_digest(["a"])))
    stage.engine.errors.clear()

    assert ["a"] == destroyed(stage.go())


def test_what_has_begun_does_not_wait(stage: Stage) -> None:
    """A killed or failed destroy goes on: half of the workspace may be gone."""
    stage.land({"a.yaml": None})
    stage.go()
    known = stage.record("a")
    assert known is not None
    begun = replace(known, phase=Phase.DELETING, removed=known.removed)
    stage.ledger.snapshot = replace(stage.ledger.snapshot, records={**stage.ledger.snapshot.records, "a": begun})

    assert ["a"] == destroyed(stage.go())


def test_a_lost_cluster_does_not_wait(stage: Stage) -> None:
    """A person has said, by name, that it is gone for ever."""
    stage.engine.elsewhere["ci"] = "its name leads to another one"
    stage.land({"a.yaml": None})

    assert ["a"] == destroyed(stage.go("a", lost=frozenset({"a"})))


def test_a_clock_that_jumps_ahead_ends_no_grace(stage: Stage) -> None:
    """The remote's time counts where this machine's is in doubt."""
    stage.land({"a.yaml": None})
    stage.go()
    true = stage.now
    stage.repo.clock = lambda: true + 2 * MINUTE
    stage.now += 6 * timedelta(days=1)

    result = stage.go()

    assert [] == destroyed(result)
    assert f"until {instant(true + HOUR)}" in waits(result)


@pytest.mark.parametrize("edited", [False, True])
def test_what_a_clock_in_doubt_saw_waits_as_long_from_the_first_look_that_is_believed(
    stage: Stage, *, edited: bool
) -> None:
    """The last believed time is days old: from that, the grace would be over at once."""
    stage.repo.clock = None
    stage.now += 3 * timedelta(days=1)
    if edited:
        stage.land({"e.yaml": OWNED})
    stage.land({"e.yaml": None} if edited else {"a.yaml": None})
    name = "e" if edited else "a"
    for _ in range(2):
        assert [] == destroyed(stage.go())
    stage.repo.clock = lambda: stage.now
    seen = stage.now + MINUTE
    assert f"until {instant(seen + HOUR)}" in waits(stage.go(), name)
    stage.now = seen + HOUR - 3 * MINUTE
    assert f"until {instant(seen + HOUR)}" in waits(stage.go(), name)
    stage.now = seen + HOUR

    assert [name] == [each for each in destroyed(stage.go()) if each == name]


def test_moved_into_the_past_and_away_and_back_it_waits_again(stage: Stage) -> None:
    """To the very same text, with no pass between: in between it was to stay."""
    stage.land({"a.yaml": MOVED})
    stage.go()
    stage.now += HOUR
    stage.land({"a.yaml": OWNED})
    stage.land({"a.yaml": MOVED})
    until = stage.now + MINUTE + HOUR
    assert f"until {instant(until)}" in waits(stage.go())
    stage.now = until - 3 * MINUTE
    assert f"until {instant(until)}" in waits(stage.go())
    stage.now = until

    assert ["a"] == destroyed(stage.go())


def test_moved_into_the_past_and_away_and_back_and_removed_it_waits_again(stage: Stage) -> None:
    """The file went as a pass saw it, and was another one in between."""
    stage.land({"a.yaml": MOVED})
    stage.go()
    stage.now += HOUR
    for text in (OWNED, MOVED, None):
        stage.land({"a.yaml": text})

    assert f"until {instant(stage.now + MINUTE + HOUR)}" in waits(stage.go())


def test_whoever_edits_to_and_fro_after_a_deadline_gains_nothing(stage: Stage) -> None:
    """The grace of a deadline that passed counts from that, whatever came and went."""
    deadline = START + 2 * HOUR
    stage.now = deadline + HOUR / 2
    stage.go()
    text = f"owner: ada@example.com\nexpiry: {deadline:%Y-%m-%dT%H:%M:%SZ}\n"
    stage.land({"e.yaml": text + "description: x\n"})
    stage.land({"e.yaml": text})

    assert f"until {instant(deadline + HOUR)}" in waits(stage.go(), "e")


def test_a_clock_that_was_ahead_holds_nothing_for_days(stage: Stage) -> None:
    """A pass whose clock nobody could check noted next week: the wait begins when a better clock looks."""
    stage.land({"a.yaml": None})
    stage.go()
    known = stage.record("a")
    assert known is not None
    ahead = replace(known, due=stage.now + 7 * timedelta(days=1))
    stage.ledger.snapshot = replace(stage.ledger.snapshot, records={**stage.ledger.snapshot.records, "a": ahead})
    assert f"until {instant(stage.now + MINUTE + HOUR)}" in waits(stage.go())
    stage.now += HOUR

    assert ["a"] == destroyed(stage.go())


def test_a_pause_stops_no_clock(stage: Stage) -> None:
    """What a pass sees while the fleet is paused, it notes: the wait goes on, and the destroy comes after the pause."""
    paused = SETTINGS + b"limits: {grace: 1h}\npaused: true\n"
    stage.repo.land({"helium.yaml": paused}, time=stage.now)
    stage.land({"a.yaml": None})
    stage.go()
    stage.now += HOUR
    assert [] == destroyed(stage.go())
    stage.repo.land({"helium.yaml": SETTINGS + b"limits: {grace: 1h}\n"}, time=stage.now)

    assert ["a"] == destroyed(stage.go())


def test_too_many_are_said_at_once_and_not_after_the_wait(stage: Stage) -> None:
    """A safeguard's doubt is the reason that is shown, so a person hears of it while there is time."""
    more = SETTINGS + b"limits: {grace: 1h, deletes: 1}\n"
    stage.repo.land({"helium.yaml": more}, time=stage.now)
    stage.land({"a.yaml": None, "e.yaml": None})
    result = stage.go()

    assert [Code.TOO_MANY] == [refusal.code for refusal in result.plan.refusals]


def test_what_waits_still_has_its_place(stage: Stage) -> None:
    """A new one comes when the old one has gone."""
    stage.repo.land({"helium.yaml": SETTINGS + b"limits: {grace: 1h, perOwner: 3}\n"}, time=stage.now)
    stage.land({"a.yaml": None, "n.yaml": OWNED})
    assert [Code.QUOTA] == [refusal.code for refusal in stage.go().plan.refusals]
    stage.now += HOUR

    assert {"a", "n"} == {name for _, name, _, _ in summary(stage.go())}


def test_the_file_stays_until_the_grace_is_over(stage: Stage) -> None:
    """The scheduled job leaves the file of what waits, since whoever extends it needs it."""

    def due() -> list[str]:
        ports = stage.ports()
        observed = without_state(ports, Selection(), now=stage.now).observed
        return list(expired(observed, stage.now, overrides=Overrides()).paths)

    stage.now = START + 2 * HOUR + MINUTE
    assert [] == due()
    stage.now = START + 3 * HOUR

    assert ["e"] == due()


def test_a_pass_at_work_wakes_when_a_grace_is_over() -> None:
    """It counts like a deadline."""
    observed = fleet_of("a")
    observed = replace(observed, fleet=replace(observed.fleet, limits=replace(observed.fleet.limits, grace=HOUR)))
    known = record("a", due=NOW - HOUR / 2)

    assert NOW + HOUR / 2 == next_due(replace(observed, records={"a": known}), NOW)
    assert DEADLINE + HOUR == next_due(replace(observed, records={"a": known}), DEADLINE)


def graced(grace: timedelta) -> Fleet:
    """A fleet in which each destroy waits so long."""
    return replace(FLEET, limits=replace(FLEET.limits, grace=grace))


def test_what_was_released_or_has_no_grace_waits_for_nothing() -> None:
    """The three ways in which nothing waits, beside what has begun."""
    assert None is grace_ends(record(due=NOW), fleet=graced(timedelta(0)), now=NOW)
    assert None is grace_ends(record(due=NOW, released=True), fleet=graced(HOUR), now=NOW)
    assert None is grace_ends(record(due=NOW - HOUR), fleet=graced(HOUR), now=NOW)
    assert NOW + HOUR == grace_ends(record(), fleet=graced(HOUR), now=NOW)


def test_a_removal_that_nobody_could_look_up_begins_no_second_grace() -> None:
    """While the host is away its removals come again with every look."""
    known = record(due=NOW - HOUR, removed=Removal("a", "c1", NOW - HOUR))
    again = Removal("a", "c2", NOW, added_at=NOW, first_blob="blob-a")
    observed = replace(fleet_of("a"), specs={}, records={"a": known}, removals={"a": replace(again, origin=UNDECIDED)})

    assert NOW - HOUR == (with_due(known, observed, now=NOW)).due
    assert NOW == with_due(known, replace(observed, removals={"a": again}), now=NOW).due


def test_put_back_in_time_its_deadline_has_a_grace_of_its_own(stage: Stage) -> None:
    """Removed at one, put back at half past, over at two: it goes at three, though no pass saw it back."""
    stage.now = START + HOUR
    text = f"owner: ada@example.com\nexpiry: {START + 2 * HOUR:%Y-%m-%dT%H:%M:%SZ}\n"
    stage.land({"e.yaml": None})
    stage.go()
    stage.land({"e.yaml": text})
    stage.now = START + 2 * HOUR + HOUR / 2

    assert f"until {instant(START + 3 * HOUR)}" in waits(stage.go(), "e")


def test_a_file_that_cannot_be_read_changes_nothing_of_it() -> None:
    """Whether it stays or goes is not known."""
    broken = InvalidSpec("a", "workspaces/a.yaml", "blob-x", ())
    known = record(due=NOW - HOUR)

    assert known == with_due(known, replace(fleet_of("a"), specs={"a": broken}), now=NOW)


def test_an_order_ends_the_wait_of_what_its_giver_saw() -> None:
    """From CI's page, by the same digest; where another one waits by now, it is refused and says what waits."""
    world = OrderStage()
    world.repo.land({"helium.yaml": ADMINS + b"limits: {grace: 1h}\n"}, time=world.now)
    world.land({"a.yaml": None})
    world.go_on()
    world.order(OrderKind.RELEASE, argument=deletes_digest(["a", "b"]))
    world.go_on()
    assert ("refused", True) == (world.end()[0], "It waits until" in world.end()[1])
    world.order(OrderKind.RELEASE, id="o-2", argument=deletes_digest(["a"]))
    world.go_on()

    assert ("done", ["anchor"]) == (world.end("o-2")[0], world.stacks())


def test_extended_in_its_grace_and_then_removed_it_waits_as_long(stage: Stage) -> None:
    """No pass saw the extension: what it had noted of the deadline says nothing of the removal."""
    stage.now = START + 2 * HOUR + MINUTE
    assert waits(stage.go(), "e")
    stage.land({"e.yaml": OWNED})
    stage.now = START + 3 * HOUR + MINUTE
    stage.land({"e.yaml": None})
    assert f"until {instant(stage.now + MINUTE + HOUR)}" in waits(stage.go(), "e")
    until = stage.now + HOUR
    stage.now += HOUR / 2
    assert f"until {instant(until)}" in waits(stage.go(), "e")
    stage.now = until

    assert ["e"] == destroyed(stage.go())


def test_extended_and_removed_before_a_pass_looked_at_all_it_waits(stage: Stage) -> None:
    """Its old deadline was over when the pass came, and counts for nothing."""
    stage.land({"e.yaml": OWNED})
    stage.land({"e.yaml": None})
    stage.now = START + 4 * HOUR

    assert f"until {instant(stage.now + MINUTE + HOUR)}" in waits(stage.go(), "e")


def test_extended_then_replaced_by_another_owner_it_waits(stage: Stage) -> None:
    """The same, where somebody else's file has its name by then."""
    stage.now = START + 2 * HOUR + MINUTE
    stage.go()
    stage.land({"e.yaml": OWNED})
    stage.now = START + 3 * HOUR + MINUTE
    stage.land({"e.yaml": None})
    stage.land({"e.yaml": OTHERS}, author="Bob <bob@example.com>")

    until = stage.now + MINUTE + HOUR
    assert f"until {instant(until)}" in waits(stage.go(), "e")
    assert f"until {instant(until)}" in waits(stage.go(), "e")
    stage.now = until
    assert ("destroy", "e", "replaced", True) in summary(stage.go())


@pytest.mark.parametrize("noted", [True, False], ids=["a pass saw the old end", "none did"])
def test_extended_in_its_grace_it_waits_after_the_new_end(stage: Stage, noted: bool) -> None:
    """No pass looks between the extension and the new end: its wait is not that of the old one."""
    new = START + 4 * HOUR
    stage.now = START + 2 * HOUR + MINUTE
    if noted:
        stage.go()
    stage.land({"e.yaml": f"owner: ada@example.com\nexpiry: {instant(new)}\n"})
    stage.now = new
    observed = without_state(stage.ports(), Selection(), now=stage.now).observed

    assert {} == expired(observed, stage.now, overrides=Overrides()).paths
    assert f"until {instant(new + HOUR)}" in waits(stage.go(), "e")
    stage.now = new + HOUR
    assert ["e"] == destroyed(stage.go())
