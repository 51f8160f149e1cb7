"""Who asks, and what a wish is judged on besides main."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from helium.core.record import CorruptRecord, Record
from helium.ports.commit_queue import View
from helium.ports.repo import Edit
from helium.ports.specs import Specs

Editing = Callable[[View], Sequence[Edit]]
"""What `Request.edit` is."""


def _never_added(_name: str) -> datetime | None:
    return None


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asks: the owner that new workspaces get, and whether others' may be touched."""

    owner: str
    admin: bool = False


@dataclass(frozen=True, slots=True)
class EditContext:
    """What a wish is judged on besides main. `born` finds when a file without a record was added, if that is known."""

    specs: Specs
    requester: Requester
    now: datetime
    records: Mapping[str, Record | CorruptRecord] = field(default_factory=dict)
    added_at: Callable[[str], datetime | None] = _never_added
