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

from helium.sandbox import start
from helium.settings import Settings
from helium.wiring.engines import pulumi_of
from tests.crash.ground import PROJECT, Ground, ground
from tests.crash.kills import Moment
from tests.crash.lane import Lane
from tests.crash.points import Point

KILLED = Point("create", "pulumi", Moment("call", 1), 0.15, "slow after create bucket:Bucket 1st 20s")
REFRESH = (("refresh", "--run-program=false"),)
DESTROY = (("destroy", "--run-program=false"), ("stack", "rm"))


def plainly(place: Ground, name: str, *, copy: Path, verbs: Sequence[tuple[str, ...]]) -> tuple[list[int], list[str]]:
    """Run Pulumi by hand on a copy of the state: the exit codes, and which buckets it still has among its resources."""
    shutil.copytree(place.state, copy)
    shutil.rmtree(copy / ".pulumi" / "locks", ignore_errors=True)
    (copy / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n")
    own = {
        "PULUMI_BACKEND_URL": f"file://{copy}",
        "PULUMI_CONFIG_PASSPHRASE": (place.own / ".helium" / "passphrase").read_text().strip(),
        "PULUMI_OPTION_IGNORE_PROTECT": "true",
    }
    pulumi, stack = str(pulumi_of(Settings.here())), f"organization/{PROJECT}/{name}"
    with start(place.cloud) as sandbox:
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
    with ground(tmp_path / "ground", shared=False) as place:
        lane = Lane(place, random.Random(1))
        lane.furnish()
        assert lane.cut(KILLED)
        name = max(lane.beings)
        refreshed = plainly(place, name, copy=tmp_path / "refresh", verbs=REFRESH)
        destroyed = plainly(place, name, copy=tmp_path / "destroy", verbs=DESTROY)
        forgotten = [each.id for each in place.things() if name in each.id]

        lane.ask("destroy", name, version="1")
        lane.settle()

        assert (([0], []), ([0, 0], [])) == (refreshed, destroyed)
        assert [f"acme-{name}"] == forgotten
        assert [] == [each.id for each in place.things() if name in each.id]
        assert [] == lane.verdict().faults
