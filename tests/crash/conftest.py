"""One fleet to be killed on, kept from test to test for as long as all is well on it: to furnish one takes long."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from helium.sandbox import set_faults
from tests.crash.ground import ground
from tests.crash.lane import Lane


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Lane]]:
    """The lane that is there, unless the last test left something wrong on it; then another."""
    lanes: list[Lane] = []
    with ExitStack() as grounds:

        def lane() -> Lane:
            if not lanes or not sound(lanes[-1]):
                grounds.close()
                place = grounds.enter_context(ground(tmp_path_factory.mktemp("crash") / "ground", shared=True))
                lanes.append(Lane(place, random.Random(1)))
                lanes[-1].furnish()
            return lanes[-1]

        yield lane


def sound(lane: Lane) -> bool:
    """Whether everything is as the files say, and nothing runs."""
    set_faults(lane.place.cloud)
    return not lane.alone() and not lane.verdict().faults


@pytest.fixture
def lane(furnished: Callable[[], Lane]) -> Lane:
    """A fleet whose ledger is pushed, with two workspaces that are up and that nobody touches."""
    return furnished()
