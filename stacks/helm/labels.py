"""The labels that say whose a resource is, and the day that its workspace ends. Pure."""

from __future__ import annotations

import re
from datetime import UTC

from helium.core.workspace import Workspace

_LONGEST = 63


def labels_of(workspace: Workspace) -> dict[str, str]:
    """The user's own, and whose it is. The engine adds those that ownership is proven by."""
    ours = {"fleet": plain(workspace.fleet), "workspace": workspace.name, "owner": plain(workspace.owner)}
    return {**workspace.spec.labels, **ours}


def namespace_labels(workspace: Workspace, pod_security: str) -> dict[str, str]:
    """Of the namespace: how its pods may run, besides, and the day that it ends."""
    day = workspace.deadline.astimezone(UTC).date().isoformat()
    levels = {f"pod-security.kubernetes.io/{mode}": pod_security for mode in ("enforce", "warn")}
    return {**labels_of(workspace), **levels, "helium-expiry": day}


def plain(text: str) -> str:
    """A label's value: `ada@example.com` is `ada_at_example_com`."""
    return re.sub(r"[^a-z0-9_.-]", "_", text.lower().replace("@", "_at_"))[:_LONGEST].strip("_.-")
