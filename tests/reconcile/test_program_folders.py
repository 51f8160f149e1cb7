from __future__ import annotations

from dataclasses import replace

from tests.reconcile.harness import RECIPE, Stage


def test_a_pass_opens_the_programs_of_its_own_commit() -> None:
    """A backend that changes while a pass waits for its turn is opened as the commit that it plans for has it."""
    stage = Stage()
    stage.land({"a.yaml": "{}\n"})
    stage.backends.all = {"gcp-namespace": replace(RECIPE, folder="/cache/first")}
    stage.go()
    stage.land({"b.yaml": "{}\n"})
    stage.backends.at = {stage.repo.head(): {"gcp-namespace": replace(RECIPE, folder="/cache/second")}}
    stage.go()

    assert {"a": "/cache/first", "b": "/cache/second"} == stage.engine.folders


def test_a_pass_takes_the_charts_of_its_own_commit() -> None:
    """A chart in the fleet's repository is as reviewed as the program that installs it."""
    stage = Stage()
    stage.land({"a.yaml": "{}\n"})
    stage.backends.all = {"gcp-namespace": replace(RECIPE, charts={"charts.podinfo": ""})}
    stage.go()

    assert {"a": ({"charts.podinfo": ""}, stage.repo.head())} == stage.engine.charts


def test_a_chart_that_cannot_be_named_stops_no_destroy() -> None:
    """Workspaces of that backend are kept as they are, and one whose file is removed goes: a destroy needs no chart."""
    stage = Stage()
    stage.land({"a.yaml": "{}\n", "b.yaml": "{}\n"})
    stage.go()
    stage.backends.all = {"gcp-namespace": replace(RECIPE, issues=("charts.podinfo has no digest",))}
    stage.land({"a.yaml": "expiry: 2026-11-27\n", "b.yaml": None})
    stage.go()

    assert {"a"} == {stack.name for stack in stage.engine.stacks}
