"""Every order of what passes, people, clocks and deaths do, as far as there is time. `make crash` goes further."""

from __future__ import annotations

import random
import sys
from typing import Any

import pytest

from tests.explorer.cases import WIDE_CASES, case_of
from tests.explorer.search import Search, followed
from tests.explorer.small_cases import SMALL_CASES
from tests.explorer.successors import NOBODY, Successors
from tests.explorer.threads import led_threads
from tests.explorer.values import WorldValue

SMALL = 1_200
"""States that `make test` walks through in each wide case; of a small one, a sixth."""
SLOW = [pytest.mark.slow, pytest.mark.timeout(3600)]
RUNS = [
    *((name, SMALL) for name in WIDE_CASES),
    *((name, SMALL // 6) for name in SMALL_CASES),
    *(pytest.param(name, 20_000, marks=SLOW) for name in WIDE_CASES),
    *(pytest.param(name, 3_000, marks=SLOW) for name in SMALL_CASES),
]


@pytest.mark.parametrize(("name", "states"), RUNS)
def test_no_order_ends_badly(name: str, states: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is destroyed that nobody gave up, leaked, forgotten or told twice, and in the end all is as main says."""
    with led_threads():
        search = Search(case_of(name))
        search.run(states=states, seconds=1800)
    assert search.accident is None, f"\n{search.accident}"
    assert search.done or states == search.states
    with capsys.disabled():
        sys.stdout.write(f" [{search.states} states] ")


def said(world: WorldValue) -> tuple[Any, ...]:
    """All that a world says."""
    return world.head, world.ledger.key(), repr(world.state), world.now, world.ended


@pytest.mark.parametrize("seed", range(5))
def test_what_is_known_of_a_call_is_what_it_does(seed: int) -> None:
    """A way that is gone through places and worlds that are known leads where one through new ones does."""
    dice = random.Random(seed)
    with led_threads():
        case = case_of("two passes, one killed")
        known = Successors(case)
        for _ in range(4):
            fresh, states, last = Successors(case), [known.first()], NOBODY
            states.append(fresh.first())
            while found := known.of(states[0], last):
                number = dice.randrange(len(found))
                assert known.told(states[0], last) == fresh.told(states[1], last)
                states = [found[number][0], fresh.of(states[1], last)[number][0]]
                last = found[number][1]
            worlds = [each.unfolding.worlds.all[state[0]] for each, state in zip((known, fresh), states, strict=True)]
            assert said(worlds[0]) == said(worlds[1])


def test_an_accident_is_told_as_a_way_to_go_again() -> None:
    """A story that a person can replay: who did what in which order, and what came of it."""
    with led_threads():
        case = case_of("two passes")
        search = Search(case)
        search.successors.settled = _NothingIsWell()
        search.run(states=SMALL, seconds=60)
        accident = search.accident
        assert accident is not None
        steps: list[str] = []
        assert "" == followed(case, accident.way, tell=steps.append)
    assert ("nothing is well", tuple(steps)) == (accident.sentence, accident.steps)
    assert [True, True] == [each in steps for each in ("pass-1 begins", "pass-2 begins")]
    assert f'--case "two passes" --way "{" ".join(map(str, accident.way))}"' in str(accident)


class _NothingIsWell(dict[int, str]):
    """Whatever a world is, something is wrong with it."""

    def __contains__(self, _: object) -> bool:
        return True

    def __getitem__(self, _: int) -> str:
        return "nothing is well"
