"""A small workspace in which an update does all that an update can: it makes, changes, replaces and takes away.

A bucket with a member; a namespace with a secret, a note that changes its name with the version (so it is replaced),
and a book that goes when notebooks are switched off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes as kubernetes

from helium.core.workspace import Workspace

core = kubernetes.core.v1


def declare(workspace: Workspace) -> Mapping[str, Any]:
    """Bucket and namespace are `protect`, as those of the real backends are."""
    version = workspace.spec.text("pachdVersion") or "0"
    labels = {"fleet": workspace.fleet, "workspace": workspace.name}
    marked = {**labels, "version": version}
    cluster = kubernetes.Provider("cluster", context="ci")
    bucket = gcp.storage.Bucket(
        "bucket",
        name=f"{workspace.fleet}-{workspace.name}",
        location="US",
        force_destroy=True,
        labels={**labels, "version": version.replace(".", "-")},
        opts=pulumi.ResourceOptions(protect=True),
    )
    gcp.storage.BucketIAMMember("member", bucket=bucket.name, role="roles/storage.admin", member="user:one@example.com")
    namespace = core.Namespace(
        "namespace",
        metadata={"name": workspace.name, "labels": marked},
        opts=pulumi.ResourceOptions(protect=True, provider=cluster),
    )

    def within(name: str) -> dict[str, Any]:
        return {"name": name, "namespace": namespace.metadata.name, "labels": labels}

    inside = pulumi.ResourceOptions(provider=cluster, depends_on=[namespace])
    core.Secret("secret", metadata=within("one"), string_data={"key": pulumi.Output.secret(version)}, opts=inside)
    core.ConfigMap("note", metadata=within(f"note-{version}"), data={"version": version}, opts=inside)
    if not workspace.spec.fields.get("disableNotebooks"):
        core.ConfigMap("book", metadata=within("book"), data={"version": version}, opts=inside)
    return {"bucket": bucket.name, "k8sNamespace": namespace.metadata.name}
