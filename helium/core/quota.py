"""Quota: how many workspaces an owner, a team and the fleet may have, who has how many, and the sentence that says so.

Pure. A team is the folder of a file below `workspaces/`. Without a bound in `helium.yaml` nothing is counted. It
decides about new workspaces alone: what is there stays, even where a bound was lowered since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from helium.core.fleet import SETTINGS, Fleet
from helium.errors import RefusedError

_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class QuotaPlace:
    """What one workspace takes. `owner` is a mail, `team` a folder; each is empty where nobody knows, or there is none.

    It counts for the fleet all the same.
    """

    name: str
    owner: str
    team: str = ""


@dataclass(frozen=True, slots=True)
class QuotaBound:
    """One bound. `whose`: who has that many, in words; `setting`: where `helium.yaml` says it."""

    key: tuple[str, str]
    whose: str
    most: int
    setting: str


@dataclass(frozen=True, slots=True)
class QuotaStanding:
    """How many there are of how many: of one `owner`, or in the `fleet`."""

    of: str
    used: int
    most: int
    sentence: str


def bounds_of(place: QuotaPlace, fleet: Fleet) -> Iterator[QuotaBound]:
    """What a place counts towards, the narrowest first."""
    limits, team = fleet.limits, place.team
    if limits.per_owner is not None and place.owner:
        yield QuotaBound(("owner", place.owner.lower()), place.owner, limits.per_owner, "limits.perOwner")
    of_team = fleet.teams.get(team, limits.per_team) if team else None
    if of_team is not None:
        setting = f"teams.{team}.quota" if team in fleet.teams else "limits.perTeam"
        yield QuotaBound(("team", team), f"The team {team}", of_team, setting)
    if limits.fleet is not None:
        yield QuotaBound(("fleet", ""), "The fleet", limits.fleet, "limits.fleet")


@dataclass(frozen=True, slots=True)
class QuotaBook:
    """Who has how many: filled by `take`, and asked whether there is room for another one."""

    fleet: Fleet
    taken: dict[tuple[str, str], list[QuotaPlace]] = field(default_factory=dict)

    def take(self, place: QuotaPlace) -> None:
        """Count one, even beyond a bound."""
        # A fleet of ten thousand is counted for each request: the sentences of its bounds are made when one is full.
        limits = self.fleet.limits
        if limits.per_owner is not None and place.owner:
            self.taken.setdefault(("owner", place.owner.lower()), []).append(place)
        if place.team:
            self.taken.setdefault(("team", place.team), []).append(place)
        if limits.fleet is not None:
            self.taken.setdefault(("fleet", ""), []).append(place)

    def full(self, place: QuotaPlace) -> QuotaBound | None:
        """The first bound that has no room for it."""
        return next((bound for bound in bounds_of(place, self.fleet) if self.used(bound) >= bound.most), None)

    def used(self, bound: QuotaBound) -> int:
        """How many there are of what a bound counts."""
        return len(self.taken.get(bound.key, ()))

    def standing(self, owner: str) -> tuple[QuotaStanding, ...]:
        """How this owner stands, by each bound that a new workspace without a team would count towards."""
        return tuple(
            QuotaStanding(bound.key[0], self.used(bound), bound.most, self.sentence(bound, owner=owner))
            for bound in bounds_of(QuotaPlace("", owner), self.fleet)
        )

    def sentence(self, bound: QuotaBound, *, owner: str = "") -> str:
        """How many there are, of how many, and which; of a whole team or fleet only those of this owner."""
        places = self.taken.get(bound.key, ())
        said = f"{bound.whose} has {len(places)} of {bound.most} workspaces ({bound.setting} in {SETTINGS})"
        if bound.key[0] == "owner":
            return f"{said}: {named(each.name for each in places)}." if places else f"{said}."
        if not owner:
            return f"{said}."
        own = [each.name for each in places if each.owner.lower() == owner.lower()]
        belong = f"{named(own)} {'belong' if len(own) > 1 else 'belongs'}" if own else "none belongs"
        return f"{said}. Of these, {belong} to {owner}."


def named(names: Iterable[str]) -> str:
    """Some names, in their order, and how many more there are."""
    known = sorted(names)
    more = f" and {len(known) - _MOST_NAMED} more" if len(known) > _MOST_NAMED else ""
    return ", ".join(known[:_MOST_NAMED]) + more


class QuotaError(RefusedError):
    """A new workspace would be one too many for its owner, its team or the fleet."""

    field = ""

    def __init__(self, name: str, why: str) -> None:
        todo = "Delete one that nobody needs any more, or ask an admin for a higher number."
        super().__init__(name, f"{why} {todo}")
