"""What a turn of telling looks up beside the rows of the fleet: who gave a workspace away, and what has no room.

Both cost a look into history or a plan, so they are asked for only where something is to be told of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise

from helium.app.open_fleet import OpenFleet
from helium.app.preview import preview
from helium.core.observation import Observation
from helium.core.plan import Code, Keep
from helium.core.spec import Entry, Spec

_MOST_COMMITS = 20
"""Of a file's last ones: who gave it away is among them, or nobody knows."""


def given_by(fleet: OpenFleet, name: str, *, owner: str) -> str:
    """Who made this person the owner of a workspace, as `name <mail>`; empty where history does not show it."""
    commits = fleet.repo.commits(name, commit=fleet.repo.head())[:_MOST_COMMITS]
    # One after the other: the last commit but one is nearly always enough.
    owners = pairwise(_owners(fleet, name, commits=[each.id for each in commits]))
    for commit, (now, before) in zip(commits, owners, strict=False):
        if now.lower() == owner.lower() != before.lower():
            return commit.by
    return ""


def _owners(fleet: OpenFleet, name: str, *, commits: list[str]) -> Iterator[str]:
    """Whose its file says that it is, at each commit; empty where it says nothing."""
    for commit in commits:
        entry = next((each for each in fleet.repo.entries(commit) if each.name == name), None)
        yield _owner(fleet, entry, commit=commit) if entry else ""


def _owner(fleet: OpenFleet, entry: Entry, *, commit: str) -> str:
    text = fleet.repo.read(commit, entry.path)
    readings = fleet.specs.read((entry,), {entry.blob: text} if text is not None else {}, fleet=fleet.fleet)
    reading = readings.get(entry.name)
    return reading.owner if isinstance(reading, Spec) else ""


def without_room(fleet: OpenFleet, observed: Observation, *, now: datetime) -> Mapping[str, str]:
    """The names that a quota keeps from being created, each with the sentence that says which, as a pass judges it."""
    # A pass notes nothing of what was never begun. Nearly always there is none, and nothing is planned.
    if not observed.fleet.has_quota or not observed.specs.keys() - observed.records.keys():
        return {}
    changes = preview(fleet, observed, now=now).changes
    return {each.name: each.why for each in changes if isinstance(each, Keep) and each.code is Code.QUOTA}
