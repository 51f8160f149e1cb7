"""Small fleets in which one rule at a time is needed: few names, and only the disturbances that it is about.

What people did before a pass begins disturbs nobody, so each accident that a missing rule leads to is a few turns away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial

from helium.reconcile.loop import PassOptions
from tests.explorer.calls import CLOUD
from tests.explorer.events import (
    SECOND,
    EditsOf,
    WorldEvent,
    adds,
    answers,
    backends,
    cloud,
    edits,
    extends,
    locks,
    pauses,
    protects,
    remote,
    removes,
    reverts,
    settings,
    waits,
)
from tests.explorer.fleets import LOOK, PASS, PAST_LEASE, fleet, passes
from tests.explorer.passes import PassInWorld
from tests.explorer.successors import passes_alone
from tests.explorer.unfolding import Unfolding
from tests.explorer.values import WorldValue
from tests.explorer.walked_case import WalkedCase

SLOW = timedelta(seconds=6)
ONCE = PassOptions(parallel=2, once=True, wait=timedelta(minutes=5))


def only(of: str, edit: EditsOf, **given: timedelta) -> EditsOf:
    """What happens to one of the names alone, within a second if that is given."""

    def happens(world: WorldValue, name: str) -> Iterator[WorldEvent]:
        if name == of:
            yield from partial(edit, **given)(world, name)

    return happens


def after(world: WorldValue, *happened: EditsOf, name: str = "a") -> WorldValue:
    """The world in which this has happened to a name, one after the other."""
    for edit in happened:
        (event,) = edit(world, name)
        world = event.world
    return world


def both(first: EditsOf, second: EditsOf) -> EditsOf:
    """The one and then the other, before anybody looks."""

    def happens(world: WorldValue, name: str) -> Iterator[WorldEvent]:
        for one in first(world, name):
            for other in second(one.world, name):
                yield WorldEvent(f"{one.sentence}, and {other.sentence}", other.world)

    return happens


def left_by_a_dead_pass(world: WorldValue, edit: EditsOf, *, at: str) -> WorldValue:
    """The world in which a pass was killed at that call, half an hour ago: its lease is over, and its lock is there."""
    world, unfolding = after(world, edit), Unfolding()
    number, node = unfolding.worlds.number(world), unfolding.begin(PassInWorld("pass-0", PASS), world)
    while at not in {call.method for _, call in node.standing}:
        threads = node.may_go_on(unfolding.worlds.all[number].now)
        if threads:
            number, node = unfolding.after(node, threads[-1], number)
        else:
            number = unfolding.at(number, min(node.dues))
    world = unfolding.worlds.all[number]
    return replace(world, now=world.now + 2 * PAST_LEASE, dead=frozenset(("pass-0",)))


def _beside_a_looker(name: str, world: WorldValue, *happens: EditsOf) -> WalkedCase:
    names, edits_ = ("a", "b"), 1 if happens else 0
    # A listing that is older than the ledger takes another order of the looker's own threads.
    case = WalkedCase(name, world, passes(PASS, LOOK), happens, names, most_edits=edits_, before=False)
    return replace(case, threads=not happens)


def _locked(name: str, asked: EditsOf, *happens: EditsOf) -> WalkedCase:
    """Somebody works on the stack by hand while this is asked for."""
    world, edits_ = after(fleet("a"), asked, locks), 1 if happens else 0
    return WalkedCase(name, world, passes(PASS), happens, most_edits=edits_, before=False)


def _failing(name: str, what: EditsOf, *asked: EditsOf, begins: tuple[str, ...] = ("a",)) -> WalkedCase:
    """This goes away in the middle of what was asked for, and comes back."""
    return WalkedCase(name, after(fleet(*begins), *asked), passes(PASS), (what,), before=False)


def _sleeps(name: str) -> WalkedCase:
    changes = removes, adds
    return WalkedCase(name, fleet("a"), passes(PASS, PASS), changes, most_edits=2, sleep=PAST_LEASE)


def _create_sleeps(name: str) -> WalkedCase:
    return WalkedCase(name, fleet(), passes(PASS, PASS), (adds, removes), most_edits=2, sleep=PAST_LEASE)


def _removal_sleeps(name: str) -> WalkedCase:
    world = after(fleet("a"), removes)
    return WalkedCase(name, world, passes(PASS, PASS), before=False, threads=False, sleep=PAST_LEASE)


def _looked_before(name: str) -> WalkedCase:
    """One is about to announce its work. Another has looked since, and is about to write down what it saw."""
    begun = "pass-1 until ledger.write", removes, "looker until ledger.write"
    world = after(fleet("a", "b"), removes)
    return WalkedCase(name, world, passes(PASS, LOOK), (), ("a", "b"), begun=begun, most_edits=0)


def _looked_at_a_sleeper(name: str) -> WalkedCase:
    """One sleeps beyond its lease at its work. Another has looked, and is about to write down what it saw."""
    begun = "pass-1 until engine.destroy ends", PAST_LEASE, removes, "looker until ledger.write"
    world = after(fleet("a", "b"), removes)
    return WalkedCase(name, world, passes(PASS, LOOK), (), ("a", "b"), begun=begun, most_edits=0)


def _slept(name: str, *asked: EditsOf) -> WalkedCase:
    """One slept beyond its lease before its last look. Another does all that is to be done."""
    begun = "pass-1 until engine.resolve_pending", PAST_LEASE
    return WalkedCase(name, after(fleet("a"), *asked), passes(PASS, PASS), begun=begun, most_edits=0, threads=False)


def _slept_in_its_last_look(name: str) -> WalkedCase:
    """One slept when it had renewed its lease, and before it reads once more that the lease is its own."""
    begun = "pass-1 until engine.resolve_pending", "pass-1 until repo.head", PAST_LEASE
    world = after(fleet("a"), removes, adds)
    return WalkedCase(name, world, passes(PASS, PASS), begun=begun, most_edits=0, threads=False)


def _slept_in_its_look(name: str) -> WalkedCase:
    """One slept after it had read its clock, and before it asks the remote for the time. Another is at work."""
    begun = "pass-1 until repo.head", PAST_LEASE, "pass-2 until engine.up ends"
    return WalkedCase(name, after(fleet(), adds), passes(PASS, PASS), begun=begun, most_edits=0, threads=False)


def _ended_twice(name: str) -> WalkedCase:
    """One slept after its destroy. Another has taken the lease, and does it again."""
    begun = "pass-1 until engine.empty", PAST_LEASE, "pass-2 until engine.resolve_pending"
    return WalkedCase(name, after(fleet("a"), removes), passes(PASS, PASS), begun=begun, most_edits=0)


def _dead_lock(name: str) -> WalkedCase:
    world = left_by_a_dead_pass(fleet("a"), removes, at="engine.destroy ends")
    return WalkedCase(name, world, passes(PASS, PASS), sleep=PAST_LEASE)


def _lock(name: str) -> WalkedCase:
    return WalkedCase(name, fleet("a"), passes(PASS), (locks, removes, reverts, protects), most_edits=3)


def _beside(name: str, *passes_: PassOptions, happens: tuple[EditsOf, ...] = ()) -> WalkedCase:
    """A pass is slow on one stack, and another one's file changes."""
    world, lands = after(fleet("a", "b"), edits), only("b", edits, takes=SECOND)
    return _in_its_time(WalkedCase(name, world, passes(*passes_), (lands, *happens), ("a", "b")))


def _in_its_time(case: WalkedCase) -> WalkedCase:
    """Only what people do disturbs: what lasts takes its time, and nobody goes on before it is over."""
    return replace(case, slow=SLOW, before=False, switches=False)


def _busy(name: str) -> WalkedCase:
    return replace(_beside(name, PASS), patience=timedelta(seconds=5), most_edits=1)


def _retries(name: str) -> WalkedCase:
    """Two updates have failed, and are tried again, when a third file changes."""
    world, unfolding = after(after(fleet("a", "b", "c"), edits), edits, name="b"), Unfolding()
    number = unfolding.worlds.number(replace(world, away=frozenset((CLOUD,))))
    number, _ = passes_alone(unfolding, PassInWorld("pass-0", PASS), number)
    world = unfolding.worlds.all[number]
    world = replace(world, away=frozenset(), now=world.now + PAST_LEASE)
    lands = only("c", edits, takes=SECOND)
    case = _in_its_time(WalkedCase(name, world, passes(PASS), (lands,), ("a", "b", "c"), most_edits=1))
    return replace(case, slow=timedelta(seconds=20), patience=timedelta(seconds=5))


def _drains(name: str) -> WalkedCase:
    lands = only("b", edits, takes=SECOND)
    happens = both(lands, waits), both(lands, settings), both(lands, backends)
    return replace(_beside(name, PASS), edits=happens, most_edits=1)


def _remote_and_slow(name: str) -> WalkedCase:
    return replace(_beside(name, PASS, happens=(remote,)), most_edits=3)


def _waiter(name: str) -> WalkedCase:
    return replace(_beside(name, PASS, ONCE), switches=True)


def _one_plan(name: str) -> WalkedCase:
    return _beside(name, ONCE)


def _ends_in_time(name: str) -> WalkedCase:
    return _beside(name, replace(PASS, take_until=timedelta(seconds=3)))


def _rests(name: str, *happens: EditsOf, kills: int = 0) -> WalkedCase:
    """The remote asks for a rest between two pushes: while a pass creates `b`, the edit of `a` is announced early."""
    world = after(after(fleet("a"), edits), adds, name="b")
    resting = (replace(each, rest=10.0) for each in passes(PassOptions(parallel=1), *([PASS] if kills else [])))
    case = WalkedCase(name, world, tuple(resting), happens, ("a", "b"), most_edits=len(happens), kills=kills)
    return case if kills else replace(_in_its_time(case), slow=timedelta(seconds=20))


def _hands(name: str) -> WalkedCase:
    quick = partial(removes, takes=SECOND), partial(adds, takes=SECOND)
    return _in_its_time(WalkedCase(name, after(fleet("a"), edits), passes(PASS), quick, most_edits=3))


def _limit(name: str) -> WalkedCase:
    world, day = after(fleet("a", "b", limits="deletes: 1"), removes), timedelta(hours=26)
    case = WalkedCase(name, world, passes(PASS), (only("b", removes, takes=SECOND),), ("a", "b"), rest=day, between=day)
    return _in_its_time(case)


def _reverted(name: str) -> WalkedCase:
    changes = reverts, edits
    return WalkedCase(name, after(fleet("a"), removes), passes(PASS), changes, before=False)


def _edited_and_reverted(name: str) -> WalkedCase:
    return WalkedCase(name, after(fleet("a"), edits, removes), passes(PASS), (reverts,), most_edits=1, before=False)


def _grace(name: str, *happens: EditsOf, kills: int = 0) -> WalkedCase:
    """Its file is gone, and it may still be taken back for ten minutes; twice eleven of them go by."""
    world = after(fleet("a", limits="grace: 10m"), removes)
    moves, limits = (timedelta(minutes=11),), len(happens) + 1
    case = WalkedCase(name, world, passes(PASS, PASS), happens, most_edits=limits, clock=moves, kills=kills)
    return replace(case, most_moves=2)


def _grace_of_a_deadline(name: str) -> WalkedCase:
    """It ends in five minutes, and may be kept for ten more."""
    world = fleet("a", until=timedelta(minutes=5), limits="grace: 10m")
    case = WalkedCase(name, world, passes(PASS, PASS), (extends, removes), clock=(timedelta(minutes=8),), most_moves=2)
    return replace(case, threads=False)


def _paused(name: str) -> WalkedCase:
    return WalkedCase(name, fleet("a"), passes(PASS), (edits, pauses), most_edits=2)


SMALL_CASES: Mapping[str, Callable[[str], WalkedCase]] = {
    "a create beside a looker": lambda name: _beside_a_looker(name, after(fleet(), adds)),
    "a create and a removal beside a looker": lambda name: _beside_a_looker(name, after(fleet(), adds), removes),
    "an edit beside a looker": lambda name: _beside_a_looker(name, after(fleet("a"), edits)),
    "a removal beside a looker": lambda name: _beside_a_looker(
        name, after(fleet("a", "b"), removes), only("b", removes)
    ),
    "other hands beside a looker": lambda name: _beside_a_looker(
        name, after(fleet("a"), edits), only("a", both(removes, adds))
    ),
    "a pass that sleeps": _sleeps,
    "a create that sleeps": _create_sleeps,
    "a removal that sleeps": _removal_sleeps,
    "the lock of a dead pass": _dead_lock,
    "an update by one that slept": lambda name: _slept(name, edits),
    "a replacement by one that slept": lambda name: _slept(name, removes, adds),
    "a look that slept": _slept_in_its_look,
    "a last look that slept": _slept_in_its_last_look,
    "looked before an announcement": _looked_before,
    "looked at one that sleeps": _looked_at_a_sleeper,
    "a removal that another does again": _ended_twice,
    "a lock by hand": _lock,
    "a lock that stays": lambda name: _locked(name, removes),
    "a lock on what is protected": lambda name: _locked(name, protects, removes),
    "a cloud that fails at a create": lambda name: _failing(name, cloud, adds, begins=()),
    "a cloud that fails at an update": lambda name: _failing(name, cloud, edits),
    "a cloud that fails at a removal": lambda name: _failing(name, cloud, removes),
    "a cloud that fails where a name changes hands": lambda name: _failing(name, cloud, removes, adds),
    "a remote that is away at a create": lambda name: _failing(name, remote, adds, begins=()),
    "a remote that is away at a removal": lambda name: _failing(name, remote, removes),
    "pushes in doubt at a create": lambda name: _failing(name, answers, adds, begins=()),
    "pushes in doubt at a removal": lambda name: _failing(name, answers, removes),
    "beside a slow stack": _busy,
    "beside two retries": _retries,
    "a pass that may take no more": _drains,
    "a slow stack, and a remote that is away": _remote_and_slow,
    "a waiter with a plan": _waiter,
    "a slow stack changes hands": _hands,
    "a rest between pushes, and an edit": lambda name: _rests(name, only("a", edits, takes=SECOND)),
    "a rest between pushes, and other hands": lambda name: _rests(
        name, only("a", removes, takes=SECOND), only("a", adds, takes=SECOND)
    ),
    "a rest between pushes, and a waiter": lambda name: _rests(name, waits, only("a", removes)),
    "a rest between pushes, and new settings": lambda name: _rests(name, settings),
    "a rest between pushes, and a kill": lambda name: _rests(name, only("a", removes), kills=1),
    "put back in time": _reverted,
    "edited, and put back in time": _edited_and_reverted,
    "paused in time": _paused,
    "one plan": _one_plan,
    "a pass that ends in time": _ends_in_time,
    "a limit of one": _limit,
    "a grace": lambda name: _grace(name, reverts, removes),
    "a grace, and other hands": lambda name: _grace(name, adds, removes),
    "a grace, and a death": lambda name: _grace(name, reverts, kills=1),
    "a grace after a deadline": _grace_of_a_deadline,
}
"""By name."""
