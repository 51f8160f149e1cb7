"""What everything of one workspace is called, and the labels that say whose it is. Pure.

Names are fixed: each can be computed from the workspace alone, so that what a killed run left can be found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC

from helium.core.workspace import Workspace

_LONGEST = 63


def bucket(workspace: Workspace) -> str:
    """The bucket, in Google's one space of names."""
    return f"{workspace.fleet}-{workspace.name}"


def release(workspace: Workspace) -> str:
    """The Pachyderm release. Its chart makes objects without a namespace, named after it: it must be one of a kind."""
    return f"pach-{workspace.name}"


def hub(workspace: Workspace) -> str:
    """The JupyterHub release, and the first part of its host; no workspace may be called `jh-…`."""
    return f"jh-{workspace.name}"


def namespace_labels(workspace: Workspace) -> dict[str, str]:
    """Of the namespace: whose it is, the user's own, the day it ends, and the asking for a copy of the TLS secret."""
    day = workspace.deadline.astimezone(UTC).date().isoformat()
    return {**workspace.spec.labels, **_ours(workspace), "needs-ci-tls": "true", "helium-expiry": day}


def bucket_labels(workspace: Workspace) -> dict[str, str]:
    """Of the bucket: whose it is and the user's own, in the letters that Google takes."""
    users = {_key(key): plain(value) for key, value in sorted(workspace.spec.labels.items())}
    return {**users, **_ours(workspace)}


def plain(text: str) -> str:
    """A label's value that Kubernetes and Google both take: `ada@example.com` is `ada_at_example_com`."""
    low = text.lower().replace("@", "_at_")
    return re.sub(r"[^a-z0-9_-]", "_", low)[:_LONGEST].strip("_-")


def _key(text: str) -> str:
    key = plain(text)
    return key if key[:1].isalpha() else f"l-{key}"[:_LONGEST]


def _ours(workspace: Workspace) -> Mapping[str, str]:
    return {
        "fleet": plain(workspace.fleet),
        "workspace": workspace.name,
        "owner": plain(workspace.owner),
    }
