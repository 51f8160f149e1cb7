"""A backend without a cloud, whose packages take long to read. `description` tells it to fail, or what to wait for."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from helium.core.workspace import Workspace


class LightThing(pulumi.ComponentResource):
    """Something that costs nothing."""


def declare(workspace: Workspace) -> Mapping[str, Any]:
    """Fails for `fail`; for a path, waits for as long as there is a file."""
    LightThing("test:index:Thing", workspace.name)
    description = workspace.spec.description
    if description == "fail":
        raise ValueError("quota exceeded")
    while description.startswith("/") and Path(description).exists():
        time.sleep(0.1)
    return {}
