from __future__ import annotations

import re
from pathlib import Path
from uuid import uuid4

import pytest

from helium.conformance.clouds import PretendCloud
from helium.conformance.real_cluster import ClusterCloud, PlantedNamespace, kubeconfig_of
from tests.adapters.git_repos import new_repo
from tests.conformance.backends import skeleton, written
from tests.conformance.test_check import check, verdicts
from tests.kubernetes import soon
from tools.cluster.api import KubernetesApi

pytestmark = pytest.mark.slow
_OF_A_TRIAL = re.compile(r"-c[0-9a-f]{6}(-|$)")
"""Other tests have namespaces there too, at the same time."""


def namespaces(api: KubernetesApi) -> dict[str, str]:
    """Those that nobody is deleting: the uid of each by its name."""
    found = (each["metadata"] for each in api.items("/api/v1/namespaces"))
    return {meta["name"]: meta["uid"] for meta in found if "deletionTimestamp" not in meta}


def test_a_backend_is_checked_on_a_real_cluster(tmp_path: Path, kubeconfig: Path, kubernetes: KubernetesApi) -> None:
    """The skeleton keeps the rules there too, and nothing of the trial is left in the cluster."""
    new_repo(tmp_path)
    written(skeleton(), tmp_path, name="web")
    rows = ("drift", "strangers", "destroy")
    said = check(tmp_path, "web", "--on", str(kubeconfig), *(f"--row={row}" for row in rows))

    assert {"passed"} == set(verdicts(said).values()), said["rows"]
    assert [] == [name for name in namespaces(kubernetes) if _OF_A_TRIAL.search(name)]


def test_cleaning_up_deletes_what_the_trial_made_and_nothing_else(
    tmp_path: Path, kubeconfig: Path, kubernetes: KubernetesApi
) -> None:
    """A name proves nothing, and neither does a namespace that somebody has made again since."""
    mark = f"m{uuid4().hex[:6]}"
    labels = {f"life-{mark}": {"helium-fleet": mark}, f"theirs-{mark}": {}, f"again-{mark}": {}, f"planted-{mark}": {}}
    for name, own in labels.items():
        kubernetes.post("/api/v1/namespaces", {"metadata": {"name": name, "labels": own}})
    there = namespaces(kubernetes)
    cloud = ClusterCloud(kubeconfig_of(kubeconfig), tmp_path / "kubeconfig", PretendCloud(tmp_path / "sandbox"), "it")
    planted = PlantedNamespace(f"planted-{mark}", there[f"planted-{mark}"])
    cloud.planted += [planted, PlantedNamespace(f"again-{mark}", "of-an-earlier-one")]
    try:
        assert () == cloud.clean(mark)

        # What is being deleted is not among them.
        assert f"again-{mark}" in namespaces(kubernetes)
        left = {f"theirs-{mark}", f"again-{mark}"}
        assert soon(lambda: left == {name for name in namespaces(kubernetes) if name.endswith(mark)})
    finally:
        for name in labels.keys() & namespaces(kubernetes).keys():
            kubernetes.delete(f"/api/v1/namespaces/{name}")
