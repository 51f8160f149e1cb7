"""A backend without a provider: a component and a few outputs. `description` tells it to misbehave."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from typing import Any

import pulumi

from helium.core.workspace import Workspace


class Thing(pulumi.ComponentResource):
    """Something that costs nothing."""


def declare(workspace: Workspace) -> Mapping[str, Any]:
    """Fails, dies, sleeps or tells its environment where the description says so."""
    Thing("test:index:Thing", workspace.name, {"owner": workspace.owner})
    match workspace.spec.description:
        case "fail":
            raise ValueError("the backend was told to fail")
        case "die":
            os._exit(3)
        case "sleep":
            time.sleep(60)
        case "tell":
            raise ValueError(f"it is {os.environ['HELIUM_CLIENT_SECRET']}")
        case "environment":
            return {"environment": json.dumps(sorted(os.environ))}
    secret = pulumi.Output.secret(os.environ["HELIUM_CLIENT_SECRET"])
    return {"url": f"https://{workspace.name}", "secret": secret, "ports": [1, 2]}
