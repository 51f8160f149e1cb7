"""The simulation of large fleets: what comes goes, the same seed gives the same days, and the page has its figures."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bench.scale.__main__ import CASES, SEED
from bench.scale.days import steady_day, table
from bench.scale.fleets import DAY, HOUR, ScaleFleet
from bench.scale.inputs import ScaleCosts, ScaleInput, inputs, inputs_table
from bench.scale.simulation import Simulation
from bench.scale.tally import ScaleTally

PAGE = Path(__file__).parents[2] / "docs/how-it-works/scale.md"


@pytest.fixture(scope="module")
def costs() -> ScaleCosts:
    """Round figures, so that a test can count with them."""
    figures = {
        "passes.1000.wall": 1.0,
        "passes.10000.wall": 2.0,
        "buckets.10000.requests": 21,
        "slot.megabytes": 200,
        "state.create.written": 10,
        "state.create.read": 20,
        "state.destroy.written": 5,
        "state.destroy.read": 10,
        "ledger.life.bytes": 100,
        "ledger.commit.bytes": 10,
        "ledger.line.bytes": 400,
        "ledger.write.0": 0.2,
        "ledger.write.60000": 1.4,
        "host.pushes": 6,
        "price.minute": 0.01,
        "price.written": 0.001,
        "price.read": 0.0001,
        "job.set-up": 5,
        "job.queue": 15,
    }
    return ScaleCosts({name: ScaleInput(value, "", "") for name, value in figures.items()})


def lived(fleet: ScaleFleet, costs: ScaleCosts, *, days: int = 2, seed: int = 1) -> ScaleTally:
    """All days of a fleet, until nothing is left of it."""
    return Simulation(fleet, costs, days=days, seed=seed).run()


@pytest.mark.parametrize("size", [60, 600, 6000], ids="{} workspaces".format)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_comes_goes(costs: ScaleCosts, size: int, seed: int) -> None:
    """Every workspace that is asked for is created once and ends once, on one machine and on many."""
    tally = lived(ScaleFleet(size), costs, seed=seed)

    assert (2 * size // 3, 2 * size // 3) == (tally.created, tally.ended)
    assert len(tally.waits) == tally.created
    assert all(waited >= 0 for _, waited in tally.waits)


def test_the_same_seed_gives_the_same_days(costs: ScaleCosts) -> None:
    """And another one gives others."""
    one, again, other = (lived(ScaleFleet(600), costs, seed=seed) for seed in (1, 1, 2))

    assert (one, True) == (again, one.waits != other.waits)


def test_people_ask_mostly_when_the_office_is_open() -> None:
    """Four in five within its ten hours, each within its day, in order."""
    from random import Random

    asked = ScaleFleet(30_000).asked_for(1, random=Random(1))
    by_hour = Counter(int(at // HOUR) for at in asked)

    assert (10_000, sorted(asked), True) == (len(asked), list(asked), 0 <= asked[0] <= asked[-1] < DAY)
    assert 0.78 < sum(by_hour[hour] for hour in range(8, 18)) / 10_000 < 0.82
    assert {*range(24)} == set(by_hour)


def test_a_lone_request_takes_one_job(costs: ScaleCosts) -> None:
    """It waits for the machine and two looks; the pass announces, notes the outcome, and ends: the ledger has all."""
    tally = lived(ScaleFleet(3, lifetime=3.0, create=100.0), costs, days=1)
    began, seconds = tally.jobs[[began for began, _ in tally.jobs].index(tally.waits[0][0])]
    look = costs.look(3)

    assert 1 == tally.created
    assert pytest.approx(costs.start + 2 * look) == tally.waits[0][1]
    assert pytest.approx(costs.of("job.set-up") + 2 * look + 100) == seconds
    minutes = range(int(began // 60), int((began + seconds) // 60) + 2)
    assert 3 == sum(tally.pushes[minute] for minute in minutes)


@pytest.mark.parametrize("parallel", [1, 2])
def test_a_machine_never_has_more_at_work_than_its_slots(costs: ScaleCosts, parallel: int) -> None:
    """What finds no slot waits for one."""
    fleet = ScaleFleet(30 + 90 * parallel, create=600.0, parallel=parallel)
    begins = [asked + waited for asked, waited in lived(fleet, costs).waits]

    assert not fleet.is_sharded
    assert parallel == max(sum(begin - 600 < other <= begin for other in begins) for begin in begins)


def test_a_sharded_pass_takes_as_many_machines_as_its_planner_says(costs: ScaleCosts) -> None:
    """One for every two rounds of its slots, and no more than may be."""
    tally = lived(ScaleFleet(6000), costs)
    few = lived(ScaleFleet(6000, most_shards=2), costs)

    assert (True, True) == (max(count for _, count in tally.shards) > 2, 2 == max(count for _, count in few.shards))
    assert sum(waited for _, waited in few.waits) > sum(waited for _, waited in tally.waits)


def test_a_day_is_counted_and_priced(costs: ScaleCosts) -> None:
    """By what one create, one destroy, one listing, one life and one commit take."""
    day = steady_day(ScaleFleet(600), costs, seed=1)

    assert 200 == len(day.waits)
    assert 200 * 15 + day.listings * (1 + 20 * 600 / 10_000) == pytest.approx(day.written)
    assert 200 * 30 == day.read
    assert pytest.approx(30 * (day.written * 0.001 + day.read * 0.0001)) == day.state_price
    assert pytest.approx(30 * 0.01 * day.minutes) == day.minutes_price
    assert 365 * (200 * 100 + 10 * day.commits) == day.grown
    assert pytest.approx(0.2 + 1.2 * 400 / 60_000) == day.write
    assert (400 * 400, 4 * 200) == (day.log, day.memory)
    assert 24 <= day.minutes <= 1500
    assert day.wait(0.0) <= day.wait(0.5) <= day.wait(0.95) <= day.wait(1.0)


def test_every_input_has_its_source() -> None:
    """A command, a page, or the word that it is assumed; all of them are on the page."""
    known = inputs()

    assert all(each.source.startswith(("`python -m bench ", "[", "assumed")) for each in known.values())
    assert set(inputs_table(known).splitlines()) <= set(PAGE.read_text().splitlines())


def test_the_page_has_what_the_command_prints() -> None:
    """Measured again? Put what `python -m bench.scale --inputs` prints into it. The last fleet takes too long here."""
    costs = ScaleCosts(inputs())
    days = [steady_day(ScaleFleet(size, parallel=parallel), costs, seed=SEED) for size, parallel in CASES[:-1]]

    shown = [line.split("|") for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    rows = [line.split("|") for line in table(days).splitlines()[2:]]
    assert [] == [cells for cells in rows if cells[1:-1] not in [each[1:-2] for each in shown]]
