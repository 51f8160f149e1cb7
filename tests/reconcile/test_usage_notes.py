"""What a pass notes so that usage can be counted: amounts before it begins, whose it is, and every end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from helium.core.estimates import Estimate
from helium.core.log_line import LogLine
from helium.core.observation import Recipe
from helium.core.usage import lifetimes
from helium.core.usage_sums import Month, summed
from helium.core.workspace import Workspace
from helium.errors import EngineError
from helium.ports import Ports
from tests.reconcile.harness import Stage


@dataclass(slots=True)
class FixedEstimates:
    """The port `Estimator`: what it was told, and nothing for any other name."""

    known: dict[str, Estimate] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def estimates(self, workspaces: Sequence[Workspace], *, recipes: Mapping[str, Recipe]) -> Mapping[str, Estimate]:
        """Of the names that it knows."""
        self.asked += [each.name for each in workspaces]
        assert all(each.backend in recipes for each in workspaces)
        return {each.name: self.known[each.name] for each in workspaces if each.name in self.known}


class CountedStage(Stage):
    """A fleet with an estimator."""

    def __init__(self) -> None:
        super().__init__()
        self.estimator = FixedEstimates({"demo": Estimate({"vCPU": Decimal(1)})})

    def ports(self) -> Ports:
        """Every port of this fleet."""
        return replace(super().ports(), estimator=self.estimator)

    def lines(self, name: str = "demo") -> list[LogLine]:
        """What the log has of a name."""
        return list(self.ledger.log(name=name))

    def hours(self, by: str) -> dict[str, Decimal]:
        """In November, up to now."""
        lived = lifetimes(self.ledger.log(), self.ledger.snapshot.records)
        assert () == lived.doubts
        return {row.key: Decimal(row.minutes) / 60 for row in summed(lived.spans, Month(2026, 11), by=by, now=self.now)}


OURS = "owner: ada@example.com\n"


def test_amounts_are_noted_before_it_begins_and_stay() -> None:
    """A program that says something else later changes nothing of what was counted."""
    stage = CountedStage()
    stage.land({"sales/demo.yaml": OURS})
    stage.go()
    (line,) = stage.lines()
    record = stage.record("demo")
    assert record is not None
    assert line.usage is not None
    assert ("ada@example.com", "sales", {"vCPU": Decimal(1)}, False) == (
        line.usage.owner,
        line.usage.team,
        line.usage.amounts,
        line.usage.ended,
    )
    assert record.created_at == line.usage.began
    assert {"vCPU": Decimal(1)} == record.amounts
    stage.estimator.known["demo"] = Estimate({"vCPU": Decimal(9)})
    stage.go()
    assert ["demo"] == stage.estimator.asked
    assert [line] == stage.lines()


def test_an_edit_is_estimated_again_and_a_new_deadline_is_not() -> None:
    """Who only extends a workspace makes nothing of it again."""
    stage = CountedStage()
    stage.land({"demo.yaml": OURS})
    stage.go()
    stage.estimator.known["demo"] = Estimate({"vCPU": Decimal(4)})
    stage.land({"demo.yaml": f"{OURS}expiry: 2026-12-20\n"})
    stage.go()
    assert ({"vCPU": Decimal(1)}, ["demo"]) == (getattr(stage.record("demo"), "amounts", None), stage.estimator.asked)
    stage.land({"demo.yaml": f"{OURS}expiry: 2026-12-20\nlabels: {{a: b}}\n"})
    stage.go()
    assert {"vCPU": Decimal(4)} == getattr(stage.record("demo"), "amounts", None)
    assert [1, 1, 4] == [int(line.usage.amounts["vCPU"]) for line in stage.lines() if line.usage and line.usage.amounts]


def test_what_nobody_knows_is_said_once_and_stops_nothing() -> None:
    """The pass goes on, and the amounts are unknown."""
    stage = CountedStage()
    stage.estimator.known = {"demo": Estimate(why="the cost.py of gcp-namespace took too long")}
    stage.land({"demo.yaml": OURS, "other.yaml": OURS})
    stage.go()
    said = "demo: What it takes is unknown: the cost.py of gcp-namespace took too long."
    assert 1 == stage.progress.lines.count(said)
    assert {"demo": "ready", "other": "ready"} == stage.phases()
    assert [None, None] == [line.usage.amounts for line in (*stage.lines(), *stage.lines("other")) if line.usage]


def test_a_move_between_teams_is_noted_although_nothing_is_updated() -> None:
    """The same file in another folder is no new workspace. From that look on it counts for the other team."""
    stage = CountedStage()
    stage.land({"sales/demo.yaml": OURS})
    stage.go()
    stage.now += timedelta(hours=10)
    stage.land({"sales/demo.yaml": None, "demo.yaml": OURS})
    stage.go()
    stage.now += timedelta(hours=5)
    stage.land({"demo.yaml": None, "science/demo.yaml": OURS})
    stage.go()
    stage.now += timedelta(hours=2)
    _, first, second = stage.lines()
    assert ["team: from now on it counts for no team", "team: from now on it counts for the team science"] == [
        first.sentence,
        second.sentence,
    ]
    assert {"": 5, "sales": 10, "science": 2} == {team: round(hours) for team, hours in stage.hours("team").items()}
    assert 1 == len(stage.calls_of("up"))


def test_an_edit_that_moves_it_too_is_noted_once() -> None:
    """By the look; the update says the same."""
    stage = CountedStage()
    stage.land({"sales/demo.yaml": OURS})
    stage.go()
    stage.land({"sales/demo.yaml": None, "science/demo.yaml": f"{OURS}labels: {{a: b}}\n"})
    stage.go()
    teams = [line.usage.team for line in stage.lines() if line.usage]
    assert ["sales", "science", "science"] == teams


def test_an_end_is_noted_with_its_proof() -> None:
    """A destroy that fails ends nothing; what follows begins another lifetime."""
    stage = CountedStage()
    # Where nothing would be left, a safeguard asks.
    stage.land({"demo.yaml": OURS, "other.yaml": OURS})
    stage.go()
    stage.engine.errors["destroy", "demo"] = EngineError("demo", "the cloud said no")
    stage.land({"demo.yaml": None})
    stage.now += timedelta(hours=1)
    stage.go()
    stage.engine.errors.clear()
    stage.now += timedelta(hours=1)
    stage.go()
    assert [False, False, True] == [line.usage.ended for line in stage.lines() if line.usage]
    before = stage.hours("workspace")["demo"]
    stage.now += timedelta(hours=9)
    assert before == stage.hours("workspace")["demo"]


def test_what_a_failed_create_left_counts_until_it_is_gone() -> None:
    """From its announcement on: half of it may be there."""
    stage = CountedStage()
    stage.engine.errors["up", "demo"] = EngineError("demo", "no quota")
    stage.land({"demo.yaml": OURS})
    stage.go(once=True)
    stage.now += timedelta(hours=3)
    assert 3 == round(stage.hours("workspace")["demo"])
    (line,) = stage.lines()
    assert line.usage is not None
    assert (False, {"vCPU": Decimal(1)}) == (line.usage.ended, line.usage.amounts)
