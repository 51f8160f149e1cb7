"""A namespace with a quota, and a small application by Helm, with the values of the spec."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes

from helium.core.workspace import Workspace

CHART = Path(__file__).parent / "chart"


def declare(workspace: Workspace) -> Mapping[str, pulumi.Input[str]]:
    """`text`: what it says; `waitsFor`: the label that its pods need a node to have; `within`: seconds."""
    values = dict(workspace.spec.values)
    within = int(values.pop("within", 120))
    cluster = kubernetes.Provider(
        "kubernetes",
        context=str(workspace.placement["cluster"]),
        cluster_identifier=str(workspace.placement["cluster"]),
        enable_server_side_apply=False,
    )
    in_cluster = pulumi.ResourceOptions(provider=cluster)
    limits = pulumi.CustomTimeouts(delete=f"{within}s")
    lasting = pulumi.ResourceOptions(provider=cluster, custom_timeouts=limits)
    namespace = kubernetes.core.v1.Namespace("namespace", metadata={"name": workspace.name}, opts=lasting)
    kubernetes.core.v1.ResourceQuota(
        "quota",
        metadata={"name": "quota", "namespace": namespace.metadata["name"]},
        spec={"hard": {"pods": "20"}},
        opts=pulumi.ResourceOptions(provider=cluster, deleted_with=namespace),
    )
    kubernetes.helm.v3.Release(
        "web",
        name=f"web-{workspace.name}",
        namespace=namespace.metadata["name"],
        chart=str(CHART),
        values=values,
        atomic=True,
        cleanup_on_fail=True,
        timeout=within,
        opts=in_cluster,
    )
    return {"k8sNamespace": namespace.metadata["name"]}
