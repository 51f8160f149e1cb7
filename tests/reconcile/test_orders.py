"""Orders in the ledger, carried out by passes: once, by whom they are for, and as their command would."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from helium.core.fleet_record import Lease
from helium.core.log_line import ORDERED
from helium.core.order import Ended, Order, OrderKind, UnknownOrder
from helium.core.order_rules import saw
from helium.core.plan import Overrides
from helium.errors import EngineError, LeaseTakenError, OrderTakenError, SourceError, UsageError
from helium.ports.ledger import Snapshot, Writes
from helium.ports.repairs import no_repairs
from helium.reconcile.guard import deletes_digest
from helium.reconcile.loop import PassOptions, Result
from helium.reconcile.orders import lines_of
from tests.builders import order as built
from tests.reconcile.harness import SETTINGS, summary
from tests.reconcile.test_ends import KilledError
from tests.reconcile.timed_workers import TimedStage

LATER = "expiry: 2026-12-24\n"
ADMINS = SETTINGS + b"admins: [ada@example.com]\n"
HOUR = timedelta(hours=1)


class OrderStage(TimedStage):
    """A fleet with a workspace `a` that is up, and whose admin is Ada."""

    def __init__(self) -> None:
        super().__init__()
        self.repaired: list[Order] = []
        self.repo.land({"helium.yaml": ADMINS})
        self.land({"a.yaml": LATER, "anchor.yaml": LATER})
        self.rounds()
        self.engine.calls.clear()

    def order(self, kind: OrderKind, *names: str, **changes: Any) -> Order:
        """Ada gives an order now, as `helium operate` writes it."""
        snapshot = self.ledger.read()
        given = built(kind, *names, at=self.now, until=self.now + 2 * HOUR, commit=self.repo.head())
        given = replace(given, saw=saw(given, entries=self.repo.entries(given.commit), records=snapshot.records))
        given = replace(given, **changes)
        assert snapshot.fleet_record is not None
        known = replace(snapshot.fleet_record, ordered=snapshot.fleet_record.ordered + 1)
        self.ledger.write(Writes(orders={given.id: given}, fleet_record=known), on=snapshot)
        return given

    def repair(self, order: Order, /) -> str:
        """What a process does for an order beside passing."""
        self.repaired.append(order)
        return "It is repaired."

    def go_on(self, options: PassOptions | None = None) -> Result:
        """One ordinary pass, that can repair."""
        given = replace(self.pass_(), workers=self.workers, repairs=self.repair)
        self.told = []
        return given.go(options or PassOptions(parallel=4))

    def end(self, id: str = "o-1") -> tuple[str, str]:
        """How an order stands, and what became of it."""
        order = self.ledger.snapshot.orders[id]
        assert isinstance(order, Order)
        return order.status, order.ended.sentence if order.ended else ""

    def made(self) -> list[tuple[str, str]]:
        """What was done to stacks."""
        return [call for call in self.engine.calls if call[0] in ("up", "destroy")]


@pytest.fixture
def world() -> OrderStage:
    """A fleet with a workspace `a` that is up."""
    return OrderStage()


def test_an_order_is_carried_out_once(world: OrderStage) -> None:
    """By the next pass, which says so; the one after it has nothing to do."""
    world.order(OrderKind.ROLL, "a", id="o-1")
    result = world.go_on()
    world.go_on()

    assert [("up", "a")] == world.made()
    assert ("done", "1 updated.") == world.end()
    # The exit code is that of what the pass showed beside.
    assert () == result.of_first_plan
    line = next(line for line in world.ledger.lines if line.code == "rolled")
    assert ("a", "ada@example.com") == (line.name, line.approved_by)


def test_the_log_says_who_ordered_and_what_became_of_it(world: OrderStage) -> None:
    """A line for each workspace that it names."""
    world.order(OrderKind.ROLL, "a")
    world.go_on()

    line = next(line for line in world.ledger.lines if line.code == "order")
    assert ("a", "ada@example.com", "order roll a: done. 1 updated.") == (line.name, line.by, line.sentence)
    assert [] == lines_of(built(OrderKind.ROLL, "a"), run="run-1")


def test_a_pass_at_work_comes_to_an_end_for_an_order(world: OrderStage) -> None:
    """It begins nothing more, carries the order out as soon as nothing is at work, and then goes on as before."""
    world.workers.seconds = 0
    world.hang("b", until=30)
    world.land({"b.yaml": LATER})
    world.at(10, lambda: world.order(OrderKind.ROLL, "a"))
    world.at(15, lambda: world.land({"c.yaml": LATER}))
    result = world.go_on()

    assert [("up", "b"), ("up", "a"), ("up", "c")] == world.made()
    assert ("done", "1 updated.") == world.end()
    assert [("create", "b", "new-file", True)] == summary(replace(result, outcomes=result.of_first_plan))
    assert any("an order waits" in line for line in world.progress.lines)


def test_an_order_does_not_wait_for_what_hangs(world: OrderStage) -> None:
    """While something slow is at work the pass begins what lands; the order is next when it has ended."""
    world.workers.seconds = 0
    world.hang("b", until=400)
    world.land({"b.yaml": LATER})
    world.at(200, lambda: world.order(OrderKind.ROLL, "a"))
    world.at(250, lambda: world.land({"c.yaml": LATER}))
    world.go_on()

    assert [("up", "c"), ("up", "b"), ("up", "a")] == world.made()


def test_an_order_of_somebody_who_is_no_admin_any_more_is_refused(world: OrderStage) -> None:
    """What main says when it is carried out counts, and not when it was given."""
    world.order(OrderKind.ROLL, "a")
    world.repo.land({"helium.yaml": SETTINGS + b"admins: [bob@example.com]\n"})
    world.go_on()

    assert [] == world.made()
    assert "refused" == world.end()[0]
    assert "may not give orders" in world.end()[1]


def test_an_order_for_a_name_that_changed_hands_is_refused(world: OrderStage) -> None:
    """Ada lets `a` lose its data. Before a pass comes to it, its file is another one."""
    world.order(OrderKind.REPLACE, "a")
    world.land({"a.yaml": LATER + "description: precious\n"})
    world.go_on()

    assert ("refused", True) == (world.end()[0], "a changed since" in world.end()[1])
    # The file is applied all the same, without leave to replace.
    assert [("up", "a")] == world.made()


def test_an_expired_order_is_dropped_and_said(world: OrderStage) -> None:
    """A pass that comes too late does nothing for it."""
    world.order(OrderKind.ROLL, "a")
    world.now += 3 * HOUR
    world.go_on()

    assert [] == world.made()
    assert ("expired", True) == (world.end()[0], "Order it again" in world.end()[1])


def test_an_order_is_too_old_by_the_remotes_clock_as_well(world: OrderStage) -> None:
    """This machine's clock is three hours behind."""
    world.order(OrderKind.ROLL, "a")
    world.repo.clock = lambda: world.now + 3 * HOUR
    world.go_on()

    assert ([], "expired") == (world.made(), world.end()[0])


def test_an_order_from_the_future_waits(world: OrderStage) -> None:
    """This machine's clock is behind. By it nobody can tell whether the order is still good."""
    world.order(OrderKind.ROLL, "a", at=world.now + HOUR)
    world.go_on()

    assert ("waiting", "") == world.end()


def test_an_order_for_all_is_held_by_what_holds_all(world: OrderStage) -> None:
    """A roll of all while the fleet is paused by its settings; and a clock that is right, with nothing that expires."""
    world.order(OrderKind.ROLL_ALL)
    world.order(OrderKind.CLOCK_IS_RIGHT, id="o-2")
    world.go_on()
    world.repo.land({"helium.yaml": ADMINS + b"paused: true\n"})
    world.order(OrderKind.ROLL_ALL, id="o-3")
    world.go_on()

    assert ("done", "2 updated.") == world.end()
    assert ("refused", "Nothing of it is to be done now.") == world.end("o-2")
    assert ("refused", "helium.yaml says paused: true.") == world.end("o-3")


def removed(world: OrderStage) -> str:
    """Six workspaces whose files somebody removed: more than may go in a day. The digest that allows them."""
    names = [f"n{number}" for number in range(6)]
    world.land({f"{name}.yaml": LATER for name in names})
    world.go_on()
    world.engine.calls.clear()
    world.land({f"{name}.yaml": None for name in names})
    return deletes_digest(names)


def test_deletes_are_released_by_their_digest(world: OrderStage) -> None:
    """Exactly those that were held, and they count as requested."""
    world.order(OrderKind.RELEASE, argument=removed(world))
    world.go_on()

    assert ["destroy"] * 6 == [call for call, _ in world.made()]
    assert ("done", "6 destroyed.") == world.end()


def test_released_by_name_they_are_those_that_were_seen(world: OrderStage) -> None:
    """The same names have the same digest, and one of them may be another person's by now."""
    digest, names = removed(world), [f"n{number}" for number in range(6)]
    world.order(OrderKind.RELEASE, *names, argument=digest, saw="0" * 32)
    world.order(OrderKind.RELEASE, *names, id="o-2", argument=digest)
    world.go_on()

    assert ("refused", True) == (world.end()[0], "changed since" in world.end()[1])
    assert ("done", "6 destroyed.") == world.end("o-2")
    assert set(names) <= {line.name for line in world.ledger.lines if line.code == ORDERED}


def test_a_digest_of_other_deletes_releases_nothing(world: OrderStage) -> None:
    """Somebody removed one more meanwhile: the refusal says what it would take now, and nothing goes."""
    digest = removed(world)
    world.land({"a.yaml": None})
    world.order(OrderKind.RELEASE, argument=digest)
    world.go_on()

    assert [] == world.made()
    assert ("refused", True) == (world.end()[0], "To override: --allow-deletes " in world.end()[1])


def test_an_order_that_finds_nothing_to_do_says_why(world: OrderStage) -> None:
    """What it names matches its file, or is not there."""
    world.order(OrderKind.RETRY, "a", "nobody", saw="")
    world.order(OrderKind.RETRY, "a", id="o-2")
    world.order(OrderKind.ASSUME_ABSENT, "nobody", id="o-3")
    world.go_on()

    assert "refused" == world.end()[0]
    assert "a: It matches its file" in world.end("o-2")[1]
    assert "There is no workspace called nobody" in world.end("o-3")[1]


def test_a_plan_that_is_not_the_one_that_was_seen_is_not_carried_out(world: OrderStage) -> None:
    """Its digest came with the order."""
    world.order(OrderKind.RELEASE, argument=removed(world), expect="0" * 32)
    world.order(OrderKind.RETRY, "a", id="o-2", expect="0" * 32)
    world.go_on()

    assert [] == world.made()
    assert "but you expected" in world.end()[1]
    assert "but you expected" in world.end("o-2")[1]


def test_an_order_that_fails_says_what_failed(world: OrderStage) -> None:
    """Its pass goes on with the rest."""
    world.engine.errors["up", "a"] = EngineError("a", "no quota")
    world.order(OrderKind.ROLL, "a")
    world.land({"b.yaml": LATER})
    world.go_on()

    status, sentence = world.end()
    assert ("failed", True) == (status, "no quota" in sentence)
    assert ("up", "b") in world.made()


def test_an_order_whose_pass_cannot_look_says_so(world: OrderStage) -> None:
    """It was not begun. Whoever gave it reads why, and may give it again."""
    world.order(OrderKind.ROLL, "a")
    read, reads = world.ledger.read, []

    def away() -> Snapshot:
        reads.append(1)
        if len(reads) == 3:
            raise SourceError("the remote is away")
        return read()

    world.ledger.read = away  # type: ignore[method-assign]
    world.go_on()

    assert ("failed", "the remote is away") == world.end()


@pytest.mark.parametrize("kind", [kind for kind in OrderKind if kind.value in ("unlock", "rebuild", "accept-loss")])
def test_a_repair_is_done_once(world: OrderStage, kind: OrderKind) -> None:
    """What its command does outside of a pass; the order says that it has begun before that."""
    world.order(kind, "a")
    world.go_on()
    world.go_on()

    assert [kind] == [each.kind for each in world.repaired]
    assert world.repaired[0].begun is not None
    assert ("done", "It is repaired.") == world.end()


def test_a_repair_whose_rest_a_pass_does(world: OrderStage) -> None:
    """Its workspace goes by that pass, with all its safeguards."""
    world.land({"a.yaml": None})
    world.order(OrderKind.DESTROY_ORPHAN, "a")
    world.go_on()

    assert [("destroy", "a")] == world.made()
    assert ("done", "It is repaired. 1 destroyed.") == world.end()


def test_a_repair_is_refused_like_any_order(world: OrderStage) -> None:
    """It is judged before it begins."""
    world.order(OrderKind.UNLOCK, "a", by="bob@example.com")
    world.go_on()

    assert ([], "refused") == (world.repaired, world.end()[0])


def test_a_repair_that_fails_says_so(world: OrderStage) -> None:
    """With its command's own refusal; a pass that cannot repair says that."""

    def refuses(order: Order, /) -> str:
        raise UsageError("a is not lost.")

    world.order(OrderKind.ACCEPT_LOSS, "a")
    replace(world.pass_(), workers=world.workers, repairs=refuses).go(PassOptions())
    world.order(OrderKind.UNLOCK, "a", id="o-2")
    replace(world.pass_(), workers=world.workers, repairs=no_repairs).go(PassOptions())

    assert ("failed", "a is not lost.") == world.end()
    assert ("failed", "This pass cannot carry out unlock.") == world.end("o-2")


def test_an_order_that_somebody_takes_first_is_theirs(world: OrderStage) -> None:
    """Between the look and the announcement another run has begun it. Nothing is announced, and nothing is done."""
    world.order(OrderKind.ROLL, "a")
    write = world.ledger.write
    taken = Lease("run-x", 9, "host-9", 1, "boot-9", world.now + HOUR)

    def overtaken(writes: Writes, *, on: Snapshot) -> tuple[Snapshot, frozenset[str]]:
        begun = writes.orders.get("o-1")
        if begun is not None and begun.begun is not None and not begun.ended:
            world.ledger.write = write  # type: ignore[method-assign]
            write(Writes(orders={"o-1": replace(begun, begun=taken)}), on=world.ledger.read())
        return write(writes, on=on)

    world.ledger.write = overtaken  # type: ignore[method-assign]
    world.go_on()

    assert [] == world.made()
    order = world.ledger.snapshot.orders["o-1"]
    assert isinstance(order, Order)
    assert (taken, None) == (order.begun, order.ended)


def test_an_order_that_was_carried_out_meanwhile_is_not_begun_again(world: OrderStage) -> None:
    """Another pass did so between this one's reading and its look: the explorer found that."""
    given = world.order(OrderKind.ROLL, "a")
    read, reads = world.ledger.read, []

    def meanwhile() -> Snapshot:
        reads.append(1)
        if len(reads) == 3:
            done = given.end(Ended.DONE, "1 updated.", now=world.now, by="run-x")
            world.ledger.write(Writes(orders={"o-1": done}), on=read())
        return read()

    world.ledger.read = meanwhile  # type: ignore[method-assign]
    world.go_on()

    assert [] == world.made()
    assert ("done", "1 updated.") == world.end()


def test_a_refusal_does_not_overwrite_what_somebody_else_began(world: OrderStage) -> None:
    """One run finds the order refused; before it says so, another one has begun it, or withdrawn it."""
    given = world.order(OrderKind.ROLL, "a", by="bob@example.com")
    taken = replace(given, begun=Lease("run-x", 9, "host-9", 1, "boot-9", world.now + HOUR))
    read, reads = world.ledger.read, []

    def changed() -> Snapshot:
        reads.append(1)
        if len(reads) == 4:
            snapshot = read()
            world.ledger.write(Writes(orders={"o-1": taken}), on=snapshot)
        return read()

    world.ledger.read = changed  # type: ignore[method-assign]
    world.go_on()

    assert "begun" == world.end()[0]


def test_a_close_that_comes_too_late_is_told(world: OrderStage) -> None:
    """Somebody withdrew it in the last moment: what they wrote stands."""
    given = world.order(OrderKind.ROLL, "a", by="bob@example.com")
    write = world.ledger.write

    def withdrawn(writes: Writes, *, on: Snapshot) -> tuple[Snapshot, frozenset[str]]:
        if writes.message.startswith("End the order"):
            world.ledger.write = write  # type: ignore[method-assign]
            write(Writes(orders={"o-1": replace(given, why="withdrawn")}), on=world.ledger.read())
        return write(writes, on=on)

    world.ledger.write = withdrawn  # type: ignore[method-assign]
    world.go_on()

    assert "waiting" == world.end()[0]
    assert any("has changed meanwhile" in line for line in world.progress.lines)


def killed(world: OrderStage, *, at: str) -> None:
    """A pass is killed at that moment of an order."""
    write = world.ledger.write

    def dies(writes: Writes, *, on: Snapshot) -> tuple[Snapshot, frozenset[str]]:
        if at == "before it begins" and writes.orders:
            raise KilledError
        done = write(writes, on=on)
        if at == "after it began" and writes.orders:
            raise KilledError
        return done

    world.ledger.write = dies  # type: ignore[method-assign]
    with pytest.raises(KilledError):
        world.go_on()
    world.ledger.write = write  # type: ignore[method-assign]


def test_killed_before_it_began_the_order_waits(world: OrderStage) -> None:
    """The next pass carries it out, once."""
    world.order(OrderKind.ROLL, "a")
    killed(world, at="before it begins")
    assert ("waiting", "") == world.end()
    world.now += HOUR
    world.go_on()

    assert [("up", "a")] == world.made()
    assert "done" == world.end()[0]


def test_killed_after_it_began_the_order_is_told_as_cut_short(world: OrderStage) -> None:
    """What it had announced goes on, as after any death; the order is not begun a second time, and says so."""
    world.order(OrderKind.ROLL, "a")
    killed(world, at="after it began")
    assert "begun" == world.end()[0]
    with pytest.raises(LeaseTakenError):
        # Whoever is dead on another machine may live, until the lease is over.
        world.go_on()
    assert "begun" == world.end()[0]
    world.now += HOUR
    world.go_on()

    assert [("up", "a")] == world.made()
    assert ("cut-short", True) == (world.end()[0], "order it again" in world.end()[1])


def test_a_killed_repair_is_not_done_twice(world: OrderStage) -> None:
    """An unlock that was done a second time would break the lock of whoever came after."""
    world.order(OrderKind.UNLOCK, "a")
    killed(world, at="after it began")
    world.now += HOUR
    world.go_on()

    assert ([], "cut-short") == (world.repaired, world.end()[0])


def test_what_a_newer_helium_ordered_is_named_and_left(world: OrderStage) -> None:
    """It is said once, and stands in nobody's way."""
    unread = UnknownOrder("o-9", "the order o-9 cannot be read: a newer Helium wrote it", newer=True)
    world.ledger.snapshot = replace(world.ledger.snapshot, orders={"o-9": unread})
    world.land({"b.yaml": LATER})
    world.go_on()

    assert 1 == sum("An order is left alone" in line for line in world.progress.lines)
    assert [("up", "b")] == world.made()


def test_an_order_waits_while_another_pass_has_the_lease(world: OrderStage) -> None:
    """A pass of a person looks at the fleet beside the one that works: the order is for that one."""
    world.order(OrderKind.ROLL, "a")
    theirs = Lease("run-x", 9, "host-9", 1, "boot-9", world.now + HOUR)
    known = world.ledger.snapshot.fleet_record
    assert known is not None
    world.ledger.snapshot = replace(world.ledger.snapshot, fleet_record=replace(known, lease=theirs, counter=9))
    world.go_on()

    assert ("waiting", "") == world.end()


def test_a_lease_that_is_taken_in_the_last_moment_leaves_the_order(world: OrderStage) -> None:
    """Another pass was first. The order waits for that one."""
    world.order(OrderKind.ROLL, "a")
    write = world.ledger.write

    def taken(writes: Writes, *, on: Snapshot) -> tuple[Snapshot, frozenset[str]]:
        if writes.takes_lease:
            raise LeaseTakenError("run-x on host-9, until then")
        return write(writes, on=on)

    world.ledger.write = taken  # type: ignore[method-assign]
    world.go_on()

    assert ("waiting", "") == world.end()
    assert any(line.startswith("The order o-1 waits:") for line in world.progress.lines)


def test_other_settings_on_main_leave_the_order_to_the_next_pass(world: OrderStage) -> None:
    """Its engine was opened with the old ones."""
    world.order(OrderKind.ROLL, "a")
    moved = ADMINS + b"limits: {timeout: 11m}\n"
    read, reads = world.ledger.read, []

    def changed() -> Snapshot:
        reads.append(1)
        if len(reads) == 2:
            world.repo.land({"helium.yaml": moved})
        return read()

    world.ledger.read = changed  # type: ignore[method-assign]
    world.go_on()
    assert ("waiting", "") == world.end()
    assert any("helium.yaml has changed on main" in line.lower() for line in world.progress.lines) or any(
        "has changed on main" in line for line in world.progress.lines
    )
    world.ledger.read = read  # type: ignore[method-assign]
    world.go_on()

    assert "done" == world.end()[0]


@pytest.mark.parametrize(
    "options",
    [PassOptions(dry=True), PassOptions(overrides=Overrides(clock_is_right=True))],
)
def test_a_pass_that_a_person_aimed_takes_no_orders(world: OrderStage, options: PassOptions) -> None:
    """It is for what that person looked at."""
    world.order(OrderKind.ROLL, "a")
    world.go_on(options)

    assert ("waiting", "") == world.end()


def test_a_split_pass_carries_out_orders_before_it_splits(world: OrderStage) -> None:
    """The plan that it leaves for shards is made after that."""
    world.order(OrderKind.ROLL, "a")
    world.land({"b.yaml": LATER})
    result = world.go_on(PassOptions(sharded=True))

    assert ("done", "1 updated.") == world.end()
    assert ([("up", "a")], ["b"]) == (world.made(), [change.name for change in world.ledger.plan(result.sharded).work])


def test_an_end_that_cannot_be_written_ends_the_pass(world: OrderStage) -> None:
    """The next one says what became of it."""
    world.order(OrderKind.ROLL, "a", by="bob@example.com")
    write = world.ledger.write

    def away(writes: Writes, *, on: Snapshot) -> tuple[Snapshot, frozenset[str]]:
        if writes.orders:
            raise SourceError("the remote is away")
        return write(writes, on=on)

    world.ledger.write = away  # type: ignore[method-assign]
    with pytest.raises(SourceError, match="the remote is away"):
        world.go_on()


def test_whoever_reads_an_order_that_has_changed_is_told_how_to_look() -> None:
    """The sentence names the command."""
    assert "helium operate show o-1" in str(OrderTakenError("o-1"))
