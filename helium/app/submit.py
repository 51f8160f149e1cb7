"""An edit of spec files by one person or one job: one commit on main, pushed where there is a remote.

The API's edits go through the commit queue instead, because many ask for them at once.
"""

from __future__ import annotations

import secrets

from helium.app import compose
from helium.app.open_fleet import OpenFleet
from helium.edits import Editing
from helium.edits.naming import generated
from helium.ports.commit_queue import Request


def submit(fleet: OpenFleet, message: str, *, edit: Editing, by: str | None = None, requested: bool = True) -> str:
    """Write the edit to main in the name of `by`, or of the person whom git knows; the commit's id.

    `requested`: a person asked for it, so what it removes is noted in the ledger as requested.
    `HeliumError` when the edit is refused, `HeadMovedError` after five lost races.
    """
    request = Request(secrets.token_hex(8), by or fleet.person(), message, edit)
    return compose.single_writer(fleet.repo, notes_in=fleet.ledger if requested else None).submit(request)


def generated_name() -> str:
    """A name for a workspace that was given none."""
    return generated(secrets.token_hex(8))
