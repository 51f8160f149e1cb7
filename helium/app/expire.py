"""Removes the files of workspaces whose deadline has passed, in one commit: for a scheduled job or the control plane.

A file that somebody changed meanwhile stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from helium.app.open_fleet import OpenFleet
from helium.app.pass_status import tell_if_late
from helium.app.run import clock
from helium.app.submit import Submitted, submit
from helium.core.plan import Overrides
from helium.core.spec import Spec
from helium.errors import UsageError
from helium.ports.commit_queue import View
from helium.ports.repo import Edit
from helium.reconcile.expired_files import Expiry, expired
from helium.reconcile.load import Selection, without_state

EXPIRED = "expired"
"""The one pull request that removes files of expired workspaces, where main takes only pull requests."""
JOB = "Helium <helium@localhost>"
"""Who removes expired files where git's settings name nobody, as in a scheduled job."""


def expire(fleet: OpenFleet, *, overrides: Overrides, dry: bool = False) -> tuple[Expiry, Submitted | None]:
    """What has expired, and what removes its files; `None` when nothing was removed."""
    now = clock()
    observed = without_state(fleet, Selection(), now=now).observed
    if not dry:
        # Whoever runs on a schedule notices that passes do not come.
        tell_if_late(fleet, observed, now=now)
    due = expired(observed, now, overrides=overrides)
    if dry or not due.paths:
        return due, None
    blobs = {name: file.blob for name, file in observed.specs.items() if isinstance(file, Spec)}
    names = ", ".join(due.paths)
    what = f"workspace {names}" if len(due.paths) == 1 else f"{len(due.paths)} workspaces: {names}"
    edit = partial(_removed, due, blobs=blobs)
    # Nobody asked for it: what looks expired by a wrong clock must count like a removal by hand.
    return due, submit(fleet, f"Expire {what}", edit=edit, by=_person_or_job(fleet), requested=False, standing=EXPIRED)


def _removed(due: Expiry, view: View, *, blobs: Mapping[str, str]) -> Sequence[Edit]:
    there = {entry.path: entry.blob for entry in view.entries}
    edits = [Edit(path, None) for name, path in due.paths.items() if there.get(path) == blobs[name]]
    if not edits:
        raise UsageError("Every expired file was changed in the meantime. Run helium expire again.")
    return edits


def _person_or_job(fleet: OpenFleet) -> str:
    try:
        return fleet.person()
    except UsageError:
        return JOB
