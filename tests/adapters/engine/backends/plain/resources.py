"""A backend without a provider: a component and three outputs, one of them a secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from helium.core.workspace import Workspace


class Thing(pulumi.ComponentResource):
    """Something that costs nothing."""


def declare(workspace: Workspace) -> Mapping[str, Any]:
    """Fails where the description says so."""
    Thing("test:index:Thing", workspace.name, {"owner": workspace.owner})
    if workspace.spec.description == "fail":
        raise ValueError("the backend was told to fail")
    return {"url": f"https://{workspace.name}", "secret": pulumi.Output.secret("hush"), "ports": [1, 2]}
