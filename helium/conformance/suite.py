"""The suite, read from top to bottom: each step brings the trial's workspaces further and judges its rows.

A step that cannot go on leaves its rows without a verdict, which counts as not tried. It refuses to leave anything
behind: what the trial created is destroyed at its end, also when somebody interrupts it.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from helium.conformance import hands, hygiene, killed, life, looks, statics, strangers
from helium.conformance.clouds import PretendCloud
from helium.conformance.rows import RULES
from helium.conformance.subject import Subject
from helium.conformance.trial import Trial
from helium.conformance.trial_fleet import TrialFleet, environment
from helium.conformance.verdicts import RowResult, Score, Verdicts


@dataclass(frozen=True, slots=True)
class TrialSettings:
    """What the person's environment gives, which Pulumi, and where built parts are. `minutes`: for one operation."""

    environ: Mapping[str, str]
    pulumi: Path
    cache: Path
    minutes: int = 5


def conformance(subject: Subject, settings: TrialSettings, *, tells: Callable[[RowResult], None]) -> Score:
    """Try the backend; the verdict on each row. `tells`: is told of each as it is reached."""
    verdicts = Verdicts(RULES, tells)
    if not verdicts.judge("folder", subject.issues):
        return verdicts.score("the backend cannot be used")
    with _trial(subject, settings, verdicts=verdicts) as trial:
        why = _steps(trial)
    return verdicts.score(why)


def _steps(trial: Trial) -> str:
    """Every step, in its order; why the rows without a verdict have none."""
    statics.schema(trial)
    statics.templates(trial)
    # Without a workspace there is nothing to look at.
    if not life.create(trial):
        hygiene.hygiene(trial)
        return "no workspace of it comes up"
    looks.look(trial, trial.name(life.LIFE))
    life.again(trial)
    life.update(trial)
    life.values(trial)
    life.backend_change(trial)
    hands.cloud_away(trial)
    # What is killed is compared with the workspace above, which nobody killed.
    if killed.create(trial):
        killed.update(trial)
        killed.destroy(trial)
    hands.deleted(trial)
    strangers.strangers(trial)
    # With its folder its rules go: what is left is judged by the state alone.
    life.folder_gone(trial)
    life.destroy(trial)
    # At last, so that it sees all that was written.
    hygiene.hygiene(trial)
    return "a step before it did not succeed"


@contextmanager
def _trial(subject: Subject, settings: TrialSettings, *, verdicts: Verdicts) -> Iterator[Trial]:
    """A trial in a folder of its own, which goes with the block."""
    folder = Path(tempfile.mkdtemp(prefix="helium-check-")).resolve()
    try:
        given = environment(
            folder, settings.environ, pulumi=settings.pulumi, cache=settings.cache, secrets=hygiene.canaries(subject)
        )
        fleet = TrialFleet(folder, f"c{secrets.token_hex(3)}", given)
        trial = Trial(subject, fleet, PretendCloud(fleet.own / "sandbox"), verdicts, settings.minutes)
        trial.begin()
        yield trial
    finally:
        shutil.rmtree(folder, ignore_errors=True)
