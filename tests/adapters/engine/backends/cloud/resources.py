"""A small backend for the sandbox: a bucket with a member, a namespace with a secret in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes as kubernetes

from helium.core.workspace import Workspace


def declare(workspace: Workspace) -> Mapping[str, Any]:
    """Bucket and namespace are `protect`; the location of the bucket, which cannot change, comes from `place`."""
    labels = {"fleet": workspace.fleet, "workspace": workspace.name}
    protect = pulumi.ResourceOptions(protect=True)
    provider = kubernetes.Provider("cluster", context="ci")
    bucket = gcp.storage.Bucket(
        "bucket",
        name=f"{workspace.fleet}-{workspace.name}",
        location=str(workspace.placement.get("location", "US")),
        force_destroy=True,
        labels=labels,
        opts=protect,
    )
    gcp.storage.BucketIAMMember(
        "member", bucket=bucket.name, role="roles/storage.admin", member="serviceAccount:one@example.com"
    )
    namespace = kubernetes.core.v1.Namespace(
        "namespace",
        metadata={"name": workspace.name, "labels": {**labels, "expiry": f"{workspace.deadline:%Y-%m-%d}"}},
        opts=pulumi.ResourceOptions(protect=True, provider=provider),
    )
    kubernetes.core.v1.Secret(
        "secret",
        metadata={"name": "one", "namespace": namespace.metadata.name},
        string_data={"password": pulumi.Output.secret(os.environ.get("HELIUM_CLIENT_SECRET", "unset"))},
        opts=pulumi.ResourceOptions(provider=provider, depends_on=[namespace]),
    )
    return {"bucket": bucket.name, "expiry": f"{workspace.deadline:%Y-%m-%d}"}
