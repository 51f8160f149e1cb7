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
    name = trial.name(LIFE)
    held = holdings(trial.state(name))
    _outputs(trial, trial.fleet.shown(name).get("outputs") or {})
    trial.verdicts.judge("fixed-names", _drawn(held))
    _labels(trial, held)
    _protection(trial, held)


def _outputs(trial: Trial, outputs: Mapping[str, Any]) -> None:
    promised = trial.subject.backend.manifest.outputs
    if not promised:
        trial.verdicts.not_applicable("outputs", "backend.json promises no outputs")
        return
    trial.verdicts.judge("outputs", [each for name in promised for each in _missing(name, outputs)])


def _missing(name: str, outputs: Mapping[str, Any]) -> Iterator[str]:
    way_out = "or take it out of outputs in backend.json"
    if name not in outputs:
        yield f"declare in resources.py does not return {name}; return it, {way_out}"
    elif not outputs[name]:
        yield f"the output {name} is empty in a workspace that is ready; give it its text, {way_out}"


def _drawn(held: tuple[Holding, ...]) -> Iterator[str]:
    for each in filter(was_named_by_pulumi, held):
        yield f"Pulumi drew the name of {called(each)}; give it a fixed name, made from fleet and workspace"


def _labels(trial: Trial, held: tuple[Holding, ...]) -> None:
    labelled = list(filter(takes_labels, held))
    if not labelled:
        trial.verdicts.not_applicable("labels", "none of its resources takes labels")
        return
    trial.verdicts.judge(
        "labels",
        [
            f"no label of {called(each)} says who owns it; add one made from workspace.owner"
            for each in labelled
            if not any(_OWNER in str(text) for text in labels_of(each["inputs"]).values())
        ],
    )


def _protection(trial: Trial, held: tuple[Holding, ...]) -> None:
    with_data = list(filter(holds_data, held))
    if not with_data:
        trial.verdicts.not_applicable("protect", "none of its resources is known to hold data")
        return
    trial.verdicts.judge(
        "protect",
        [
            f"{called(each)} holds data and is not protected; declare it with ResourceOptions(protect=True)"
            for each in with_data
            if not each.get("protect")
        ],
    )
