"""What is to be seen in the state of a workspace that has come up: outputs, names, labels, protection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from helium.adapters.engine.resource_ids import labels_of
from helium.conformance.holdings import (
    Holding,
    called,
    holdings,
    holds_data,
    takes_labels,
    was_named_by_pulumi,
)
from helium.conformance.life import LIFE
from helium.conformance.trial import Trial
from helium.conformance.trial_fleet import OWNER

_OWNER = OWNER.partition("@")[0]


def look(trial: Trial) -> None:
    """Judge the rows about what a workspace consists of."""
    name, verdicts = trial.name(LIFE), trial.verdicts
    held = holdings(trial.state(name))
    promised = trial.subject.backend.manifest.outputs
    outputs = trial.fleet.shown(name).get("outputs") or {} if promised else {}
    verdicts.judge_each(
        "outputs",
        promised,
        problems=lambda output: _missing(output, outputs),
        without_any="backend.json promises no outputs",
    )
    verdicts.judge("fixed-names", _drawn(held))
    labelled, with_data = [*filter(takes_labels, held)], [*filter(holds_data, held)]
    verdicts.judge_each("labels", labelled, problems=_unowned, without_any="none of its resources takes labels")
    verdicts.judge_each(
        "protect", with_data, problems=_unprotected, without_any="none of its resources is known to hold data"
    )


def _missing(name: str, outputs: Mapping[str, Any]) -> Iterator[str]:
    way_out = "or take it out of outputs in backend.json"
    if name not in outputs:
        yield f"declare in resources.py does not return {name}; return it, {way_out}"
    elif not outputs[name]:
        yield f"the output {name} is empty in a workspace that is ready; give it its text, {way_out}"


def _drawn(held: tuple[Holding, ...]) -> Iterator[str]:
    for each in filter(was_named_by_pulumi, held):
        yield f"Pulumi drew the name of {called(each)}; give it a fixed name, made from fleet and workspace"


def _unowned(one: Holding) -> Iterator[str]:
    if not any(_OWNER in str(text) for text in labels_of(one["inputs"]).values()):
        yield f"no label of {called(one)} says who owns it; add one made from workspace.owner"


def _unprotected(one: Holding) -> Iterator[str]:
    if not one.get("protect"):
        yield f"{called(one)} holds data and is not protected; declare it with ResourceOptions(protect=True)"
