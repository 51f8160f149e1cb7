"""The life of a workspace: created, brought up again, edited, and destroyed, with and without its program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from helium.adapters.engine.export import State
from helium.conformance import fields
from helium.conformance.clock import reads_of_the_clock
from helium.conformance.holdings import Holding, called, has, holdings, moved
from helium.conformance.trial import Trial
from helium.conformance.trial_fleet import Said
from helium.core.spec import longest_name

LIFE, GONE, LONG = "life", "gone", "long"
_CANARY = "helium-check-value"
_LABELS = {"check": "edited"}


def create(trial: Trial) -> bool:
    """Files are added, and a pass brings them up: a plain one, one of a copy of it, one with a long name."""
    name, gone, long = trial.name(LIFE), trial.name(GONE), long_name(trial)
    trial.ask(name)
    if trial.verdicts.wants("folder-gone"):
        trial.ask(gone, backend=trial.copy)
    if trial.verdicts.wants("longest-name", "by-hand"):
        trial.ask(long)
    trial.created = trial.pass_()
    is_up = trial.is_ready(name, trial.created)
    trial.first = trial.state(name)
    trial.state(gone, backend=trial.copy)
    trial.state(long)
    why = () if is_up else [f"{trial.raised(name)}{trial.why(name, trial.created)}"]
    return trial.verdicts.judge("create", why)


def long_names(trial: Trial) -> None:
    """The one with a long name came up with the others."""
    long, said = long_name(trial), trial.created
    is_up = trial.is_ready(long, said)
    why = "" if is_up else trial.why(long, said)
    way_out = "say under names in backend.json how long each name may be that is made from a workspace's"
    trial.verdicts.judge("longest-name", () if is_up else [f"the name {long} is legal, but {why}; {way_out}"])


def long_name(trial: Trial) -> str:
    """The longest that Helium takes for this backend in this fleet."""
    most = trial.subject.longest(trial.fleet.name, below=longest_name(trial.fleet.name))
    return f"{trial.name(LONG)}-{'x' * 63}"[:most]


def again(trial: Trial) -> None:
    """The same program with the same settings runs once more."""
    name = trial.name(LIFE)
    before = trial.revealed(name)
    said = trial.pass_("--roll", name)
    trial.verdicts.judge("no-op", trial.unready(name, said) or _restless(trial, before, after=trial.revealed(name)))


def _restless(trial: Trial, before: State, *, after: State) -> Iterator[str]:
    """What the run has changed, else where the program will change something on another day."""
    changed = tuple(moved(before, after))
    for each in changed:
        yield (
            f"{called(each)} changes whenever the program runs; make its inputs from the workspace alone, and not from "
            "a clock or by chance"
        )
    if not changed:
        yield from reads_of_the_clock(trial.subject.files)


def update(trial: Trial) -> None:
    """An edit of all fields of its own that can be edited safely; of the labels where it has none."""
    name = trial.name(LIFE)
    before = trial.revealed(name)
    edit = fields.edit_of(trial.subject) or {"labels": _LABELS}
    trial.edit(name, edit)
    said = trial.pass_()
    trial.verdicts.judge("update", trial.unready(name, said) or _unreached(edit, before, after=trial.revealed(name)))


def _unreached(edit: Iterable[str], before: State, *, after: State) -> Iterator[str]:
    if not any(moved(before, after)):
        yield (
            f"an edit of {', '.join(edit)} in a spec changes none of its resources; make their inputs from "
            "workspace.spec"
        )


def values(trial: Trial) -> None:
    """Values that a user gives."""
    if not trial.subject.takes("values"):
        trial.verdicts.not_applicable("values", "its specs take no values (spec.schema.json)")
        return
    name = trial.name(LIFE)
    before = trial.said[name]
    trial.edit(name, {"values": fields.values_with(trial.subject, _CANARY)})
    said = trial.pass_()
    if not trial.is_ready(name, said):
        way_out = "name values that it takes under edit in check.json"
        trial.verdicts.judge("values", [f"{trial.why(name, said)}; {way_out}"])
        # Other rows are about other things.
        trial.write(name, before)
        trial.pass_()
        return
    reached = any(has(each.get("inputs"), _CANARY) for each in holdings(trial.revealed(name)))
    problem = (
        "values of a spec reach none of its resources; merge workspace.spec.values into those of a release, or take "
        "values out of spec.schema.json"
    )
    trial.verdicts.judge("values", () if reached else [problem])


def backend_change(trial: Trial) -> None:
    """Somebody writes another backend into the file."""
    name = trial.name(LIFE)
    before, said = trial.state(name), trial.said[name]
    trial.edit(name, {"backend": trial.copy})
    trial.pass_()
    code = trial.fleet.helium("why", name, "--json").document.get("code", "")
    changed = [
        f"{called(each)} was changed, although the file's backend cannot change"
        for each in moved(before, trial.state(name))
    ]
    kept = (
        () if code == "backend-changed" else [f"the edit was not refused: helium why {name} says {code or 'nothing'}"]
    )
    trial.verdicts.judge("backend-change", [*changed, *kept])
    trial.write(name, said)


def folder_gone(trial: Trial) -> None:
    """The folder of the program is removed along with the file."""
    if trial.verdicts.failed("destroy"):
        trial.verdicts.not_tried("folder-gone", "it cannot be destroyed while its folder is there, either")
        return
    gone = trial.name(GONE)
    trial.state(gone, backend=trial.copy)
    trial.withdraw_copy(gone)
    said = trial.removal()
    judge_end(trial, "folder-gone", name=gone, said=said)


def destroy(trial: Trial) -> None:
    """The files are removed, and a pass takes everything along."""
    name = trial.name(LIFE)
    trial.state(name)
    trial.withdraw(name)
    said = trial.removal()
    judge_end(trial, "destroy", name=name, said=said)


def judge_end(trial: Trial, key: str, *, name: str, said: Said) -> None:
    """Passed if nothing of this workspace is left in the cloud."""
    rest = list(left(trial, [name]))
    why = f": {trial.why(name, said)}" if rest else ""
    trial.verdicts.judge(key, [f"{called(each)} is still there{why}" for each in rest])


def missing(trial: Trial, held: Iterable[Holding]) -> Iterator[str]:
    """What a state holds and the cloud does not."""
    for each in held:
        if not trial.cloud.exists(each):
            yield f"{called(each)} is in the state and not in the cloud"


def left(trial: Trial, names: Iterable[str]) -> Iterator[Holding]:
    """What is left in the cloud of what the states of these workspaces have ever held."""
    stacks = set(names)
    for urn, one in trial.ever.items():
        if urn.split("::")[0].removeprefix("urn:pulumi:") in stacks and trial.cloud.exists(one):
            yield one
