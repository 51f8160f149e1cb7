"""All the facts that one plan rests on, gathered before anything is decided.

A fact that could not be had is said to be missing (`gaps`, `None`, an absent key), never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from helium.core.digest import Json
from helium.core.fleet import Fleet
from helium.core.fleet_record import FleetRecord
from helium.core.record import CorruptRecord, Record
from helium.core.spec import Addition, Reading, Removal
from helium.core.stack import Listing, StackId
from helium.core.workspace import Ownership


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a backend would make a workspace with today: its program's digest, the place for new ones, the make.

    `folder`: where the program lies on this machine; for the engine, and in no ledger.
    """

    program: str
    placement: Mapping[str, Json] = field(default_factory=dict)
    pins: Mapping[str, Json] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """`recipes` by backend; `births` and `removals` by name, only where history since the last pass has one.

    `marks` holds what the stacks themselves say, for those that were opened: `None` is a stack without a mark,
    and `bare` are those of them that hold nothing of any cloud: never begun, or all but done.
    `astray`: why the cluster that an opened stack lives in is not the one that its name leads to today, in a sentence.
    `descends`: whether the commit descends from the accepted one (`None`: there is none, or it cannot be told).
    `remote_time` is the remote's clock, where there is one. `gaps` are whole parts that could not be read.
    `recent_deletes`: names destroyed in the last 24 hours that did not expire and were not asked for.
    `rolled`: names to bring over to today's make; `named`: names a person gave, whose back-off is not waited for.
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
    ownerships: Mapping[StackId, Ownership | None] = field(default_factory=dict)
    bare: frozenset[StackId] = frozenset()
    wrong_cluster: Mapping[StackId, str] = field(default_factory=dict)
    descends: bool | None = None
    on_main: bool = True
    remote_time: datetime | None = None
    gaps: tuple[str, ...] = ()
    recent_deletes: frozenset[str] = frozenset()
    rolled: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
