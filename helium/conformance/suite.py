"""The suite, read from top to bottom: each step brings the trial's workspaces further and judges its rows.

A step that cannot go on leaves its rows without a verdict, which counts as not tried. It refuses to leave anything
behind: what the trial created is destroyed at its end, also when somebody interrupts it.
"""

from __future__ import annotations

import json
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from helium.conformance import life
from helium.conformance.clouds import PretendCloud, TrialCloud
from helium.conformance.rows import RULES
from helium.conformance.subject import Subject
from helium.conformance.trial import Trial, settings_of
from helium.conformance.trial_fleet import TrialFleet, environment
from helium.conformance.verdicts import RowResult, Score, Verdicts
from helium.core.fleet import SETTINGS

STACKS = "stacks"


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
        _steps(trial)
    return verdicts.score("a step before it failed")


def _steps(trial: Trial) -> None:
    if not life.create(trial):
        return
    life.again(trial)
    life.update(trial)
    life.destroy(trial)


@contextmanager
def _trial(subject: Subject, settings: TrialSettings, *, verdicts: Verdicts) -> Iterator[Trial]:
    """A trial in a folder of its own, which goes with the block."""
    folder = Path(tempfile.mkdtemp(prefix="helium-check-")).resolve()
    try:
        name = f"c{secrets.token_hex(3)}"
        environ = environment(folder, settings.environ, pulumi=settings.pulumi, cache=settings.cache, secrets={})
        fleet = TrialFleet(folder, name, environ)
        cloud: TrialCloud = PretendCloud(fleet.own / "sandbox")
        trial = Trial(subject, fleet, cloud, verdicts)
        laid = {f"{STACKS}/{subject.kind}/{path}": data for path, data in subject.files.items()} if subject.laid else {}
        document = settings_of(subject, cloud, fleet=name, minutes=settings.minutes)
        fleet.begin({SETTINGS: json.dumps(document, indent=1).encode(), **laid, **subject.charts})
        yield trial
    finally:
        shutil.rmtree(folder, ignore_errors=True)
