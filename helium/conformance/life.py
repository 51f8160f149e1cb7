"""The life of one workspace: created, brought up again, edited, destroyed."""

from __future__ import annotations

from collections.abc import Iterator

from helium.conformance.holdings import called, holdings, moved
from helium.conformance.trial import READY, Trial

LIFE = "life"


def create(trial: Trial) -> bool:
    """A file is added, and a pass brings its workspace up."""
    name = trial.name(LIFE)
    trial.ask(name)
    said = trial.pass_()
    is_up = trial.status(name) == READY
    return trial.verdicts.judge("create", () if is_up else [trial.why(name, said)])


def again(trial: Trial) -> None:
    """The same program with the same settings runs once more."""
    name = trial.name(LIFE)
    before = trial.fleet.revealed(name, backend=trial.subject.name)
    said = trial.pass_("--roll", name)
    after = trial.fleet.revealed(name, backend=trial.subject.name)
    if trial.status(name) != READY:
        trial.verdicts.judge("no-op", [trial.why(name, said)])
        return
    trial.verdicts.judge(
        "no-op",
        [
            f"{called(each)} changes whenever the program runs; let its inputs depend on the workspace alone, and not "
            "on a clock or on chance"
            for each in moved(before, after)
        ],
    )


def update(trial: Trial) -> None:
    """An edit of the labels."""
    name = trial.name(LIFE)
    before = trial.state(name)
    trial.ask(name, {"labels": {"check": "edited"}})
    said = trial.pass_()
    if trial.status(name) != READY:
        trial.verdicts.judge("update", [trial.why(name, said)])
        return
    reached = list(moved(before, trial.state(name)))
    trial.verdicts.judge("update", () if reached else ["an edit of labels in a spec changes none of its resources"])


def destroy(trial: Trial) -> None:
    """The file is removed, and a pass takes everything along."""
    name = trial.name(LIFE)
    trial.state(name)
    trial.withdraw(name)
    said = trial.removal()
    left = list(_left(trial))
    if not left and holdings(trial.state(name)):
        left = [trial.why(name, said)]
    trial.verdicts.judge("destroy", left)


def _left(trial: Trial) -> Iterator[str]:
    for one in trial.ever.values():
        if trial.cloud.exists(one):
            yield f"{called(one)} is still there"
