"""One fleet to be killed on, kept from test to test for as long as all is well on it: to furnish one takes long."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from helium.sandbox import set_faults
from tests.crash.killed_fleet import new_fleet
from tests.crash.scenario import Scenario


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Scenario]]:
    """The one that is there, unless the last test left something wrong on it; then another."""
    scenarios: list[Scenario] = []
    with ExitStack() as open_fleets:

        def scenario() -> Scenario:
            if not scenarios or not sound(scenarios[-1]):
                open_fleets.close()
                fleet = open_fleets.enter_context(new_fleet(tmp_path_factory.mktemp("crash") / "fleet", shared=True))
                scenarios.append(Scenario(fleet, random.Random(1)))
                scenarios[-1].furnish()
            return scenarios[-1]

        yield scenario


def sound(scenario: Scenario) -> bool:
    """Whether everything is as the files say, and nothing runs."""
    set_faults(scenario.fleet.cloud)
    return not scenario.alone() and not scenario.verdict().faults


@pytest.fixture
def scenario(furnished: Callable[[], Scenario]) -> Scenario:
    """A fleet whose ledger is pushed, with two workspaces that are up and that nobody touches."""
    return furnished()
