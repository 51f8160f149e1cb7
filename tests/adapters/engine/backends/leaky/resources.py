"""A backend that says secrets aloud. `description` tells it how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from helium.core.workspace import Workspace


def declare(workspace: Workspace) -> Mapping[str, Any]:
    """Its secrets are nobody's but its own: no setting and no environment knows them."""
    match workspace.spec.description:
        case "raise":
            pulumi.Output.secret("made-in-the-program")
            raise ValueError("it is made-in-the-program, quoted 'made-in-the-program'")
        case "log":
            later: pulumi.Output[Any] = pulumi.Output.from_input({"deep": ["known-only-later"]})
            known: pulumi.Output[Any] = pulumi.Output.secret(later)
            known.apply(lambda value: pulumi.log.warn(f"it is {value['deep'][0]}"))
            return {"fails": known.apply(lambda value: int(f"and again {value['deep'][0]}"))}
        case "long":
            for number in range(400):
                pulumi.log.warn(f"line {number} of many: {'x' * 40}")
            raise ValueError("the last word")
        case _:
            provider = kubernetes.Provider("cluster", context="ci")
            kubernetes.core.v1.Secret(
                "secret",
                metadata={"name": workspace.name, "namespace": "default"},
                string_data={"password": pulumi.Output.secret("given-to-a-resource")},
                opts=pulumi.ResourceOptions(provider=provider),
            )
    return {}
