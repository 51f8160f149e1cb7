"""Another fleet's bucket, under the name that the backend `cloud` would give it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi_gcp as gcp

from helium.core.workspace import Workspace


def declare(workspace: Workspace) -> Mapping[str, Any]:
    """Labelled as nobody's here."""
    gcp.storage.Bucket("bucket", name=f"acme-{workspace.name}", location="US", labels={"fleet": "other"})
    return {}
