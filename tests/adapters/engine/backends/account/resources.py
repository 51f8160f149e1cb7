"""A backend of a fleet's own: a bucket without labels of its own, and an account whose id its name does not tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi_gcp as gcp

from helium.core.workspace import Workspace


def declare(workspace: Workspace) -> Mapping[str, Any]:
    """What any team would write that has never heard of how Helium looks for things."""
    bucket = gcp.storage.Bucket("bucket", name=f"acme-{workspace.name}", location="US", force_destroy=True)
    gcp.serviceaccount.Account("account", account_id=f"sa-{workspace.name}", display_name="one")
    return {"bucket": bucket.name}
