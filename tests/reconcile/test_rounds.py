"""A pass that keeps taking work: each rule of it, with the order of events that it was made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import pairwise

import pytest

from helium.core.fleet import Fleet
from helium.core.fleet_record import FleetRecord, Lease, Pause, Waiting
from helium.core.notify_settings import NotifySettings
from helium.core.observation import Recipe
from helium.core.plan import Code
from helium.core.record import Phase, Record
from helium.core.stack import Listing
from helium.core.workspace import Workspace
from helium.errors import EngineError, LeaseTakenError, SourceError, StackBusyError
from helium.ports.engine import Built, UpOptions
from helium.ports.ledger import Snapshot, Writes
from helium.reconcile.loop import PassOptions
from helium.reconcile.rounds import why_it_drains
from tests.builders import fleet_of
from tests.reconcile.harness import SETTINGS, summary
from tests.reconcile.timed_workers import TimedStage

LATER = "expiry: 2026-12-24\n"
BOB = "Bob <bob@example.com>"


@pytest.fixture
def world() -> TimedStage:
    """A fleet with a workspace `slow`, whose create takes a minute, and nothing else."""
    world = TimedStage()
    world.land({"slow.yaml": LATER})
    world.hang("slow", until=60)
    return world


def test_a_create_is_begun_beside_a_slow_one(world: TimedStage) -> None:
    """A commit that lands while a pass runs is begun within three seconds, by that pass."""
    world.at(10, lambda: world.land({"b.yaml": LATER}))
    result = world.rounds()

    assert world.phases() == {"slow": "ready", "b": "ready"}
    assert 10 <= world.begun("b")[0] <= 13
    # And the ledger says meanwhile that somebody looks.
    begin = next(write for write in world.ledger.writes if write.message == "Begin more")
    assert begin.fleet_record is not None
    assert begin.fleet_record.last_pass is not None
    assert (begin.fleet_record.last_pass.run, begin.fleet_record.last_pass.gaps) == ("run-1", ())
    assert [outcome.name for outcome in result.of_first_plan] == ["slow"]
    assert world.ledger.snapshot.fleet_record is not None
    assert world.ledger.snapshot.fleet_record.lease is None


def test_the_first_workspace_of_a_fleet_holds_up_nobody(world: TimedStage) -> None:
    """The marker was made after the listing, and the ledger says so: that is no other fleet's state."""
    world.hang("slow", until=500)
    # Meanwhile the lease is renewed, with what the ledger knows by then.
    world.at(400, lambda: world.land({"b.yaml": LATER}))
    world.rounds()

    assert 400 <= world.begun("b")[0] <= 403


def test_what_hangs_again_and_again_leaves_a_slot(world: TimedStage) -> None:
    """Retries never take the last one, so a new workspace is begun within five seconds."""
    for name in "abcd":
        world.engine.errors["up", name] = EngineError(name, "no quota")
    world.land({"slow.yaml": None, **{f"{name}.yaml": LATER for name in "abcd"}})
    world.rounds(PassOptions(parallel=4, once=True))
    world.engine.errors.clear()
    world.workers.seconds = 0
    world.hang("a", "b", "c", "d", until=300)
    world.at(10, lambda: world.land({"e.yaml": LATER}))
    world.rounds()

    assert 10 <= world.begun("e")[0] <= 15
    assert world.phases() == dict.fromkeys("abcde", "ready")


def test_a_name_that_changes_hands_while_it_is_at_work_is_never_an_edit(world: TimedStage) -> None:
    """Its file is removed and another owner's put there, and a round looks in between. The data does not change hands.

    `seen` may not move beyond those commits: the next round would find an edit, and no removal.
    """
    world.at(10, lambda: world.land({"slow.yaml": None}))
    world.at(11, lambda: world.land({"b.yaml": LATER}))
    world.at(20, lambda: world.land({"slow.yaml": "description: mine now\n"}, author=BOB))
    world.at(21, lambda: world.land({"c.yaml": LATER}))
    world.rounds()

    calls = [(call, name) for call, name in world.engine.calls if name == "slow" and call in ("up", "destroy")]
    assert calls == [("up", "slow"), ("destroy", "slow"), ("up", "slow")]
    record = world.record("slow")
    assert record is not None
    assert record.owner == "bob@example.com"
    assert world.engine.overlaps == []


def test_nothing_is_noted_of_a_name_at_work(world: TimedStage) -> None:
    """It is half of a change. Its file goes, and is put back by its owner: nothing was lost, and nothing is noted."""
    world.at(10, lambda: world.land({"slow.yaml": None, "b.yaml": LATER}))
    world.at(20, lambda: world.land({"slow.yaml": LATER, "c.yaml": LATER}))
    world.rounds()

    assert [call for call in world.engine.calls if call[1] == "slow" and call[0] in ("up", "destroy")] == [
        ("up", "slow")
    ]
    record = world.record("slow")
    assert record is not None
    assert (record.removed, record.phase) == (None, "ready")


def test_a_listing_older_than_the_ledger_loses_nothing(world: TimedStage) -> None:
    """What the ledger expects and the listing lacks is asked for by name before anything is called lost or gone."""
    world.workers.seconds = 61
    world.land({"b.yaml": LATER})
    world.rounds()
    world.engine.observe = lambda: Listing(marker=True)  # type: ignore[method-assign]
    world.land({"b.yaml": None})
    result = world.rounds()

    assert summary(result) == [("destroy", "b", "file-removed", True)]
    assert world.shown[-1].of("slow") is not None
    assert Code.LOST_STACK not in {change.code for change in world.shown[-1].changes}
    assert world.phases() == {"slow": "ready"}


def test_the_state_is_listed_again_before_anything_is_destroyed(world: TimedStage) -> None:
    """A listing of this pass is believed for ten minutes, but not where something goes by it."""
    world.land({"b.yaml": LATER})
    world.at(20, lambda: world.land({"c.yaml": LATER}))
    world.at(30, lambda: world.engine.calls.append(("removed", "b")))
    world.at(30, lambda: world.land({"b.yaml": None}))
    world.rounds()

    calls = [call for call in world.engine.calls if call[0] in ("observe", "removed", "destroy")]
    assert calls[:4] == [("observe", ""), ("removed", "b"), ("observe", ""), ("destroy", "b")]


def test_a_requested_removal_is_still_a_request_when_it_was_at_work(world: TimedStage) -> None:
    """Deleted at the door while it was being made: a round looked in between, and could not note it."""
    world.land({"b.yaml": LATER})
    world.at(10, lambda: world.request("slow"))
    world.at(11, lambda: world.land({"c.yaml": LATER}))
    world.rounds()

    end = next(line for line in world.ledger.lines if line.code == "file-removed")
    assert (end.name, end.origin) == ("slow", "request")


def with_an_edit_of_b(world: TimedStage, *, until: float) -> None:
    """`b` is there and edited, but somebody else's lock is on it; `slow` takes until that second."""
    world.workers.seconds = 61
    world.land({"b.yaml": LATER})
    world.rounds()
    world.workers.seconds = 0
    world.hang("slow", until=until)
    world.land({"b.yaml": LATER + "description: edited\n", "slow.yaml": LATER + "description: edited\n"})
    world.engine.errors["up", "b"] = StackBusyError("b", "locked by pid 7 on host-2")


def test_a_foreign_lock_is_no_hot_loop(world: TimedStage) -> None:
    """Put back, it waits one minute, two, four, while the pass goes on with others."""
    with_an_edit_of_b(world, until=500)
    world.rounds()

    begun = [second for second in world.begun("b") if second < 500]
    gaps = [round(later - earlier) for earlier, later in pairwise(begun)]
    assert len(begun) == 4
    assert all(60 * 2**number <= gap <= 60 * 2**number + 10 for number, gap in enumerate(gaps))


def test_a_changed_file_ends_the_wait_of_what_was_put_back(world: TimedStage) -> None:
    """A person did something about it."""
    with_an_edit_of_b(world, until=60)
    world.at(20, world.engine.errors.clear)
    world.at(20, lambda: world.land({"b.yaml": LATER + "description: again\n"}))
    world.rounds()

    assert len(world.begun("b")) == 2
    assert 20 <= world.begun("b")[1] <= 25


def test_whoever_waits_with_a_plan_of_his_own_gets_his_turn(world: TimedStage) -> None:
    """The fleet never rests: every ten seconds something lands. The holder begins nothing more, and gives the lease."""
    world.hang("slow", until=100)
    for second in range(10, 100, 10):
        world.at(second, lambda number=second: world.land({f"n{number}.yaml": LATER}))  # type: ignore[misc]

    world.at(35, world.wait_for_turn)
    world.rounds()

    assert sorted(world.phases()) == ["n10", "n20", "n30", "slow"]
    assert any("another pass waits for the lease" in line for line in world.progress.lines)
    assert world.ledger.snapshot.fleet_record is not None
    assert (world.ledger.snapshot.fleet_record.lease, world.workers.seconds < 110) == (None, True)


@pytest.mark.parametrize("what", ["settings", "backends", "time", "lease"])
def test_a_pass_ends_when_it_may_take_nothing_more(world: TimedStage, what: str) -> None:
    """What runs ends well, and nothing new is begun."""

    def change() -> None:
        if what == "settings":
            world.repo.land({"helium.yaml": SETTINGS + b"defaults: {lifetime: 4d}\n"}, time=world.now)
        elif what == "backends":
            recipe = world.backends.all["gcp-namespace"]
            world.backends.all["gcp-namespace"] = replace(recipe, program="program-2")
        elif what == "lease":
            known = world.ledger.snapshot.fleet_record
            assert known is not None
            world.ledger.snapshot = replace(world.ledger.snapshot, fleet_record=replace(known, lease=None))
        world.land({"b.yaml": LATER})

    world.land({"t.yaml": LATER})
    world.at(20, change)
    result = world.rounds(PassOptions(parallel=1, take_until=timedelta(seconds=15 if what == "time" else 600)))

    assert [change.name for change in world.shown[0].work] == ["slow", "t"]
    assert world.calls_of("up") == ["slow"]
    # What was shown and never begun is told, and is no success.
    assert [(each.name, each.ok) for each in result.of_first_plan] == [("slow", True), ("t", False)]
    assert any("begins nothing more" in line for line in world.progress.lines)


def test_a_pass_that_something_slow_keeps_from_ending_goes_on(world: TimedStage) -> None:
    """Its time is over, and a stack hangs for half an hour: what lands is begun at once. Then it ends all the same."""
    world.hang("slow", until=1800)
    world.at(400, lambda: world.land({"b.yaml": LATER}))
    world.at(1700, lambda: world.land({"c.yaml": LATER}))
    world.rounds(PassOptions(parallel=1, take_until=timedelta(seconds=300)))

    assert 400 <= world.begun("b")[0] <= 405
    # Not for ever: from 20 minutes (`limits.timeout`) after the end of its time, it only waits.
    assert world.calls_of("up") == ["b", "slow"]
    assert world.workers.seconds <= 1805


def test_whoever_waits_gets_his_turn_beside_what_hangs_again_and_again(world: TimedStage) -> None:
    """One slow stack after another keeps the pass from ending, but not for longer than 20 minutes."""
    world.hang("slow", until=400)
    for number in range(1, 20):
        world.at(100 * number, partial(world.land, {f"s{number}.yaml": LATER}))
        world.hang(f"s{number}", until=100 * number + 400)
    world.at(50, world.wait_for_turn)
    world.rounds(PassOptions(parallel=1, take_until=timedelta(hours=5)))

    assert world.workers.seconds <= 50 + 1200 + 400 + 10
    assert len(world.calls_of("up")) > 5


def test_a_pause_holds_what_comes_and_ends_nothing(world: TimedStage) -> None:
    """Paused in the ledger while it works: what lands is held, and begun when the pause ends, by the same pass."""

    def pause(put: Pause | None) -> None:
        known = world.ledger.snapshot.fleet_record
        assert known is not None
        world.ledger.snapshot = replace(world.ledger.snapshot, fleet_record=replace(known, pause=put))

    world.at(10, lambda: pause(Pause("ada@example.com", "an incident", world.now)))
    world.at(12, lambda: world.land({"b.yaml": LATER}))
    world.at(30, lambda: pause(None))
    world.rounds()

    assert 30 <= world.begun("b")[0] <= 34


def test_a_pause_and_a_limit_on_main_count_at_once(world: TimedStage) -> None:
    """Whoever changes them is in a hurry. The pass goes on beside what hangs, and begins nothing while it is paused."""
    world.hang("slow", until=200)
    world.at(10, lambda: world.repo.land({"helium.yaml": SETTINGS + b"paused: true\n"}, time=world.now))
    world.at(12, lambda: world.land({"b.yaml": LATER}))
    world.at(30, lambda: world.repo.land({"helium.yaml": SETTINGS + b"limits: {deletes: 1}\n"}, time=world.now))
    world.rounds()

    assert 30 <= world.begun("b")[0] <= 34


@pytest.mark.parametrize(
    "said",
    [
        "write: {by: pull-request, interval: 5m}",
        "routine: {adds: 1}",
        "jobs: {issuer: 'https://ci.example.com', audience: helium, allow: []}",
        "people: {ada: ada@example.com}",
    ],
)
def test_who_may_ask_for_what_is_no_affair_of_a_pass(world: TimedStage, said: str) -> None:
    """Such a setting changes while something hangs: what is requested then is begun beside it."""
    world.hang("slow", until=200)
    world.at(10, lambda: world.repo.land({"helium.yaml": SETTINGS + f"{said}\n".encode()}, time=world.now))
    world.at(30, lambda: world.land({"b.yaml": LATER}))
    world.rounds()

    assert 30 <= world.begun("b")[0] <= 34


def test_a_remote_that_is_away_for_a_while_stops_nothing(world: TimedStage) -> None:
    """What runs goes on, and what landed is begun when the remote is back."""
    world.at(10, lambda: setattr(world.repo, "error", SourceError("the remote is away")))
    world.at(12, lambda: world.land({"b.yaml": LATER}))
    world.at(25, lambda: setattr(world.repo, "error", None))
    world.rounds()

    assert 25 <= world.begun("b")[0] <= 50
    assert world.phases() == {"slow": "ready", "b": "ready"}
    assert len([line for line in world.progress.lines if "the remote is away" in line]) == 1


def test_a_remote_that_is_away_at_the_end_takes_no_outcome_away(world: TimedStage) -> None:
    """All that was begun has ended well, and is told so."""
    world.at(50, lambda: setattr(world.repo, "error", SourceError("the remote is away")))
    result = world.rounds()

    assert summary(result) == [("create", "slow", "new-file", True)]
    assert "This pass looks no further: the remote is away" in world.progress.lines


def test_a_failure_is_tried_once_more_at_once_and_told_by_how_it_ended(world: TimedStage) -> None:
    """Most first failures are gone a moment later. The exit code is of how each name of the first plan ended."""
    world.land({"slow.yaml": None, "b.yaml": LATER})
    real, failures = world.engine.up, [EngineError("b", "a hiccup")]

    def up(workspace: Workspace, options: UpOptions) -> Built:
        built = real(workspace, options)
        if failures:
            raise failures.pop()
        return built

    world.engine.up = up  # type: ignore[method-assign, assignment]
    result = world.rounds()

    assert [outcome.ok for outcome in result.outcomes] == [False, True]
    assert [outcome.ok for outcome in result.of_first_plan] == [True]
    assert world.phases() == {"b": "ready"}


def test_the_limit_counts_what_is_being_destroyed(world: TimedStage) -> None:
    """Five went in the first round, and a sixth file is removed while they go: that is one too many for a day."""
    names = [f"w{number}" for number in range(6)]
    world.land({f"{name}.yaml": LATER for name in names})
    world.workers.seconds = 61
    world.rounds(PassOptions(parallel=8, once=True))
    world.workers.seconds = 0
    world.hang("slow", until=60)
    world.land({"slow.yaml": LATER + "description: edited\n", **{f"{name}.yaml": None for name in names[:5]}})
    world.at(10, lambda: world.land({"w5.yaml": None}))
    world.rounds()

    assert sorted(world.phases()) == ["slow", "w5"]
    assert any("limit is 5" in line for line in world.progress.lines)


def test_what_was_removed_while_it_came_up_goes_in_the_same_pass(world: TimedStage) -> None:
    """No barrier, no second command: the next round finds it ready, and its file gone."""
    world.at(20, lambda: world.land({"slow.yaml": None, "b.yaml": LATER}))
    world.rounds()

    assert (world.stacks(), world.phases()) == (["b"], {"b": "ready"})


def test_a_deadline_that_passes_while_a_pass_works_is_met_by_it(world: TimedStage) -> None:
    """Nobody did anything, and yet the plan is another one."""
    world.land({"b.yaml": f"expiry: {world.now + timedelta(seconds=60):%Y-%m-%dT%H:%M:%SZ}\n"})
    world.hang("slow", until=100)
    world.rounds()

    assert world.phases()["b"] == "gone"
    destroyed = next(second for second, line in world.told if line == "started destroy b")
    assert 60 <= destroyed <= 70


def test_ctrl_c_between_rounds_ends_what_runs(world: TimedStage) -> None:
    """The engine is closed, what was at work has ended, its outcome is in the ledger, and the lease is given back."""

    def press() -> None:
        world.at(13, world.engine.hanging["slow"].set)
        raise KeyboardInterrupt

    world.at(12, press)
    with pytest.raises(KeyboardInterrupt):
        world.rounds()

    assert (world.engine.closed, world.phases()) == (True, {"slow": "failed"})
    assert any(line.startswith("Interrupted. Stopping what runs") for line in world.progress.lines)
    assert world.ledger.snapshot.fleet_record is not None
    assert world.ledger.snapshot.fleet_record.lease is None


def test_the_lease_is_renewed_while_the_pass_cannot_look(world: TimedStage) -> None:
    """A timer of its own does it, so that a remote that answers after ten minutes costs nobody the lease."""
    begun = []

    class Renewed(type(world.workers)):  # type: ignore[misc]
        """Keeps what is to be called again and again."""

        def every(self, seconds: float, call: Callable[[], None]) -> AbstractContextManager[None]:
            begun.append((seconds, call))
            return nullcontext()

    world.workers.__class__ = Renewed
    left: list[timedelta] = []

    def renew() -> None:
        world.now += timedelta(minutes=6)
        begun[0][1]()
        known = world.ledger.snapshot.fleet_record
        assert known is not None
        assert known.lease is not None
        left.append(known.lease.until - world.now)

    world.at(5, renew)
    world.rounds()

    assert (begun[0][0], left) == (60.0, [timedelta(minutes=25)])


def test_an_announcement_that_cannot_be_pushed_begins_nothing(world: TimedStage) -> None:
    """The name is left as it was, and begun when the ledger can be written again."""
    write = world.ledger.write

    def away(writes: Writes, *, on: Snapshot) -> tuple[Snapshot, frozenset[str]]:
        if "b" in writes.records and 10 <= world.workers.seconds < 30:
            raise SourceError("the push was refused")
        return write(writes, on=on)

    world.hang("slow", until=120)
    world.ledger.write = away  # type: ignore[method-assign]
    world.at(10, lambda: world.land({"b.yaml": LATER}))
    world.rounds()

    # It is tried again after 4 s, 8 and 16, beside what hangs.
    assert 30 <= world.begun("b")[0] <= 45
    assert world.phases() == {"slow": "ready", "b": "ready"}


@pytest.mark.parametrize(
    ("times", "phase"),
    [pytest.param((30,), "ready", id="once"), pytest.param((30, 90), "creating", id="again and again")],
)
def test_an_outcome_that_met_a_changed_record_is_made_once_more(
    world: TimedStage, times: tuple[float, ...], phase: str
) -> None:
    """Somebody changes a record while its workspace is made. The change is made again, so that its end is written.

    It is made no third time: the pass would go on as long as somebody changes the record.
    """

    def note() -> None:
        snapshot = world.ledger.read()
        record = world.record("slow")
        assert record is not None
        world.ledger.write(Writes({"slow": replace(record, labels={"team": str(world.workers.seconds)})}), on=snapshot)

    for when in times:
        world.at(when, note)
    # The second time it takes a minute again.
    world.at(50, lambda: world.hang("slow", until=120))
    world.rounds()

    assert (world.phases(), world.calls_of("up")) == ({"slow": phase}, ["slow", "slow"])


def test_a_plan_of_its_own_goes_round_once_for_what_is_created_again(world: TimedStage) -> None:
    """`--once` carries out what it shows: that something is replaced means that it comes back."""
    world.workers.seconds = 61
    world.rounds()
    world.engine.hanging.clear()
    world.land({"slow.yaml": None, "b.yaml": LATER})
    world.land({"slow.yaml": "description: mine now\n"}, author=BOB)
    result = world.rounds(PassOptions(parallel=4, once=True))

    kinds = [(outcome.kind, outcome.name) for outcome in result.outcomes]
    assert kinds == [("create", "b"), ("destroy", "slow"), ("create", "slow")]
    assert [outcome.kind for outcome in result.of_first_plan] == ["create", "create"]


def test_a_pass_with_a_plan_of_its_own_asks_for_its_turn(world: TimedStage) -> None:
    """It says so in the ledger, renews that, takes the lease when it is free, and asks no more."""
    world.ledger.write(Writes(fleet_record=FleetRecord("acme")), on=world.ledger.read())
    known = world.ledger.snapshot.fleet_record
    assert known is not None
    theirs = Lease("run-x", 9, "host-2", 7, "boot-2", world.now + timedelta(hours=1))
    world.ledger.snapshot = replace(world.ledger.snapshot, fleet_record=replace(known, lease=theirs, counter=9))
    asked: list[Waiting | None] = []

    def look() -> None:
        asked.append(world.ledger.snapshot.fleet_record.waiting if world.ledger.snapshot.fleet_record else None)

    def give_back() -> None:
        held = world.ledger.snapshot.fleet_record
        assert held is not None
        world.ledger.snapshot = replace(world.ledger.snapshot, fleet_record=replace(held, lease=None))

    world.hang("slow", until=160)
    for second, act in ((4, look), (90, look), (100, give_back)):
        world.at(second, act)
    world.rounds(PassOptions(parallel=4, once=True, wait=timedelta(minutes=5)))

    runs, ends = {each.run for each in asked if each}, [each.until for each in asked if each]
    assert (runs, len(ends)) == ({"run-1"}, 2)
    assert ends[0] < ends[1]
    assert world.ledger.snapshot.fleet_record is not None
    assert world.ledger.snapshot.fleet_record.waiting is None
    assert world.phases() == {"slow": "ready"}


def test_whoever_asked_first_goes_first(world: TimedStage) -> None:
    """A free lease that somebody waits for is not anybody's: a pass that does not wait finds it taken."""
    waiting = Waiting("run-x", world.now + timedelta(minutes=2))
    world.ledger.write(Writes(fleet_record=FleetRecord("acme", waiting=waiting)), on=world.ledger.read())

    with pytest.raises(LeaseTakenError, match="run-x has waited for the lease"):
        world.rounds()
    world.now += timedelta(minutes=3)
    world.rounds()
    assert world.phases() == {"slow": "ready"}


def test_a_free_slot_takes_the_next_of_the_last_plan(world: TimedStage) -> None:
    """Between two rounds nobody waits for a look at the whole fleet."""
    world.land({f"n{number}.yaml": LATER for number in range(6)})
    world.rounds(PassOptions(parallel=2))

    assert len(world.phases()) == 7
    assert max(world.begun(f"n{number}")[0] for number in range(6)) < 10


def test_what_is_known_of_how_it_was_listed_is_told(world: TimedStage) -> None:
    """A note of the listing is a line."""
    real = world.engine.observe
    world.engine.observe = lambda: replace(real(), note="listed by Pulumi")  # type: ignore[method-assign]
    world.rounds()

    assert "listed by Pulumi" in world.progress.lines


def test_a_ledger_that_cannot_be_written_for_a_while_stops_nothing(world: TimedStage) -> None:
    """Outcomes wait in the writer, and the pass goes on."""
    write = world.ledger.write
    world.land({"b.yaml": LATER})

    def away(writes: Writes, *, on: Snapshot) -> tuple[Snapshot, frozenset[str]]:
        if 10 <= world.workers.seconds < 40:
            raise SourceError("the push was refused")
        return write(writes, on=on)

    world.hang("b", until=15)
    world.ledger.write = away  # type: ignore[method-assign]
    world.rounds()

    assert world.phases() == {"slow": "ready", "b": "ready"}
    assert any("the push was refused" in line for line in world.progress.lines)


def test_two_rounds_are_apart_however_much_happens(world: TimedStage) -> None:
    """Two seconds at least, and a look that takes long is made more rarely: a pass is there to work."""
    world.land({"b.yaml": LATER})
    for second in range(10, 20):
        world.at(second, partial(world.land, {"b.yaml": f"{LATER}description: '{second}'\n"}))
    real, looks = world.backends.recipes, list[float]()

    def recipes(fleet: Fleet, *, commit: str) -> Mapping[str, Recipe]:
        looks.append(world.workers.seconds)
        return real(fleet, commit=commit)

    world.backends.recipes = recipes  # type: ignore[method-assign]
    world.rounds()

    beside = [second for second in looks if 10 <= second < 60]
    assert len(beside) > 3
    assert min(later - earlier for earlier, later in pairwise(beside)) >= 2


def test_a_slow_remote_is_not_asked_all_the_time(world: TimedStage) -> None:
    """A look that takes two seconds is made every ten."""
    asked: list[float] = []

    def fetch() -> None:
        asked.append(world.workers.seconds)
        world.workers.seconds += 2

    world.repo.fetch = fetch  # type: ignore[method-assign]
    world.rounds()

    gaps = [later - earlier for earlier, later in pairwise(asked[2:-1])]
    assert gaps
    assert min(gaps) >= 10


def test_a_state_that_became_doubtful_begins_nothing(world: TimedStage) -> None:
    """The marker is gone all at once: nothing is noted and nothing begun, and what runs ends."""
    real = world.engine.observe
    gone: list[bool] = []
    world.engine.observe = lambda: Listing() if gone else real()  # type: ignore[method-assign]
    world.land({"b.yaml": LATER, "t.yaml": LATER})
    world.at(9, lambda: gone.append(True))
    world.at(10, lambda: world.land({"b.yaml": None, "c.yaml": LATER}))
    world.rounds(PassOptions(parallel=1))

    # `t` was left without a slot by a plan that is over.
    assert sorted(world.phases()) == ["b", "slow"]
    assert any("marker stack" in line for line in world.progress.lines)


def test_a_wait_for_the_lease_comes_to_its_end(world: TimedStage) -> None:
    """As long as the person said, and then it says who has it."""
    theirs = Lease("run-x", 9, "host-2", 7, "boot-2", world.now + timedelta(hours=1))
    world.ledger.write(Writes(fleet_record=FleetRecord("acme", lease=theirs, counter=9)), on=world.ledger.read())

    with pytest.raises(LeaseTakenError, match="run-x"):
        world.rounds(PassOptions(parallel=4, wait=timedelta(minutes=1)))
    assert 60 <= world.workers.seconds <= 64


def test_a_record_of_no_stack_is_not_asked_for(world: TimedStage) -> None:
    """Its text is no stack's id, so there is nobody to ask; the file is made as any other."""
    world.hang("slow", until=1)
    world.rounds()
    known = world.record("slow")
    assert known is not None
    world.engine.stacks.clear()
    broken = replace(known, stack="no stack", observed_at=None, phase=Phase.CREATING, spec_blob=None)
    world.ledger.write(Writes({"slow": broken}), on=world.ledger.read())
    world.rounds()

    assert ("ownership", "slow") not in world.engine.calls
    assert world.calls_of("up") == ["slow", "slow"]


def test_a_raised_quota_lets_in_what_waits_while_the_pass_is_at_work(world: TimedStage) -> None:
    """The pass goes on, and reads the number again in each round; until then, what is new is held."""
    world.repo.land({"helium.yaml": SETTINGS + b"limits: {fleet: 1}\n"}, time=world.now)
    world.at(10, lambda: world.land({"b.yaml": LATER}))
    world.at(30, lambda: world.repo.land({"helium.yaml": SETTINGS + b"limits: {fleet: 2}\n"}, time=world.now))
    world.rounds()

    assert 30 <= world.begun("b")[0] <= 36
    assert world.phases() == {"slow": "ready", "b": "ready"}


def test_a_place_that_is_given_back_is_taken_by_the_same_pass(world: TimedStage) -> None:
    """What waits need not wait until the cloud has deleted what went, nor for another pass."""
    world.repo.land({"helium.yaml": SETTINGS + b"limits: {fleet: 2}\n"}, time=world.now)
    world.land({"a.yaml": LATER})
    world.at(10, lambda: world.land({"b.yaml": LATER}))
    world.at(40, lambda: world.land({"a.yaml": None}))
    world.rounds()

    assert 40 <= world.begun("b")[0] <= 46
    assert world.phases()["b"] == "ready"


def test_what_is_asked_for_again_does_not_wait_for_the_end_of_the_pass(world: TimedStage) -> None:
    """Its owner has mended something: the round that sees it tries, once, and not only the next pass."""
    world.engine.errors["up", "a"] = EngineError("a", "no quota")
    world.land({"a.yaml": LATER})
    world.hang("slow", until=900)

    def ask() -> None:
        snapshot = world.ledger.read()
        known = snapshot.records["a"]
        assert isinstance(known, Record)
        assert snapshot.fleet_record is not None
        asked = replace(snapshot.fleet_record, ordered=snapshot.fleet_record.ordered + 1)
        world.ledger.write(Writes({"a": replace(known, next_attempt_at=None)}, asked), on=snapshot)

    world.at(600, ask)
    world.rounds()

    begun = world.begun("a")
    assert [True] == [600 <= each < 610 for each in begun if 430 < each < 890]


def test_whom_people_sign_in_at_and_who_is_told_is_no_affair_of_a_pass() -> None:
    """It goes on when such settings change; where a destroy waits for another grace, it ends."""
    seen = fleet_of("a")
    told = replace(seen, fleet=replace(seen.fleet, notify=NotifySettings("https://helium.example.com")))
    assert "" == why_it_drains(seen, told)
    limits = replace(seen.fleet.limits, grace=timedelta(hours=1))
    assert "has changed on main" in why_it_drains(seen, replace(seen, fleet=replace(seen.fleet, limits=limits)))
