"""Whether `cost.py` says amounts: for the first file, and for each value that the schema itself offers to people.

A plan asks it, as it does everywhere else, so what is judged is what people would see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from helium.adapters.backends.estimate_protocol import COST
from helium.conformance.fields import first_of, offered_by, own_fields
from helium.conformance.trial import Trial
from helium.conformance.trial_fleet import OWNER, spec
from helium.core.digest import Json

_MOST = 20
_UNKNOWN = "What it takes is unknown: "


def cost(trial: Trial) -> None:
    """Each file is planned, and none is created."""
    if COST not in trial.subject.files:
        trial.verdicts.not_applicable("cost", f"it has no {COST}")
        return
    said = {f"cost{number}": each for number, each in enumerate(islice(_files(trial), _MOST))}
    files = {f"workspaces/{name}.yaml": spec({"owner": OWNER, **each}) for name, each in said.items()}
    trial.fleet.land(files, "Ask what they take")
    plan = trial.fleet.helium("plan", "--json")
    trial.fleet.land(dict.fromkeys(files), "Ask no more")
    changes = plan.document.get("changes") if isinstance(plan.document, dict) else None
    if not changes:
        trial.verdicts.not_tried("cost", f"there is no plan ({plan.err.strip().rpartition(chr(10))[2][:200]})")
        return
    trial.verdicts.judge("cost", [*_problems(changes, said)])


def _files(trial: Trial) -> Iterator[Mapping[str, Json]]:
    """What the first file says, then with each value that a field offers."""
    first = first_of(trial.subject)
    yield first
    for name, schema in own_fields(trial.subject).items():
        for value in offered_by(schema):
            if first.get(name) != value:
                yield {**first, name: value}


def _problems(changes: list[dict[str, str]], said: Mapping[str, Mapping[str, Json]]) -> Iterator[str]:
    """One sentence for each reason, with the first file for which there is it."""
    costs, reasons = {each["name"]: each.get("cost", "") for each in changes}, dict[str, str]()
    for name in said:
        if (why := costs.get(name, "")).startswith(_UNKNOWN):
            reasons.setdefault(why.removeprefix(_UNKNOWN).rstrip("."), name)
    for reason, name in reasons.items():
        which = ", ".join(f"{key} {value!r}" for key, value in said[name].items()) or "nothing but its owner"
        yield f"{reason}, for a spec that says {which[:200]}; say zero or more for each unit"
