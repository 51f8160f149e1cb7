"""Who asks, and what a wish is judged on besides main."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from helium.core.record import Illegible, Record
from helium.reconcile.ports import Edit, Specs, View

Editing = Callable[[View], Sequence[Edit]]
"""What `Request.edit` is."""


def _unborn(_name: str) -> datetime | None:
    return None


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: the owner that new workspaces get, and whether others' may be touched."""

    owner: str
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Ground:
    """What a wish is judged on besides main. `born` finds when a file without a record was added, if that is known."""

    specs: Specs
    asker: Asker
    now: datetime
    records: Mapping[str, Record | Illegible] = field(default_factory=dict)
    born: Callable[[str], datetime | None] = _unborn
