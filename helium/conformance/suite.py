"""The suite, read from top to bottom: each step brings the trial's workspaces further and judges its rows.

A step that cannot go on leaves its rows without a verdict, which counts as not tried. It refuses to leave anything
behind: what the trial created is destroyed at its end, also when somebody interrupts it.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from helium.adapters.kubernetes.cluster_api import ClusterError
from helium.conformance import costs, disruptions, hygiene, killed, life, looks, statics, strangers
from helium.conformance.clouds import PretendCloud, TrialCloud
from helium.conformance.real_cluster import ClusterCloud, kubeconfig_of, server_of
from helium.conformance.rows import NEEDED, RULES, STATIC
from helium.conformance.subject import Subject
from helium.conformance.trial import Trial
from helium.conformance.trial_fleet import TrialFleet, environment
from helium.conformance.verdicts import Listener, Score, Verdicts
from helium.sandbox import CloudError


@dataclass(frozen=True, slots=True)
class TrialSettings:
    """What the person's environment gives, which Pulumi, and where built parts are. `minutes`: for one operation.

    `kubeconfig`: of a real cluster to try it on; nothing: the sandbox stands in for all.
    """

    environ: Mapping[str, str]
    pulumi: Path
    cache: Path
    kubeconfig: Path | None = None
    minutes: int = 5


class SuiteStep:
    """A part of the suite, and the rows that it judges. Without any of them it need not be taken."""

    def __init__(self, act: Callable[[Trial], object], *rows: str) -> None:
        self.act, self.rows = act, rows


def conformance(subject: Subject, settings: TrialSettings, *, rows: Collection[str] = (), listener: Listener) -> Score:
    """Try the backend; the verdict on each row. `rows`: only these, and what they rest on; empty: all."""
    rest = NEEDED if {*rows} - {*STATIC} else ("folder",)
    wanted = {*rows, *rest} if rows else RULES.keys()
    verdicts = Verdicts({key: rule for key, rule in RULES.items() if key in wanted}, listener)
    if not verdicts.judge("folder", subject.issues):
        return verdicts.score("the backend cannot be used")
    with _trial(subject, settings, verdicts=verdicts) as trial:
        why = _steps(trial)
    return verdicts.score(why)


def _steps(trial: Trial) -> str:
    """Every step, in its order; why the rows without a verdict have none."""
    before: tuple[SuiteStep, ...] = (
        SuiteStep(statics.schema, "schema"),
        SuiteStep(statics.templates, "templates"),
        SuiteStep(costs.cost, "cost"),
    )
    after: tuple[SuiteStep, ...] = (
        SuiteStep(life.long_names, "longest-name"),
        SuiteStep(looks.look, "outputs", "fixed-names", "labels", "protect"),
        SuiteStep(life.again, "no-op"),
        SuiteStep(disruptions.drift, "drift"),
        SuiteStep(life.update, "update"),
        SuiteStep(life.values, "values"),
        SuiteStep(life.backend_change, "backend-change"),
        SuiteStep(disruptions.cloud_away, "cloud-away"),
        # What is killed is compared with the workspace above, which nobody killed.
        SuiteStep(killed.kills, "killed-create", "killed-update", "killed-destroy"),
        SuiteStep(hygiene.look, "secrets"),
        SuiteStep(disruptions.deleted, "by-hand"),
        SuiteStep(strangers.strangers, "strangers"),
        SuiteStep(life.destroy, "destroy"),
        # With its folder its rules go: what is left is judged by the state alone.
        SuiteStep(life.folder_gone, "folder-gone"),
    )
    _take(trial, before)
    if not trial.verdicts.wants("create"):
        return ""
    trial.verdicts.listener.begins("create")
    is_up = life.create(trial)
    if is_up:
        _take(trial, after)
    # At last, so that it sees all that was written.
    _take(trial, (SuiteStep(hygiene.judge, "secrets"),))
    return "a step before it did not succeed" if is_up else "no workspace of it comes up"


def _take(trial: Trial, steps: Iterable[SuiteStep]) -> None:
    for step in steps:
        if trial.verdicts.wants(*step.rows):
            trial.verdicts.listener.begins(", ".join(step.rows))
            try:
                step.act(trial)
            except (ClusterError, CloudError) as error:
                # What the suite itself asks of a cloud: without an answer nothing is judged.
                for row in step.rows:
                    trial.verdicts.not_tried(row, str(error))


@contextmanager
def _trial(subject: Subject, settings: TrialSettings, *, verdicts: Verdicts) -> Iterator[Trial]:
    """A trial in a folder of its own, which goes with the block, as does what it has created."""
    folder = Path(tempfile.mkdtemp(prefix="helium-check-")).resolve()
    try:
        given = environment(
            folder, settings.environ, pulumi=settings.pulumi, cache=settings.cache, secrets=hygiene.canaries(subject)
        )
        fleet = TrialFleet(folder, f"c{secrets.token_hex(3)}", given)
        cloud = _cloud(settings, fleet)
        verdicts.listener.begins(f"{subject.name} on {cloud.title}, as the fleet {fleet.name}")
        trial = Trial(subject, fleet, cloud, verdicts, settings.minutes)
        trial.begin()
        try:
            yield trial
        finally:
            if settings.kubeconfig:
                _clean(trial)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _cloud(settings: TrialSettings, fleet: TrialFleet) -> TrialCloud:
    sandbox = fleet.own / "sandbox"
    if settings.kubeconfig is None:
        return PretendCloud(sandbox)
    document = kubeconfig_of(settings.kubeconfig)
    copy = fleet.folder / "cluster" / "kubeconfig"
    title = f"the cluster at {server_of(document)}, and the sandbox for Google Cloud"
    return ClusterCloud(document, copy, PretendCloud(sandbox, stands_for=("gcp",)), title)


def _clean(trial: Trial) -> None:
    """End what the steps have left, as a pass does it; what then is left goes by hand."""
    trial.verdicts.listener.begins("to clean up")
    if trial.said:
        trial.withdraw(*trial.said)
        trial.removal()
    for left in trial.cloud.clean(trial.fleet.name):
        trial.verdicts.listener.begins(f"and failing to remove {left}; delete it yourself")
