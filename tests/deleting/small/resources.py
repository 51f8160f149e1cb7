"""A bucket that is `protect` and who may use it: enough to lose data with. `pachdVersion` moves the bucket.

`description` tells it more: `secret` has a secret among its inputs, `tell` raises an error with its environment in it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_gcp as gcp

from helium.core.workspace import Workspace


def declare(workspace: Workspace) -> Mapping[str, Any]:
    """The location cannot change, so an edit of `pachdVersion` would replace the bucket."""
    if workspace.spec.description == "tell":
        sys.stdout.write(f"{sorted(os.environ.items())}\n")
        raise ValueError(f"it is {sorted(os.environ.items())}")
    secret = pulumi.Output.secret(os.environ["HELIUM_SECRET_PASSWORD"])
    bucket = gcp.storage.Bucket(
        "bucket",
        name=f"{workspace.fleet}-{workspace.name}",
        location=workspace.spec.text("pachdVersion") or "US",
        force_destroy=True,
        labels={"fleet": workspace.fleet, "workspace": workspace.name},
        website={"main_page_suffix": secret} if workspace.spec.description == "secret" else None,
        opts=pulumi.ResourceOptions(protect=True),
    )
    gcp.storage.BucketIAMMember(
        "member", bucket=bucket.name, role="roles/storage.admin", member="serviceAccount:one@example.com"
    )
    return {"bucket": bucket.name}
