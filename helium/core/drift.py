"""What lives in the cloud beside what was made: the differences, field by field, and those that a fleet wants.

Pure. A text never shows what a field of a Secret holds, nor any other text that may be a secret: it names the field. It
refuses to call something in step that nobody could look at: that is in `unseen`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from helium.core.digest import Json
from helium.core.excerpts import excerpt

if TYPE_CHECKING:
    from helium.core.fleet import DriftSettings

LINES = 8
"""How many differences a record keeps, each in a line."""
LONGEST = 160
"""Characters of one of these lines."""
SHOWN = frozenset({"image"})
"""Fields whose text says nothing that anybody keeps secret."""
_ABSENT: Json = object()


class RepairWay(StrEnum):
    """What puts a difference right: the thing is applied again, the stack is updated, or nothing that is known."""

    APPLY = "apply"
    UPDATE = "update"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, order=True)
class DriftedField:
    """One field that is not as it was made. `where`: `KIND/NAME`; no `field`: that thing is gone as a whole.

    `what`: what became of it, as the end of a sentence.
    """

    where: str
    field: str = ""
    what: str = "is gone"
    repair: RepairWay = RepairWay.APPLY

    @property
    def place(self) -> str:
        """How `ignore` names it: `Deployment/app:spec.replicas`."""
        return f"{self.where}:{self.field}" if self.field else self.where

    def __str__(self) -> str:
        return f"{self.where}: {self.field} {self.what}" if self.field else f"{self.where} {self.what}"


@dataclass(frozen=True, slots=True)
class DriftLook:
    """What one look at a workspace found. `unseen`: what could not be looked at, and why, in sentences."""

    differences: tuple[DriftedField, ...] = ()
    unseen: tuple[str, ...] = ()

    def __add__(self, other: DriftLook) -> DriftLook:
        return DriftLook((*self.differences, *other.differences), (*self.unseen, *other.unseen))

    @property
    def can_be_repaired(self) -> bool:
        """Whether a repair would change anything."""
        return any(each.repair is not RepairWay.NOTHING for each in self.differences)

    @property
    def can_be_applied(self) -> bool:
        """Whether something of it can be put back by itself."""
        return any(each.repair is RepairWay.APPLY for each in self.differences)

    @property
    def as_it_is_left(self) -> DriftLook:
        """After all was put back that could be by itself: the rest takes an update."""
        return DriftLook(
            tuple(
                replace(each, repair=RepairWay.UPDATE) if each.repair is RepairWay.APPLY else each
                for each in self.differences
            ),
            self.unseen,
        )

    def without(self, ignored: Iterable[str]) -> DriftLook:
        """The look without the differences that the fleet wants; sorted, and each once."""
        wanted = tuple(ignored)
        kept = (each for each in self.differences if not is_ignored(each.place, wanted))
        return DriftLook(tuple(sorted(set(kept))), tuple(sorted(set(self.unseen))))


@dataclass(frozen=True, slots=True)
class Drift:
    """What a record keeps of the last look. `since`: when the first look found it drifted; `found`: a few lines.

    `repairs`: whether a repair would change anything; `applies`: also one without the program that made it.
    `unseen`: why it could not be looked at whole; empty if it was.
    """

    looked: datetime
    since: datetime | None = None
    found: tuple[str, ...] = ()
    repairs: bool = False
    applies: bool = False
    unseen: str = ""


def is_to_be_repaired(drift: Drift | None, settings: DriftSettings | None) -> bool:
    """Whether a pass puts it right. Where something could not be looked at, a person decides."""
    return settings is not None and settings.repair and drift is not None and drift.repairs and not drift.unseen


def noted(look: DriftLook, *, before: Drift | None, now: datetime) -> Drift:
    """The look as a record keeps it. What an earlier one found is kept where this one could not see everything."""
    found = lines(look)
    unseen = excerpt(look.unseen[0], longest=LONGEST) if look.unseen else ""
    if before and unseen and not found:
        return replace(before, looked=now, unseen=unseen)
    since = (before.since if before else None) or now
    return Drift(now, since if found else None, found, look.can_be_repaired, look.can_be_applied, unseen)


def lines(look: DriftLook) -> tuple[str, ...]:
    """The differences in a few lines."""
    said = [excerpt(str(each), longest=LONGEST) for each in look.differences]
    rest = len(said) - LINES
    return (*said[:LINES], *([f"and {rest} more"] if rest > 0 else []))


def differences(wanted: Json, there: Json, *, secret: bool = False) -> Iterator[tuple[str, str]]:
    """Each field that differs, and what became of it. `secret`: no value is shown.

    In a list, things that have names are told apart by them.
    """
    yield from _compared(wanted, there, at="", secret=secret)


def is_ignored(place: str, ignored: Iterable[str]) -> bool:
    """Whether a place is one of these, or inside of one. `*` stands for any text without a dot."""
    return any(_pattern(each).fullmatch(place) for each in ignored)


def without_ignored(wanted: Json, ignored: Sequence[str], *, where: str) -> Json:
    """What something was made with, without the fields that are not to be looked at, nor put back."""
    return _pruned(wanted, where, at="", ignored=ignored) if ignored else wanted


def _pruned(wanted: Json, where: str, *, at: str, ignored: Sequence[str]) -> Json:
    if isinstance(wanted, Mapping):
        places = {key: f"{at}.{key}" if at else str(key) for key in wanted}
        kept = {key: place for key, place in places.items() if not is_ignored(f"{where}:{place}", ignored)}
        return {key: _pruned(wanted[key], where, at=place, ignored=ignored) for key, place in kept.items()}
    if isinstance(wanted, list):
        items = {f"{at}[{key}]": each for key, each in _items(wanted, named=_are_named(wanted)).items()}
        kept_items = {place: each for place, each in items.items() if not is_ignored(f"{where}:{place}", ignored)}
        return [_pruned(each, where, at=place, ignored=ignored) for place, each in kept_items.items()]
    return wanted


def _compared(wanted: Json, there: Json, *, at: str, secret: bool) -> Iterator[tuple[str, str]]:
    if isinstance(wanted, Mapping) and isinstance(there, Mapping):
        pairs = ((f"{at}.{key}" if at else str(key), key) for key in sorted({*wanted, *there}))
        yield from _inside(wanted, there, pairs=pairs, secret=secret)
    elif isinstance(wanted, list) and isinstance(there, list):
        named = _are_named(wanted) and _are_named(there)
        made, living = _items(wanted, named=named), _items(there, named=named)
        yield from _inside(made, living, pairs=((f"{at}[{key}]", key) for key in {**made, **living}), secret=secret)
    elif wanted != there or isinstance(wanted, bool) != isinstance(there, bool):
        yield at, _became(wanted, there, shown=not secret and _may_be_shown(wanted, there, at=at))


def _inside(
    wanted: Mapping[str, Json], there: Mapping[str, Json], *, pairs: Iterable[tuple[str, str]], secret: bool
) -> Iterator[tuple[str, str]]:
    for at, key in pairs:
        yield from _compared(wanted.get(key, _ABSENT), there.get(key, _ABSENT), at=at, secret=secret)


def _are_named(items: Sequence[Json]) -> bool:
    """Whether each has a name of its own."""
    names = [each.get("name") if isinstance(each, Mapping) else None for each in items]
    return all(isinstance(name, str) for name in names) and len({*names}) == len(names)


def _items(items: Sequence[Json], *, named: bool) -> dict[str, Json]:
    """The items by their names, else by where they stand."""
    return {str(each["name"] if named else index): each for index, each in enumerate(items)}


def _became(wanted: Json, there: Json, *, shown: bool) -> str:
    if there is _ABSENT:
        return "was removed"
    if wanted is _ABSENT:
        return "was added"
    return f"is {_said(there)} and was made as {_said(wanted)}" if shown else "was changed"


def _may_be_shown(wanted: Json, there: Json, *, at: str) -> bool:
    """Numbers and switches, and texts of the few fields that are nobody's secret."""
    plain = bool | int | float
    if all(isinstance(each, plain) or each is None for each in (wanted, there)):
        return True
    texts = isinstance(wanted, str) and isinstance(there, str)
    return texts and at.rpartition(".")[2] in SHOWN


def _said(value: Json) -> str:
    return "empty" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


@cache
def _pattern(ignored: str) -> re.Pattern[str]:
    place, colon, field = ignored.partition(":")
    inside = r"([.\[].*)?" if colon else "(:.*)?"
    return re.compile(f"{_starred(place, but=':')}{colon}{_starred(field, but='.')}{inside}", re.DOTALL)


def _starred(text: str, *, but: str) -> str:
    """As a regular expression in which `*` is any text without that letter."""
    return f"[^{but}]*".join(re.escape(part) for part in text.split("*"))
