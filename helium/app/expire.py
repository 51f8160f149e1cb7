"""Removes the files of workspaces whose deadline has passed, in one commit: for a scheduled job or the control plane.

A file that somebody changed meanwhile stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from helium.app.open_fleet import OpenFleet
from helium.app.pass_status import tell_if_late
from helium.app.run import clock
from helium.app.submit import Submitted, submit
from helium.core.fleet import SETTINGS
from helium.core.observation import Observation
from helium.core.plan import Overrides
from helium.core.spec import Spec
from helium.errors import UsageError
from helium.ports.commit_queue import View
from helium.ports.repo import Edit
from helium.reconcile.expired_files import Expiry, expired, may_be_of_nothing
from helium.reconcile.load import Selection, without_state

EXPIRED = "expired"
"""The one pull request that removes files of expired workspaces, where main takes only pull requests."""
_DAY = timedelta(days=1)
"""A commit may be dated a little ahead of the pass that saw it."""
JOB = "Helium <helium@localhost>"
"""Who removes expired files where git's settings name nobody, as in a scheduled job."""


def expire(fleet: OpenFleet, *, overrides: Overrides, dry: bool = False) -> tuple[Expiry, Submitted | None]:
    """What has expired, and what removes its files; `None` when nothing was removed."""
    now = clock()
    observed = without_state(fleet, Selection(), now=now).observed
    if not dry:
        # Whoever runs on a schedule notices that passes do not come.
        tell_if_late(fleet, observed, now=now)
    due = expired(observed, now, overrides=overrides, never_made=_never_made(fleet, observed, now=now))
    if dry or not due.paths:
        return due, None
    blobs = {name: file.blob for name, file in observed.specs.items() if isinstance(file, Spec)}
    names = ", ".join(due.paths)
    what = f"workspace {names}" if len(due.paths) == 1 else f"{len(due.paths)} workspaces: {names}"
    edit = partial(removal_of, due, blobs=blobs, settings=fleet.repo.read(observed.commit, SETTINGS))
    # Nobody asked for it: what looks expired by a wrong clock must count like a removal by hand.
    return due, submit(fleet, f"Expire {what}", edit=edit, by=_person_or_job(fleet), requested=False, standing=EXPIRED)


def _never_made(fleet: OpenFleet, observed: Observation, *, now: datetime) -> frozenset[str]:
    """Of the expired files without a record, those that a pass has seen and for whose name it made nothing."""
    candidates = may_be_of_nothing(observed, now)
    seen = observed.fleet_record.seen if observed.fleet_record else None
    names = {name: each for name, each in candidates.items() if seen and fleet.repo.descends(seen, each.commit)}
    if not names:
        return frozenset()
    lines = fleet.ledger.log(since=min(each.added_at for each in names.values()) - _DAY)
    return frozenset(names) - {line.name for line in lines}


def removal_of(due: Expiry, view: View, *, blobs: Mapping[str, str], settings: bytes | None) -> Sequence[Edit]:
    """The removals, where main is still what was looked at; a file that was changed since stays."""
    if view.read(SETTINGS) != settings:
        # Working hours that came a moment ago may let all of them live on.
        raise UsageError(f"{SETTINGS} was changed in the meantime, so they may live longer. Run helium expire again.")
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
