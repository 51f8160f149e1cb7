"""What plain Pulumi makes of a create that was killed once the cloud had acted, and what Helium makes of it."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from helium.app.engine_settings import pulumi_of
from helium.sandbox import start
from helium.settings import Settings
from tests.crash.killed_fleet import PROJECT, KilledFleet, new_fleet
from tests.crash.kills import KillMoment
from tests.crash.points import Point
from tests.crash.scenario import Scenario

KILLED = Point("create", "pulumi", KillMoment("call", 1), 0.15, "slow after create bucket:Bucket 1st 20s")
REFRESH = (("refresh", "--run-program=false"),)
DESTROY = (("destroy", "--run-program=false"), ("stack", "rm"))


def plainly(
    fleet: KilledFleet, name: str, *, copy: Path, verbs: Sequence[tuple[str, ...]]
) -> tuple[list[int], list[str]]:
    """Run Pulumi by hand on a copy of the state: the exit codes, and which buckets it still has among its resources."""
    shutil.copytree(fleet.state, copy)
    shutil.rmtree(copy / ".pulumi" / "locks", ignore_errors=True)
    (copy / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n")
    own = {
        "PULUMI_BACKEND_URL": f"file://{copy}",
        "PULUMI_CONFIG_PASSPHRASE": (fleet.own / ".helium" / "passphrase").read_text().strip(),
        "PULUMI_OPTION_IGNORE_PROTECT": "true",
    }
    pulumi, stack = str(pulumi_of(Settings.here())), f"organization/{PROJECT}/{name}"
    with start(fleet.cloud) as sandbox:
        environ = {**os.environ, **sandbox.environment, **own}
        commands = [(pulumi, *verb, "--yes", "--stack", stack) for verb in verbs]
        ran = [subprocess.run(each, cwd=copy, env=environ, capture_output=True, check=False) for each in commands]
    file = copy / ".pulumi" / "stacks" / PROJECT / f"{name}.json"
    latest = json.loads(file.read_text())["checkpoint"]["latest"] if file.exists() else {}
    return [each.returncode for each in ran], [
        each["id"] for each in latest.get("resources") or [] if each["type"].endswith(":Bucket")
    ]


@pytest.mark.slow
def test_plain_pulumi_forgets_what_helium_finds(tmp_path: Path) -> None:
    """`refresh`, and `destroy` with `stack rm`, say success and forget a bucket that is there; Helium takes it away."""
    with new_fleet(tmp_path / "fleet", shared=False) as fleet:
        scenario = Scenario(fleet, random.Random(1))
        scenario.furnish()
        # A second round would find at once what the killed Pulumi left.
        fleet.once = True
        assert scenario.cut(KILLED)
        name = max(scenario.expected)
        refreshed = plainly(fleet, name, copy=tmp_path / "refresh", verbs=REFRESH)
        destroyed = plainly(fleet, name, copy=tmp_path / "destroy", verbs=DESTROY)
        forgotten = [each.id for each in fleet.things() if name in each.id]

        scenario.ask("destroy", name, version="1")
        scenario.resolve_pending()

        assert (([0], []), ([0, 0], [])) == (refreshed, destroyed)
        assert [f"acme-{name}"] == forgotten
        assert [] == [each.id for each in fleet.things() if name in each.id]
        assert [] == scenario.verdict().faults
