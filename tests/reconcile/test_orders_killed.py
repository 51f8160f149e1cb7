"""A pass is killed at each call of a port while it carries an order out: the order is begun by one run, or by none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from helium.core.order import Order, OrderKind
from helium.errors import LeaseTakenError
from helium.reconcile.loop import PassOptions
from tests.crash.killable import Fate, Killable, Killed, killable
from tests.reconcile.test_orders import OrderStage, removed
from tests.reconcile.timed_workers import TimedWorkers

HOUR = timedelta(hours=1)


def killed(world: OrderStage, *, at: int, after: bool) -> bool:
    """Whether a pass came to that call, and died there."""
    fate = Fate(at, after)
    repairs = Killable(world, fate).repair
    given = replace(
        world.pass_(f"killed-{at}-{after}"),
        ports=killable(world.ports(), fate),
        workers=TimedWorkers(world),
        repairs=repairs,
    )
    try:
        given.go(PassOptions(parallel=4))
    except Killed:
        return True
    return fate.dead


def begun_by(world: OrderStage) -> set[str]:
    """Every run that ever wrote that it has begun the order."""
    orders = (write.orders.get("o-1") for write in world.ledger.writes)
    return {order.begun.run for order in orders if order is not None and order.begun is not None}


def stages(kind: OrderKind, *, after: bool) -> Iterator[tuple[int, OrderStage]]:
    """A fleet for each call at which the pass that carries the order out dies, and that call's number."""
    for at in range(1, 400):
        world = OrderStage()
        argument = removed(world) if kind is OrderKind.RELEASE else ""
        names = () if kind is OrderKind.RELEASE else ("a",)
        world.order(kind, *names, argument=argument)
        if not killed(world, at=at, after=after):
            return
        yield at, world
    raise AssertionError("no pass makes so many calls")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    "kind", [OrderKind.ROLL, OrderKind.UNLOCK, pytest.param(OrderKind.RELEASE, marks=pytest.mark.slow)]
)
def test_an_order_is_carried_out_once_or_told_as_cut_short(kind: OrderKind, after: bool) -> None:
    """Whenever the pass dies, one run at most begins it, a repair is done once at most, and its end is told."""
    words: Counter[str] = Counter()
    for at, world in stages(kind, after=after):
        # The machine is gone, and so is its lease after a while.
        for _ in range(2):
            world.now += HOUR / 2
            try:
                world.go_on()
            except LeaseTakenError:
                continue
        order = world.ledger.snapshot.orders["o-1"]
        assert isinstance(order, Order)
        assert order.ended is not None, f"killed at call {at}"
        assert len(begun_by(world)) <= 1, f"killed at call {at}"
        assert len(world.repaired) <= 1, f"killed at call {at}"
        words[order.ended.word.value] += 1
        if kind is OrderKind.RELEASE:
            # What was released and announced goes, also where the pass died over it; otherwise nothing does.
            assert len(world.phases()) in (2, 8), f"killed at call {at}: {world.phases()}"

    assert {"done", "cut-short"} == set(words), words
