"""Who has how many, what bounds that, and the sentence that says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helium.core.fleet import Fleet, Limits
from helium.core.quota import QuotaBook, QuotaError, QuotaPlace, bounds_of, named
from helium.core.spec import team_of

FLEET = Fleet("acme", limits=Limits(per_owner=2, per_team=3, fleet=5), teams={"sales": 1})
ADA = "ada@example.com"


def book(*places: QuotaPlace, fleet: Fleet = FLEET) -> QuotaBook:
    """A book with these places taken."""
    found = QuotaBook(fleet)
    for place in places:
        found.take(place)
    return found


@pytest.mark.parametrize(
    ("path", "team"), [("workspaces/a.yaml", ""), ("workspaces/sales/a.yaml", "sales"), ("workspaces/x/y/a.yaml", "x")]
)
def test_a_team_is_the_folder_below_workspaces(path: str, team: str) -> None:
    """A file that lies in no folder is of no team."""
    assert team == team_of(path)


def test_what_counts_towards_a_place_is_what_the_settings_bound() -> None:
    """Without a setting nothing is counted; without an owner or a team there is none of theirs."""
    assert [] == list(bounds_of(QuotaPlace("a", ADA, "sales"), Fleet("acme")))
    assert ["limits.fleet"] == [each.setting for each in bounds_of(QuotaPlace("a", ""), FLEET)]
    of_team = [(each.setting, each.most) for each in bounds_of(QuotaPlace("a", ADA, "sales"), FLEET)]
    assert [("limits.perOwner", 2), ("teams.sales.quota", 1), ("limits.fleet", 5)] == of_team
    assert 3 == list(bounds_of(QuotaPlace("a", ADA, "lab"), FLEET))[1].most
    assert not Fleet("acme").has_quota
    assert FLEET.has_quota
    assert replace(FLEET, limits=Limits()).has_quota


def test_the_narrowest_bound_without_room_is_the_one_that_is_told() -> None:
    """An owner, whatever the case of the mail; then the team; then the fleet."""
    of_ada = book(QuotaPlace("a", ADA, "lab"), QuotaPlace("b", "Ada@Example.com"))

    assert (full := of_ada.full(QuotaPlace("c", ADA)))
    assert f"{ADA} has 2 of 2 workspaces (limits.perOwner in helium.yaml): a, b." == of_ada.sentence(full)
    assert of_ada.full(QuotaPlace("c", "bob@example.com")) is None


def test_of_a_team_or_a_fleet_only_ones_own_are_named() -> None:
    """Whoever asks can delete only what is theirs."""
    of_sales = book(QuotaPlace("a", ADA, "sales"), QuotaPlace("b", ADA, "sales"))
    full = of_sales.full(QuotaPlace("c", "bob@example.com", "sales"))

    assert full
    said = "The team sales has 2 of 1 workspaces (teams.sales.quota in helium.yaml)."
    assert said == of_sales.sentence(full)
    assert f"{said} Of these, a, b belong to {ADA}." == of_sales.sentence(full, owner=ADA)
    assert f"{said} Of these, none belongs to bob@example.com." == of_sales.sentence(full, owner="bob@example.com")
    of_one = book(QuotaPlace("a", ADA, "sales"))
    assert of_one.sentence(full, owner=ADA).endswith(f"Of these, a belongs to {ADA}.")


def test_a_quota_of_nothing_names_nothing() -> None:
    """A fleet may take no new workspaces at all."""
    closed = Fleet("acme", limits=Limits(per_owner=0))
    full = book(fleet=closed).full(QuotaPlace("a", ADA))

    assert full
    assert f"{ADA} has 0 of 0 workspaces (limits.perOwner in helium.yaml)." == QuotaBook(closed).sentence(full)


def test_many_names_are_cut_short() -> None:
    """A sentence stays one that people read."""
    assert "a, b, c, d, e, f, g, h, i, j and 2 more" == named("lkjihgfedcba")


def test_the_error_says_what_to_do() -> None:
    """It belongs to no field of a form."""
    error = QuotaError("a", "You have 5 of 5 workspaces.")
    assert ("a", "") == (error.name, error.field)
    assert str(error).endswith("Delete one that nobody needs any more, or ask an admin for a higher number.")


def test_how_an_owner_stands() -> None:
    """By each bound that a new workspace would count towards; a team is none of them, since it is a folder."""
    stood = book(QuotaPlace("a", ADA, "lab"), QuotaPlace("b", "bob@example.com")).standing(ADA)

    assert [("owner", 1, 2), ("fleet", 2, 5)] == [(each.of, each.used, each.most) for each in stood]
    assert "The fleet has 2 of 5 workspaces (limits.fleet in helium.yaml). Of these, a belongs to" in stood[1].sentence
