"""Everything that one plan rests on, gathered before anything is decided.

A fact that could not be had is missing (`gaps`, `None`, an absent key). It is never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from helium.core.digest import Json
from helium.core.stack import Listing

if TYPE_CHECKING:
    from helium.core.fleet import Fleet
    from helium.core.fleet_record import FleetRecord
    from helium.core.record import CorruptRecord, Record
    from helium.core.spec import Addition, Reading, Removal
    from helium.core.stack import StackId
    from helium.core.workspace import Ownership


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a backend would create a workspace with today: its program's digest, the placement of new ones, the pins.

    `folder`: where the program is on this machine; `charts`: where the settings name charts; `amounts`: what the
    settings say that a workspace takes. No ledger holds these three, and a change of them rolls nothing.
    """

    program: str
    placement: Mapping[str, Json] = field(default_factory=dict)
    pins: Mapping[str, Json] = field(default_factory=dict)
    issues: tuple[str, ...] = ()
    folder: str = ""
    charts: Mapping[str, str] = field(default_factory=dict)
    amounts: Json = None


@dataclass(frozen=True, slots=True)
class Observation:
    """`recipes` by backend; `additions` and `removals` by name, only where history since the last pass has one.

    `ownerships`: what the opened stacks say of themselves; `None` is a stack that does not say whose it is, and `bare`
    are those of them that hold nothing of any cloud, because they were never begun or are all but deleted.
    `unopened`: why a stack's state cannot be read, and what to do, as text; nothing else is known of such a stack.
    `wrong_cluster`: why the cluster's name points to a different cluster than an opened stack lives in, as text.
    `descends`: whether the commit descends from the accepted one (`None`: nothing was accepted, or git cannot tell).
    `landed`: the requests of the ledger whose commits are on main now.
    `changed_back`: names whose file was another one since the last look, and is as it was then.
    `reviews_away`: why the pull requests that removed files cannot be asked for, as a sentence; empty if they can.
    `remote_time` is the clock of the remote, else of the state's server. `gaps` are whole parts that could not be read.
    `recent_deletes`: names destroyed in the last 24 hours that neither expired nor were requested.
    `at_work`: names that this pass has announced, and that have not ended; they are in no plan.
    `rolled`: names to update to today's pins; `selected`: names that a person gave, which need not wait for a retry.
    `lost_clusters`: names whose cluster a person says is gone for ever.
    """

    fleet: Fleet
    commit: str
    specs: Mapping[str, Reading] = field(default_factory=dict)
    listing: Listing = field(default_factory=Listing)
    records: Mapping[str, Record | CorruptRecord] = field(default_factory=dict)
    fleet_record: FleetRecord | None = None
    recipes: Mapping[str, Recipe] = field(default_factory=dict)
    additions: Mapping[str, Addition] = field(default_factory=dict)
    removals: Mapping[str, Removal] = field(default_factory=dict)
    landed: frozenset[str] = frozenset()
    changed_back: frozenset[str] = frozenset()
    reviews_away: str = ""
    ownerships: Mapping[StackId, Ownership | None] = field(default_factory=dict)
    bare: frozenset[StackId] = frozenset()
    unopened: Mapping[StackId, str] = field(default_factory=dict)
    wrong_cluster: Mapping[StackId, str] = field(default_factory=dict)
    descends: bool | None = None
    on_main: bool = True
    remote_time: datetime | None = None
    gaps: tuple[str, ...] = ()
    recent_deletes: frozenset[str] = frozenset()
    at_work: frozenset[str] = frozenset()
    rolled: frozenset[str] = frozenset()
    selected: frozenset[str] = frozenset()
    lost_clusters: frozenset[str] = frozenset()
