"""A pass at a remote that asks for a rest between two pushes: what is gathered, and what is never put off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from helium.core.plan import Code
from helium.core.record import Phase, Record
from helium.core.run import Run
from helium.core.workspace import Workspace
from helium.errors import EngineError
from helium.ports.engine import Built, UpOptions
from helium.ports.ledger import Snapshot, Writes
from helium.reconcile.ledger_writer import LedgerWriter
from helium.reconcile.loop import PassOptions
from helium.reconcile.push_pace import PushPace
from tests.builders import NOW, fleet_record, record
from tests.fakes import FakeLedger
from tests.reconcile.harness import SETTINGS
from tests.reconcile.timed_workers import TimedStage

REST = 10.0
LATER = "expiry: 2026-12-24\n"
FOUR, ONE = PassOptions(parallel=4), PassOptions(parallel=1)


class RestingStage(TimedStage):
    """A fleet whose remote asks for ten seconds between two pushes. `pushes`: at which second each was, and its words.

    `unannounced`: what the engine began on before the ledger said so.
    """

    def __init__(self, rest: float = REST) -> None:
        super().__init__()
        self.ledger.rest = rest
        self.pushes: list[tuple[float, str]] = []
        self.unannounced: list[str] = []
        write, up = self.ledger.write, self.engine.up

        def written(writes: Writes, *, on: Snapshot) -> tuple[Snapshot, frozenset[str]]:
            self.pushes.append((self.workers.seconds, writes.message))
            return write(writes, on=on)

        def begun(workspace: Workspace, options: UpOptions) -> Built:
            known = self.record(workspace.name)
            if known is None or known.phase not in (Phase.CREATING, Phase.UPDATING):
                self.unannounced.append(workspace.name)
            return up(workspace, options)

        self.ledger.write = written  # type: ignore[method-assign]
        self.engine.up = begun  # type: ignore[method-assign,assignment]

    def each_takes(self, seconds: float) -> None:
        """Every `up` that begins from now on."""
        up = self.engine.up

        def takes(workspace: Workspace, options: UpOptions) -> Built:
            self.workers.pause(seconds)
            return up(workspace, options)

        self.engine.up = takes  # type: ignore[method-assign,assignment]

    def most_in(self, seconds: float) -> int:
        """The most pushes within so many seconds."""
        times = [at for at, _ in self.pushes]
        return max(sum(first <= at < first + seconds for at in times) for first in times)


def phase_of(world: RestingStage, name: str) -> Phase | None:
    """What the ledger says of it."""
    known = world.ledger.snapshot.records.get(name)
    return known.phase if isinstance(known, Record) else None


def seconds_of(world: RestingStage, count: int) -> float:
    """How long a pass takes for so many creates of thirty seconds each, four at once."""
    world.each_takes(30)
    world.land({f"w{number:02}.yaml": LATER for number in range(count)})
    world.rounds(FOUR)
    assert world.phases() == {f"w{number:02}": "ready" for number in range(count)}
    return world.workers.seconds


def test_forty_creates_take_as_long_with_a_rest_as_without() -> None:
    """What is announced before its turn begins as soon as a slot is free: nobody waits for a push."""
    resting, quick = RestingStage(), RestingStage(rest=0)
    with_rest, without = seconds_of(resting, 40), seconds_of(quick, 40)

    assert with_rest <= 1.05 * without
    # Six a minute, and the few that follow each other after a quiet time.
    assert resting.most_in(60) <= 8
    assert resting.unannounced == []


def test_ends_and_beginnings_go_in_one_push() -> None:
    """What has ended goes along with what begins, and the next round looks at it."""
    world = RestingStage()
    world.hang("a", until=20)
    world.hang("b", until=60)
    world.land({"a.yaml": LATER, "b.yaml": LATER})
    world.at(21, lambda: world.land({"c.yaml": LATER}))
    world.rounds(FOUR)

    messages = [message for _, message in world.pushes]
    assert messages.count("Begin more") == 1
    assert 21 <= world.begun("c")[0] <= 24
    assert world.phases() == dict.fromkeys("abc", "ready")


def test_what_failed_is_tried_again_when_the_ledger_says_that_it_failed() -> None:
    """A round that leaves it out, since its end is not written yet, is followed by one that does not."""
    world = RestingStage()
    world.land({"a.yaml": LATER})
    world.rounds(FOUR)
    world.workers.seconds, world.pushes = 0.0, []
    world.land({"a.yaml": LATER + "description: edited\n", "slow.yaml": LATER})
    world.hang("slow", until=120)
    world.engine.errors["up", "a"] = EngineError("a", "no quota")
    world.at(10, lambda: world.land({"a.yaml": LATER + "description: again\n"}))
    world.at(10, world.engine.errors.clear)
    world.rounds(FOUR)

    assert 10 <= world.begun("a")[-1] <= 35
    assert world.phases() == {"a": "ready", "slow": "ready"}


def removed(world: RestingStage) -> None:
    """Its owner does not want it any more."""
    world.land({"next.yaml": None})


def edited(world: RestingStage) -> None:
    """Its owner wants another one."""
    world.land({"next.yaml": LATER + "description: another\n"})


@pytest.mark.parametrize("happens", [removed, edited])
def test_what_was_announced_early_has_a_last_look(happens: Callable[[RestingStage], None]) -> None:
    """Its file goes or changes before there is a slot for it: it is put back, and what main says now is done."""
    world = RestingStage()
    world.hang("first", until=60)
    world.land({"first.yaml": LATER, "next.yaml": LATER})
    announced: list[Phase | None] = []
    world.at(20, lambda: announced.append(phase_of(world, "next")))
    world.at(30, lambda: happens(world))
    result = world.rounds(ONE)

    assert announced == [Phase.CREATING]
    assert ("next", Code.CHANGED_MEANWHILE.value) in [(each.name, each.code) for each in result.outcomes]
    if happens is removed:
        assert (world.calls_of("up"), world.phases()) == (["first"], {"first": "ready"})
    else:
        assert world.calls_of("up") == ["first", "next"]
        known = world.record("next")
        assert known is not None
        assert known.spec_blob == world.repo.entries(world.repo.head())[-1].blob


def test_a_pass_that_may_take_nothing_more_takes_back_what_it_announced() -> None:
    """Others must not wait for what it has not begun."""
    world = RestingStage()
    world.hang("first", until=60)
    world.land({"first.yaml": LATER, "next.yaml": LATER})
    at_first: list[Phase | None] = []
    world.at(25, lambda: at_first.append(phase_of(world, "next")))
    world.at(30, lambda: world.repo.land({"helium.yaml": SETTINGS + b"defaults: {lifetime: 4d}\n"}, time=world.now))
    later: list[Phase | None] = []
    world.at(55, lambda: later.append(phase_of(world, "next")))
    result = world.rounds(ONE)

    assert (at_first, later) == ([Phase.CREATING], [None])
    assert [(each.name, each.ok) for each in result.of_first_plan] == [("first", True), ("next", False)]
    assert world.phases() == {"first": "ready"}


def test_what_deletes_and_what_failed_before_are_never_announced_early() -> None:
    """Until there is a slot, its owner may still put the file back."""
    world = RestingStage()
    world.land({"a.yaml": LATER, "b.yaml": LATER})
    world.rounds(FOUR)
    world.workers.seconds = 0.0
    world.land({"a.yaml": LATER + "description: edited\n", "b.yaml": None})
    world.hang("a", until=60)
    meanwhile: list[Phase | None] = []
    world.at(30, lambda: meanwhile.append(phase_of(world, "b")))
    world.rounds(ONE)

    assert meanwhile == [Phase.READY]
    assert world.phases() == {"a": "ready"}


def test_destroys_share_the_push_of_their_proofs() -> None:
    """Four end at once: each name stays in the state until the ledger says that it is empty."""
    world = RestingStage()
    names = [f"w{number}" for number in range(4)]
    world.land({f"{name}.yaml": LATER for name in (*names, "stays")})
    world.rounds(FOUR)
    world.workers.seconds, world.pushes = 0.0, []
    remove, too_soon = world.engine.remove, []

    def checked(stack: object) -> None:
        known = world.record(stack.name)  # type: ignore[attr-defined]
        if known is not None and known.emptied is None:
            too_soon.append(known.name)
        remove(stack)  # type: ignore[arg-type]

    world.engine.remove = checked  # type: ignore[method-assign]
    world.land(dict.fromkeys((f"{name}.yaml" for name in names), None))
    world.rounds(FOUR)

    assert (too_soon, world.phases()) == ([], {"stays": "ready"})
    assert world.most_in(10) <= 4


@pytest.mark.parametrize("taken", [False, True])
def test_a_name_whose_proof_waits_for_another_ones_push_is_told_what_came_of_it(taken: bool) -> None:
    """It goes along with what somebody pushes meanwhile, unless its record was somebody else's by then."""
    ledger, now = FakeLedger(), [NOW]
    ledger.rest = REST
    ledger.write(Writes({"a": record("a"), "b": record("b")}, fleet_record()), on=ledger.read())
    run = Run("run-1", "host-1", 100, "boot-1", gone=lambda _: False)
    writer = LedgerWriter(ledger, ledger.read(), fleet_record=fleet_record(), run=run, clock=lambda: now[0])
    for number in range(3):
        writer.put("b", record("b", reason=str(number)))
        writer.flush("Note b")
    waits: list[float] = []

    def others_push(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            if taken:
                ledger.write(Writes({"a": record("a", reason="theirs")}), on=ledger.read())
            writer.flush("Begin more")

    writer.put("a", record("a", phase=Phase.DELETING))

    assert taken == writer.flush_in_turn("Note that a is empty", name="a", pause=others_push)
    assert [1.0, 1.0] == waits
    now[0] += timedelta(minutes=5)
    writer.put("b", record("b", reason="last"))
    assert not writer.flush_in_turn("Note that b is empty", name="b", pause=others_push)
    assert ("Note that b is empty", [1.0, 1.0]) == (ledger.writes[-1].message, waits)


def test_the_pace_is_counted() -> None:
    """Three at once after a quiet time, then one each ten seconds; a clock that was put back makes nobody wait long."""
    pace, now = PushPace(REST), NOW
    allowed = []
    for _ in range(4):
        allowed.append(pace.allows(now))
        pace.pushed(now)
    assert allowed == [True, True, True, False]
    assert not pace.allows(now + timedelta(seconds=19))
    assert pace.allows(now + timedelta(seconds=20))
    for _ in range(9):
        pace.pushed(now)
    assert not pace.allows(now - timedelta(days=1))
    assert pace.allows(now - timedelta(days=1) + timedelta(seconds=REST))

    none = PushPace(0)
    none.pushed(now)
    assert none.allows(now)
