"""What the blanks `${workspace.…}` of a backend's settings stand for. Pure.

A program fills them in when it creates a workspace; how to reach it is filled in each time that somebody looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from helium.core import blanks
from helium.core.digest import Json
from helium.core.workspace import Workspace

OF_PLACE = ("name", "fleet", "namespace", "incarnation")
"""What of a workspace never changes, so that its place may be named after it."""
NAMES = (*OF_PLACE, "owner", "backend", "access", "host")
"""What of a workspace may be in what is made from it."""


def place_of(name: str, *, fleet: str, added_at: datetime, host: Json = None) -> dict[str, Json]:
    """The facts that never change; `host`: the setting, with blanks of the others."""
    known = {"name": name, "fleet": fleet, "namespace": name, "incarnation": str(int(added_at.timestamp()))}
    return known if not isinstance(host, str) else {**known, "host": blanks.filled(host, {blanks.WORKSPACE: known})}


def facts_of(workspace: Workspace) -> Mapping[str, Json]:
    """All that a program may fill in."""
    place = place_of(
        workspace.name, fleet=workspace.fleet, added_at=workspace.added_at, host=workspace.placement.get("host")
    )
    return {**place, "owner": workspace.owner, "backend": workspace.backend, "access": workspace.spec.access}
