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
