"""Passes that are killed in the middle of a create, an update and a destroy, and what the next pass makes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from helium.adapters.engine.export import State
from helium.conformance.holdings import Holding, called, holdings, is_release
from helium.conformance.killing import killed_pass
from helium.conformance.life import LIFE, judge_end
from helium.conformance.trial import Trial

KILLED = "killed"
_TRIES = 3


def create(trial: Trial) -> bool:
    """Killed when the cloud has made a resource and Pulumi has not heard of it.

    Its file says what that of the other workspace says by now: an edit may have added resources, or taken some away.
    """
    name, like = trial.name(KILLED), trial.state(trial.name(LIFE))
    trial.write(name, trial.said[trial.name(LIFE)])
    if not _killed(trial, name, operation="create", held=holdings(like)):
        trial.verdicts.not_tried("killed-create", "the pass was over before it could be killed")
        return False
    said = trial.pass_()
    if not trial.is_ready(name, said):
        return trial.verdicts.judge("killed-create", [trial.why(name, said)])
    return trial.verdicts.judge("killed-create", _unlike(trial, like, healed=trial.state(name)))


def update(trial: Trial) -> None:
    """Killed while something of it is changed: back to what the first file said."""
    name = trial.name(KILLED)
    trial.ask(name)
    if not _killed(trial, name, operation="update", held=()):
        trial.verdicts.not_tried("killed-update", "the pass was over before it could be killed")
        return
    said = trial.pass_()
    if not trial.is_ready(name, said):
        trial.verdicts.judge("killed-update", [trial.why(name, said)])
        return
    trial.verdicts.judge("killed-update", _unlike(trial, trial.first, healed=trial.state(name)))


def destroy(trial: Trial) -> None:
    """Killed when a part of it is gone."""
    name = trial.name(KILLED)
    held = holdings(trial.state(name))
    trial.withdraw(name)
    was_killed = _killed(trial, name, operation="delete", held=held[::-1])
    said = trial.removal()
    if was_killed:
        judge_end(trial, "killed-destroy", name=name, said=said)
    else:
        trial.verdicts.not_tried("killed-destroy", "the pass was over before it could be killed")


def _killed(trial: Trial, name: str, *, operation: str, held: tuple[Holding, ...]) -> bool:
    """Whether a pass was killed, at a resource in the middle where `held` says which there are."""
    at = _middle(held)
    with trial.cloud.slow(operation, at):
        return killed_pass(trial.fleet, name, at=at)


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
    for each in holdings(healed):
        if not trial.cloud.exists(each):
            yield f"{called(each)} is in the state and not in the cloud"
