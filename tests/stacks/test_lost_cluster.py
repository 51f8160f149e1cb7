"""A cluster that is gone for ever: what stood there is forgotten, the rest is destroyed and proven to be gone.

Real commands, Pulumi, its provider, Helm and Kubernetes; Google is the sandbox. The cluster lives on behind a wire that
is cut, so that it can tell that nobody touched it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from uuid import uuid4

from helium.errors import ExitCode
from helium.sandbox import set_faults
from tests.cluster_fleet import ClusterFleet
from tests.crash.kills import strike
from tests.kubernetes import soon
from tests.stacks.test_on_a_cluster import fleet_with_charts
from tests.stacks.wire import Wire
from tools.cluster.api import KubernetesApi


def test_a_workspace_whose_cluster_is_gone_for_ever_ends(
    kubernetes: KubernetesApi, kubeconfig: Path, tmp_path: Path
) -> None:
    """While the cluster answers, nothing is forgotten. Killed in the middle, the command can be given again."""
    gone, stays = (f"{letter}{uuid4().hex[:6]}" for letter in "gs")
    wire = Wire(kubernetes.address)
    through = wire.kubeconfig(kubeconfig, into=tmp_path)
    with fleet_with_charts(tmp_path, kubernetes, kubeconfig=through) as fleet:
        fleet.land(**{gone: "disableNotebooks: true\n", stays: "disableNotebooks: true\n"})
        fleet.helium("reconcile")
    command = ("forget", gone, "--cluster-is-gone", "ci")
    assert f"First run: helium delete {gone}" in fleet.helium(*command, code=ExitCode.USAGE)
    fleet.land(**{gone: None})
    assert "the cluster ci answers, so a pass can destroy" in fleet.helium(*command, code=ExitCode.FAILED)

    wire.is_cut = True
    assert f"helium forget {gone}" in fleet.helium("reconcile", code=ExitCode.FAILED)
    shown = fleet.helium("forget", gone)
    assert f"  Namespace {gone}\n" in shown
    assert f"helium {' '.join(command)}" in shown
    assert "not in other" in fleet.helium("forget", gone, "--cluster-is-gone", "other", code=ExitCode.USAGE)
    assert [f"acme-{gone}", f"acme-{stays}"] == fleet.buckets()

    half_done(fleet, *command)
    assert [f"acme-{gone}", f"acme-{stays}"] == fleet.buckets()
    assert "1 destroyed" in fleet.helium(*command)

    assert [f"acme-{stays}"] == fleet.buckets()
    assert ["deployed"] == statuses(kubernetes, gone)
    assert "without what it had in its cluster" in fleet.helium("history", gone)
    exports = sorted((fleet.folder / ".helium" / "forgotten").iterdir())
    assert f"{gone}-" in exports[0].name
    assert "kubernetes:core/v1:Namespace" in exports[0].read_text()

    wire.is_cut = False
    kubernetes.delete(f"/api/v1/namespaces/{gone}")
    fleet.land(**{stays: None})
    fleet.helium("reconcile", "--only", stays, *fleet.allowed())
    assert ([], []) == (fleet.left(stays), fleet.buckets())


def statuses(api: KubernetesApi, name: str) -> list[str]:
    """What Helm's records in a workspace's namespace say."""
    found = api.items(f"/api/v1/namespaces/{name}/secrets?labelSelector=owner%3Dhelm")
    return [each["metadata"]["labels"]["status"] for each in found]


def half_done(fleet: ClusterFleet, *command: str) -> None:
    """The command loses power when it has forgotten, and destroys the bucket."""
    sandbox = fleet.folder / ".helium" / "sandbox"
    set_faults(sandbox, "slow before delete bucket 60s")
    state = fleet.folder / ".helium" / "state"
    argv = [sys.executable, "-m", "helium", "-C", str(fleet.folder), *command]
    with subprocess.Popen(argv, env=dict(fleet.environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as one:

        def forgotten() -> bool:
            (file,) = state.rglob(f"{command[1]}.json")
            return "kubernetes:" not in file.read_text()

        assert soon(forgotten), "it never forgot"
        assert strike("all", one.pid) > 1
    set_faults(sandbox)
