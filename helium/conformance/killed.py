"""Passes that are killed in the middle of a create, an update and a destroy, and what the next pass makes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from helium.adapters.engine.export import State
from helium.conformance.holdings import Holding, holdings, is_release
from helium.conformance.killed_pass import killed_pass
from helium.conformance.life import LIFE, judge_end, missing
from helium.conformance.trial import Trial

KILLED = "killed"
_TRIES = 3
_TOO_LATE = "each pass was over before it could be killed; a slower cloud would show it"


def kills(trial: Trial) -> None:
    """One workspace, killed three times in its life."""
    if name := create(trial):
        update(trial, name)
        destroy(trial, name)


def create(trial: Trial) -> str:
    """Killed when the cloud has made a resource and Pulumi has not heard of it; the workspace, if it has healed."""
    like = trial.state(trial.name(LIFE))
    names = (trial.name(f"{KILLED}{number}") for number in range(_TRIES))
    name = next((each for each in names if _asked_and_killed(trial, each, held=holdings(like))), "")
    if not name:
        trial.verdicts.not_tried("killed-create", _TOO_LATE)
        return ""
    said = trial.pass_()
    problems = trial.unready(name, said) or _unlike(trial, like, healed=trial.state(name))
    return name if trial.verdicts.judge("killed-create", problems) else ""


def _asked_and_killed(trial: Trial, name: str, *, held: tuple[Holding, ...]) -> bool:
    # What that of the other workspace says by now: an edit may have added resources, or taken some away.
    trial.write(name, trial.said[trial.name(LIFE)])
    return _killed(trial, name, operation="create", held=held)


def update(trial: Trial, name: str) -> None:
    """Killed while something of it is changed: back to what the first file said."""
    if not any(_edited_and_killed(trial, name, number=number) for number in range(_TRIES)):
        trial.verdicts.not_tried("killed-update", _TOO_LATE)
        return
    said = trial.pass_()
    problems = trial.unready(name, said) or _unlike(trial, trial.first, healed=trial.state(name))
    trial.verdicts.judge("killed-update", problems)


def _edited_and_killed(trial: Trial, name: str, *, number: int) -> bool:
    trial.ask(name)
    trial.edit(name, {"labels": {"check": f"edited-{number}"}})
    return _killed(trial, name, operation="update", held=())


def destroy(trial: Trial, name: str) -> None:
    """Killed when a part of it is gone."""
    # What dies with something else is not deleted by itself.
    held = tuple(each for each in holdings(trial.state(name)) if not each.get("deletedWith"))
    trial.withdraw(name)
    was_killed = _killed(trial, name, operation="delete", held=held[::-1])
    said = trial.removal()
    if was_killed:
        judge_end(trial, "killed-destroy", name=name, said=said)
    else:
        trial.verdicts.not_tried("killed-destroy", _TOO_LATE)


def _killed(trial: Trial, name: str, *, operation: str, held: tuple[Holding, ...]) -> bool:
    """Whether a pass was killed, at a resource in the middle where `held` says which there are."""
    at = _middle(held)
    with trial.cloud.slow(operation, at) as held_back:
        return killed_pass(trial.fleet, name, at=at if held_back else "", held_back=held_back)


def _middle(held: tuple[Holding, ...]) -> str:
    """The type at which to kill: a release takes longest, else what is in the middle."""
    releases: list[str] = [each["type"] for each in held if is_release(each)]
    middle: list[str] = [each["type"] for each in held[len(held) // 2 :]]
    return (releases or middle or [""])[0]


def _unlike(trial: Trial, like: State | None, *, healed: State) -> Iterator[str]:
    """What a healed workspace has too much or too little of, beside one that nobody killed."""
    wanted, found = (Counter(each["type"] for each in holdings(state)) for state in (like or healed, healed))
    for kind in sorted({*wanted, *found}):
        if wanted[kind] != found[kind]:
            yield f"after the next pass it has {found[kind]} of {kind}, and {wanted[kind]} without a kill"
    yield from missing(trial, holdings(healed))
