"""Who asks for an edit, and what it is judged by besides main."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from helium.core.record import CorruptRecord, Record
from helium.core.spec import Addition
from helium.ports.commit_queue import View
from helium.ports.repo import Edit
from helium.ports.specs import Specs

Editing = Callable[[View], Sequence[Edit]]
"""What `Request.edit` is."""


def _unknown_addition(_name: str) -> Addition | None:
    return None


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asks: the owner that new workspaces get, and whether others' may be touched."""

    owner: str
    admin: bool = False


@dataclass(frozen=True, slots=True)
class EditContext:
    """What an edit is judged by besides main.

    `addition` finds who added a file and when, for names whose record does not tell; it is called late, on each head
    that the edit is tried on. `asked` finds whose new workspaces pull requests of Helium's bring, by name; it is called
    late as well, where there is a quota. `by_pull_request`: whoever submits the edit can open one, where the fleet
    wants that. `seen`: the commit that the last pass looked at.
    """

    specs: Specs
    requester: Requester
    now: datetime
    records: Mapping[str, Record | CorruptRecord] = field(default_factory=dict)
    addition: Callable[[str], Addition | None] = _unknown_addition
    asked: Callable[[], Mapping[str, str]] = dict
    by_pull_request: bool = False
    seen: str | None = None
