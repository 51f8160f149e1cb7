"""A namespace in a cluster that is reached by the name of its context alone: no credential is an input."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as kubernetes

from helium.core.workspace import Workspace


def declare(workspace: Workspace) -> Mapping[str, str]:
    """The provider takes its credential from the kubeconfig of the pass."""
    cluster = kubernetes.Provider(
        "kubernetes",
        context=workspace.placement["cluster"],
        cluster_identifier=workspace.placement["cluster"],
        enable_server_side_apply=False,
    )
    labels = {"helium-fleet": workspace.fleet, "helium-workspace": workspace.name}
    kubernetes.core.v1.Namespace(
        "namespace",
        metadata={"name": workspace.name, "labels": labels},
        opts=pulumi.ResourceOptions(provider=cluster, protect=True),
    )
    return {"k8sNamespace": workspace.name}
