"""What others have made under a name that a workspace would have is not taken over, not changed, and not deleted."""

from __future__ import annotations

from collections.abc import Iterator

from helium.adapters.engine.export import State
from helium.conformance.holdings import Holding, called, holdings
from helium.conformance.life import LIFE
from helium.conformance.trial import Trial

_TAKEN = "taken"
_MOST = 3
"""Workspaces that come up at once."""
_KUBERNETES = "pulumi:providers:kubernetes"


def strangers(trial: Trial) -> None:
    """For each thing that stands alone, such as a bucket or a namespace, somebody else has one of that name already."""
    like = trial.state(trial.name(LIFE))
    problems = list(_applying_on_the_server(like))
    alone = [each for each in holdings(like) if trial.cloud.stands_alone(each, of=trial.name(LIFE))][:_MOST]
    if not alone:
        trial.verdicts.not_applicable("strangers", "nothing of it has a name that somebody else could have taken")
        return
    names = {trial.name(f"{_TAKEN}{number}"): one for number, one in enumerate(alone)}
    planted = {name: trial.cloud.plant(one, of=trial.name(LIFE), to=name) for name, one in names.items()}
    for name in names:
        trial.ask(name)
    said = trial.pass_()
    adopted = {name: trial.is_ready(name, said) for name in names}
    for name in names:
        trial.state(name)
    trial.withdraw(*names)
    trial.removal()
    for name, one in names.items():
        problems += _harmed(trial, one, adopted=adopted[name], is_whole=trial.cloud.is_whole(planted[name]))
        trial.cloud.unplant(planted[name])
    trial.verdicts.judge("strangers", problems)


def _applying_on_the_server(state: State) -> Iterator[str]:
    for each in state.certain:
        if each["type"] == _KUBERNETES and str(each["inputs"].get("enableServerSideApply")).lower() != "false":
            yield (
                f"the provider {each['urn'].rpartition('::')[2]} takes over what somebody else made in the cluster; "
                "declare it with enable_server_side_apply=False"
            )


def _harmed(trial: Trial, one: Holding, *, adopted: bool, is_whole: bool) -> Iterator[str]:
    if adopted:
        yield f"{called(one)} of somebody else was taken over; create it, and do not import or look it up"
    elif not is_whole:
        yield f"{called(one)} of somebody else was changed or deleted; create it, and do not import or look it up"
