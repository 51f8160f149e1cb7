"""A workspace's life on a real Kubernetes API, beside Pulumi's own `up` and `destroy` of the same program, in turns.

The charts are the tests': the shape of Pachyderm's and JupyterHub's, in which nothing runs. Google is the sandbox on
both sides. Helium's side is a whole command, with git, plan, guard and ledger. Pulumi's side is one process with the
Automation API for each step, as its own examples do it.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from helium.adapters.charts.package import digest_of
from helium.adapters.engine import pulumi_home
from helium.adapters.engine.protocol import StackProgram
from helium.app.engine_settings import plugins_of
from helium.core.chart import chosen
from helium.core.spec import Spec
from helium.core.workspace import Workspace
from helium.sandbox import start
from helium.settings import Settings
from tests.chart_repository import SMALL, package, served
from tests.cluster_fleet import ClusterFleet
from tools.cluster import Cluster, running

ROOT = Path(__file__).resolve().parent.parent
BACKEND = ROOT / "stacks" / "gcp-namespace"
MANIFEST = json.loads((BACKEND / "backend.json").read_text())
PLACE = {"project": "bench-project", "zone": "us-east1-b", "cluster": "test", "domain": "ws.example.com"}
STEPS = ("up", "no-op", "edit", "destroy")
EDITED = {"pachd": {"replicas": 2}}


@dataclass(frozen=True, slots=True)
class ClusterCase:
    """One comparison: where it keeps everything, its cluster, and its charts' repository."""

    folder: Path
    cluster: Cluster
    charts: str
    pulumi: Path

    @property
    def pins(self) -> dict[str, Any]:
        """What `helium.yaml` says of the backend, beside the place."""
        versions = {"pachyderm": "2.3.9", "jupyterhub": "2.0.0"}
        charts = {
            name: {"repo": self.charts, "chart": name, "version": version, "digest": digest_of(package(SMALL / name))}
            for name, version in versions.items()
        }
        return {"auth0Domain": "https://tenant.example.com/", "charts": charts}


def run(*, pulumi: Path, rounds: int = 3) -> Mapping[str, float]:
    """Seconds of each step both ways, the median of some rounds in turns."""
    charts = (SMALL / "pachyderm", SMALL / "jupyterhub")
    with (
        tempfile.TemporaryDirectory(prefix="helium-bench-") as name,
        running() as cluster,
        served(Path(name) / "charts", *charts) as url,
    ):
        case = ClusterCase(Path(name), cluster, url, pulumi)
        fleet = new_fleet(case)
        turns = [(by_pulumi(f"plain-{turn}", case), by_helium(f"helium-{turn}", fleet)) for turn in range(rounds)]
    figures = {
        f"{step}.{side}": statistics.median(turn[of_side][number] for turn in turns)
        for number, step in enumerate(STEPS)
        for of_side, side in enumerate(("pulumi", "helium"))
    }
    print("on a real Kubernetes API, Helium's whole command and Pulumi's own, in seconds:")
    for step in STEPS:
        print(f"  {step:8} {figures[f'{step}.helium']:5.1f}  {figures[f'{step}.pulumi']:5.1f}")
    return figures


def new_fleet(case: ClusterCase) -> ClusterFleet:
    """A fleet with one workspace that stays, so that the others may go."""
    settings = {
        "fleet": "bench",
        "sandbox": ["gcp"],
        "clusters": {"test": {"kubeconfig": str(case.cluster.kubeconfig)}},
        "backends": {"gcp-namespace": {**PLACE, **case.pins}},
    }
    fleet = ClusterFleet.new(case.folder / "fleet", case.cluster.api, settings=json.dumps(settings))
    fleet.land(stays="disableNotebooks: true\n")
    fleet.helium("reconcile")
    return fleet


def by_helium(name: str, fleet: ClusterFleet) -> list[float]:
    """Seconds of one pass for each step."""
    found: list[float] = []
    for text in ("{}\n", "{}\n", f"values: {json.dumps(EDITED)}\n", None):
        if not found or text != "{}\n":
            fleet.land(**{name: text})
        began = time.perf_counter()
        fleet.helium("reconcile")
        found.append(time.perf_counter() - began)
    return found


def by_pulumi(name: str, case: ClusterCase) -> list[float]:
    """Seconds of one process for each step."""
    state, home = case.folder / "plain", case.folder / "pulumi-home"
    state.mkdir(exist_ok=True)
    work = case.folder / "plain-work"
    for chart in case.pins["charts"].values():
        file = work / chosen(chart).file
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(package(SMALL / chart["chart"]))
    pulumi_home.create(home, os.environ, built=plugins_of(Settings.from_env(os.environ)))
    with start(case.folder / "cloud", packages=("gcp",)) as sandbox:
        environment = {
            **os.environ,
            **sandbox.environment,
            **dict.fromkeys(MANIFEST["secrets"], "bench"),
            "BENCH_WORK": str(work),
            "KUBECONFIG": str(case.cluster.kubeconfig),
            "PATH": f"{case.pulumi.parent}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_BACKEND_URL": f"file://{state}",
            "PULUMI_CONFIG_PASSPHRASE": "bench",
            "PULUMI_HOME": str(home),
            "PULUMI_OPTION_IGNORE_PROTECT": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        found = []
        for step in STEPS:
            command = [sys.executable, "-m", "bench.cluster", step, name, json.dumps(case.pins)]
            began = time.perf_counter()
            subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
            found.append(time.perf_counter() - began)
    return found


def plain(step: str, name: str, *, pins: Mapping[str, object]) -> None:
    """One step with the Automation API and nothing else."""
    from pulumi import automation

    from helium.adapters.engine.program import program_of

    now = datetime(2026, 11, 29, tzinfo=UTC)
    fields = {"values": EDITED} if step == "edit" else {}
    spec = Spec(name, f"workspaces/{name}.yaml", "blob", "gcp-namespace", fields=fields)
    made = {**MANIFEST["defaults"], **pins}
    workspace = Workspace("bench", spec, "ada@example.com", now, now + timedelta(days=3), PLACE, made)
    program = program_of(StackProgram(str(BACKEND), workspace), workspace.stack)
    # Where the program's releases look for their charts.
    project = "bench.gcp-namespace"
    settings = automation.ProjectSettings(name=project, runtime="python", main=os.environ["BENCH_WORK"])
    options = automation.LocalWorkspaceOptions(project_settings=settings)
    stack = automation.create_or_select_stack(stack_name=name, project_name=project, program=program, opts=options)
    if step == "destroy":
        stack.destroy(remove=True)
    else:
        stack.up()


if __name__ == "__main__":
    plain(sys.argv[1], sys.argv[2], pins=json.loads(sys.argv[3]))
