"""What disrupts a workspace: its resources are deleted and changed by hand, and the cloud is away for a while."""

from __future__ import annotations

import json
from collections.abc import Iterator

from helium.conformance.holdings import called, holdings, holds_data, is_release, takes_labels
from helium.conformance.life import LIFE, left, long_name, missing
from helium.conformance.trial import Trial, short
from helium.conformance.trial_fleet import Said
from helium.errors import ExitCode

DELETED = "deleted"
_AWAY = {"labels": {"check": "away"}}


def deleted(trial: Trial) -> None:
    """Somebody deletes a part of one workspace; and what holds the data of another one, and then its file."""
    trial.verdicts.judge("by-hand", [*_made_again(trial), *_destroyed(trial)])


def _made_again(trial: Trial) -> Iterator[str]:
    name = trial.name(LIFE)
    held = holdings(trial.state(name))
    # A leaf, if there is one: what holds data may not come back by itself.
    one = ([each for each in held if not holds_data(each) and not is_release(each)] or list(held))[-1]
    trial.cloud.delete(one)
    trial.look_for_drift(looks=True)
    said = trial.pass_()
    trial.look_for_drift(looks=False)
    if not trial.cloud.exists(one):
        yield (
            f"{called(one)} was deleted by hand, and a pass that looks for drift does not make it again: "
            + trial.why(name, said)
        )


def _destroyed(trial: Trial) -> Iterator[str]:
    name = long_name(trial)
    if not trial.is_ready(name, trial.created):
        # A name that is too long is for another row.
        name = trial.name(DELETED)
        trial.ask(name)
        trial.pass_()
    held = holdings(trial.state(name))
    for one in [each for each in held if holds_data(each)] or held[:1]:
        trial.cloud.delete(one)
    trial.withdraw(name)
    said = trial.removal()
    for one in left(trial, [name]):
        yield f"{called(one)} could not be destroyed after something else was deleted by hand: {trial.why(name, said)}"


def drift(trial: Trial) -> None:
    """Nobody changes anything, and then somebody changes a label."""
    name = trial.name(LIFE)
    at_first = trial.fleet.helium("drift", name, "--json")
    if at_first.code not in (ExitCode.DONE, ExitCode.DRIFTED):
        trial.verdicts.judge("drift", [f"helium drift {name} could not look: {_found(at_first)}"])
        return
    problems = []
    if at_first.code == ExitCode.DRIFTED:
        problems.append(
            f"helium drift finds a difference that nobody made: {_found(at_first)}; give the program what the cloud "
            "makes of it, or name it under drift.ignore in helium.yaml"
        )
    for one in [each for each in holdings(trial.state(name)) if takes_labels(each)][:1]:
        with trial.cloud.tampered(one):
            if trial.fleet.helium("drift", name, "--json").code != ExitCode.DRIFTED:
                problems.append(f"somebody changed the labels of {called(one)}, and helium drift does not see it")
    trial.verdicts.judge("drift", problems)


def _found(said: Said) -> str:
    """What `helium drift` says."""
    rows = said.document.get("workspaces") if isinstance(said.document, dict) else None
    return short(json.dumps(rows[0] if rows else said.err.strip()))


def cloud_away(trial: Trial) -> None:
    """An edit meets a cloud that nobody reaches; later it is there again."""
    name = trial.name(LIFE)
    before = {each["urn"] for each in holdings(trial.state(name))}
    trial.edit(name, _AWAY)
    with trial.cloud.away():
        trial.pass_("--once")
        meanwhile = {each["urn"] for each in holdings(trial.state(name))}
    # By its name, so that it need not wait for the retry.
    said = trial.pass_("--only", name)
    lost = [*_lost(trial, before - meanwhile)]
    back = [f"it did not come back when the cloud did: {why}" for why in trial.unready(name, said)]
    trial.verdicts.judge("cloud-away", [*lost, *back, *missing(trial, holdings(trial.state(name)))])


def _lost(trial: Trial, lost: set[str]) -> Iterator[str]:
    for urn in sorted(lost):
        yield f"{called(trial.ever[urn])} was forgotten while the cloud was away"
