"""Routine: which pull requests are merged without a person, by what they touch, whose that is, and how much. Pure.

Whose a workspace is, its file on main says, and nothing that comes with the pull request. It refuses whatever it cannot
read, and says who must look and why.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from helium.core.fleet import Fleet, RoutineAmounts
from helium.core.spec import Entry, Spec

_PLAIN = "100644"
_SPEC = re.compile(r"workspaces/([^/]+/)?[^/]+\.ya?ml")
_HELD = ("owner", "access", "protected", "backend")
"""Fields whose change is never routine."""
_WORDS = {"adds": "new workspaces", "edits": "changed workspaces", "removes": "workspaces that end"}


@dataclass(frozen=True, slots=True)
class FileSide:
    """A file on one side of a merge. `spec`: what it says; `None` where that cannot be read."""

    mode: str
    spec: Spec | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedSpec:
    """A path that a merge would change: as main has it, and as it would be. `None`: it is not there.

    `asker`: the mail of who wants it. `sooner`: the workspace would end before its deadline. `recorded`: the ledger
    knows the name.
    """

    path: str
    asker: str
    before: FileSide | None
    after: FileSide | None
    sooner: bool = False
    recorded: bool = False

    @property
    def name(self) -> str:
        """The name that it holds."""
        return Entry(self.path, "").name

    @property
    def amounts(self) -> RoutineAmounts:
        """What it counts as."""
        if self.after is None or self.sooner:
            return RoutineAmounts(removes=1)
        return RoutineAmounts(adds=1) if self.before is None else RoutineAmounts(edits=1)


@dataclass(frozen=True, slots=True, order=True)
class PersonNeeded:
    """Why somebody must look, and who."""

    asker: str
    who: str
    why: str

    def __str__(self) -> str:
        return f"{self.asker} must ask {self.who}: {self.why}"


def amounts_by(touched: Iterable[TouchedSpec]) -> dict[str, RoutineAmounts]:
    """What each person wants, by the mail in lower case."""
    wanted = dict[str, RoutineAmounts]()
    for each in touched:
        wanted[each.asker.lower()] = wanted.get(each.asker.lower(), RoutineAmounts()) + each.amounts
    return wanted


def people_needed(
    touched: Sequence[TouchedSpec], *, fleet: Fleet, used: Mapping[str, RoutineAmounts]
) -> tuple[PersonNeeded, ...]:
    """Why a person must look; nothing where all of it is routine. `used`: what each person had in the last 24 hours."""
    if fleet.routine is None or not touched:
        nobody = PersonNeeded("the author", merger(fleet), "helium.yaml on main has no routine" if touched else _EMPTY)
        return (nobody,)
    found = {needed for each in touched for needed in _of_file(each, fleet=fleet)}
    found |= {*_moves(touched, fleet=fleet), *_too_many(touched, fleet=fleet, used=used)}
    return tuple(sorted(found))


_EMPTY = "it changes no workspace's file"


def merger(fleet: Fleet, *, besides: str = "") -> str:
    """Who can let in what is not routine."""
    others = [mail for mail in fleet.admins if mail.lower() != besides.lower()]
    return " or ".join(others[:3]) or "somebody who may merge"


def _of_file(each: TouchedSpec, *, fleet: Fleet) -> Iterator[PersonNeeded]:
    someone = merger(fleet, besides=each.asker)

    def needs(why: str, who: str = "") -> PersonNeeded:
        return PersonNeeded(each.asker, who or someone, why)

    sides = [side for side in (each.before, each.after) if side is not None]
    if not _SPEC.fullmatch(each.path):
        yield needs(f"{each.path} is not a workspace's file")
    elif any(side.mode != _PLAIN for side in sides):
        yield needs(f"{each.path} is, or was, not a plain file")
    elif not sides or any(side.spec is None for side in sides):
        yield needs(f"{each.path} cannot be read as a workspace's file")
    else:
        yield from (needs(*why) for why in _of_fields(each))


_Why = tuple[str, ...]
"""Why, and whom to ask, where that is somebody else than an admin."""


def _of_fields(each: TouchedSpec) -> Iterable[_Why]:
    before, after = (side.spec if side else None for side in (each.before, each.after))
    if before is not None:
        return _against_change(each.name, before, after=after, asker=each.asker)
    return _against_new(each, after) if after else ()


def _against_new(each: TouchedSpec, after: Spec) -> Iterator[_Why]:
    if not after.owner:
        yield (f"{each.name} names no owner",)
    elif after.owner.lower() != each.asker.lower():
        yield (f"{each.name} would belong to {after.owner}", after.owner)
    if after.protected:
        yield (f"{each.name} would be protected",)
    if each.recorded:
        yield (f"the ledger has a workspace {each.name} already",)


def _against_change(name: str, before: Spec, *, after: Spec | None, asker: str) -> Iterator[_Why]:
    if not before.owner:
        yield (f"the file of {name} on main names no owner",)
    elif before.owner.lower() != asker.lower():
        yield (f"{name} belongs to {before.owner}", before.owner)
    if after is None:
        if before.protected:
            yield (f"{name} is protected",)
        return
    for field in _HELD:
        if getattr(before, field) != getattr(after, field):
            yield (f"the {field} of {name} changes",)


def _moves(touched: Sequence[TouchedSpec], *, fleet: Fleet) -> Iterator[PersonNeeded]:
    """A file that goes and comes elsewhere: another folder, another name."""
    for gone in touched:
        for new in touched:
            if gone is not new and gone.after is None and new.before is None and _same(gone, new):
                why = f"{gone.path} becomes {new.path}"
                yield PersonNeeded(new.asker, merger(fleet, besides=new.asker), why)


def _same(gone: TouchedSpec, new: TouchedSpec) -> bool:
    before, after = (side.spec if side else None for side in (gone.before, new.after))
    return gone.name == new.name or (before is not None and after is not None and before.fields == after.fields)


def _too_many(
    touched: Sequence[TouchedSpec], *, fleet: Fleet, used: Mapping[str, RoutineAmounts]
) -> Iterator[PersonNeeded]:
    bounds, wanted = fleet.routine or RoutineAmounts(), amounts_by(touched)
    whole = sum(wanted.values(), RoutineAmounts())
    for key, words in _WORDS.items():
        most, here = getattr(bounds, key), getattr(whole, key)
        if here > most:
            asker = touched[0].asker
            why = f"these are {here} {words}, and routine is {most} in one pull request"
            yield PersonNeeded(asker, merger(fleet, besides=asker), why)
            continue
        for by, own in wanted.items():
            together = getattr(used.get(by, RoutineAmounts()) + own, key)
            if getattr(own, key) and together > most:
                why = f"with these there are {together} {words} within 24 hours, and routine is {most}"
                yield PersonNeeded(by, merger(fleet, besides=by), why)
