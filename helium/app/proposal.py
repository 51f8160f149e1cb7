"""What a branch or a pull request would change if it were merged, by git and the ledger alone: it needs no state.

Nothing that comes with it is checked out or run: its files are read as git objects, by main's own Helium.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from helium.adapters.git_repo import merging
from helium.app import compose
from helium.app.host import place_of
from helium.app.open_fleet import OpenFleet
from helium.app.preview import preview
from helium.app.run import clock
from helium.core.fleet import SETTINGS
from helium.core.host_place import HostPlace
from helium.core.proposal import Look, Proposal, proposal, too_big
from helium.core.spec import REVIEWED
from helium.errors import Issue, NotPlannedError, SourceError, SpecError, UnreachableError
from helium.reconcile.load import Loaded, Selection, as_fetched, without_state


def of_pull_request(fleet: OpenFleet, number: int, *, head: str) -> Weighed:
    """What merging a pull request would change. `SourceError` where its head is another one by now."""
    with merging.pull_request(fleet.clone, number, head=head):
        return weighed(fleet, head)


def selection_of(fleet: OpenFleet, ref: str) -> Selection:
    """What to look at for the plan of a commit or branch: main with it merged, unless main has it already."""
    commit, main = fleet.repo.resolve(ref), fleet.repo.head()
    if fleet.repo.descends(main, commit):
        return Selection(ref=ref)
    return Selection(ref=merging.merge(fleet.clone, commit, main=main, now=clock()).commit, merged=True)


def of_commit(fleet: OpenFleet, head: str) -> Proposal:
    """What merging a commit would change. `SourceError` where it has conflicts, or is too big to be planned."""
    return weighed(fleet, head).proposal


@dataclass(frozen=True, slots=True)
class Weighed:
    """What merging a commit would change, and what that was found from. `after`: `None` where it cannot be read."""

    proposal: Proposal
    merge: merging.Merge
    main: Loaded
    before: Look
    after: Look | None = None


def weighed(fleet: OpenFleet, head: str) -> Weighed:
    """The same, with both sides. Errors as above."""
    now = clock()
    main = without_state(fleet, Selection(), now=now)
    merge = merging.merge(fleet.clone, head, main=main.observed.commit, now=now)
    if why := too_big(merge.files):
        raise NotPlannedError(why)
    before = Look(preview(fleet, main.observed, now=now), main.observed)
    try:
        after = _after(fleet, merge.commit, on=main, now=now)
    except UnreachableError:
        # Where the clone fetches as it reads, the remote's absence is nobody's error.
        raise
    except (SpecError, SourceError) as error:
        # Its settings, programs, or folder of specs cannot be read at all, so no plan can be made with them.
        issues = error.issues if isinstance(error, SpecError) else (Issue("", 1, 1, "", str(error)),)
        beside = tuple(each.path for each in merge.files if not each.is_spec)
        return Weighed(Proposal(main.observed.commit, head, now, issues=issues, beside=beside), merge, main, before)
    return Weighed(proposal(before, after, head=head, files=merge.files), merge, main, before, after)


def _after(fleet: OpenFleet, commit: str, *, on: Loaded, now: datetime) -> Look:
    """As main would be: with the settings, backends and schemas of that commit, beside the same ledger."""
    if fleet.repo.read(commit, SETTINGS) is None:
        raise SpecError((Issue(SETTINGS, 1, 1, "", "it would be gone, and no pass could go on; put it back"),))
    opened = fleet.backends.at(commit)
    merged = replace(fleet, opened=opened, specs=compose.specs_by(opened, fleet.settings))
    observed = as_fetched(merged, Selection(ref=commit, merged=True), now=now, snapshot=on.snapshot).observed
    # What this shows, a pass takes for requested, if it can ask the host. And nobody could look the commit up.
    has_host = isinstance(place_of(fleet.clone, fleet.fleet, settings=fleet.settings), HostPlace)
    removals = {
        name: replace(removal, commit="", origin=REVIEWED if has_host else removal.origin)
        for name, removal in observed.removals.items()
        if removal.commit == commit
    }
    observed = replace(observed, removals={**observed.removals, **removals}, remote_time=on.observed.remote_time)
    return Look(preview(merged, observed, now=now), observed)
