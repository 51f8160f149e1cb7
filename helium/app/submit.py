"""An edit of spec files by whoever sits at this clone: one commit on main, pushed where there is a remote.

The API's edits go through the commit queue instead, because many ask for them at once.
"""

from __future__ import annotations

import secrets

from helium.app.open_fleet import OpenFleet
from helium.edits import Editing
from helium.edits.naming import generated
from helium.ports.commit_queue import Request


def submit(fleet: OpenFleet, message: str, *, edit: Editing) -> str:
    """Write the edit to main in the name of the person whom git knows; the commit's id. `HeliumError` if refused."""
    return fleet.submit(Request(secrets.token_hex(8), fleet.person(), message, edit))


def generated_name() -> str:
    """A name for a workspace that was given none."""
    return generated(secrets.token_hex(8))
