"""Safeguard `within_quota`: what it holds, who comes in first, and what has a place."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from helium.core.fleet import Limits
from helium.core.observation import Observation
from helium.core.plan import Code, Overrides, Plan
from helium.core.record import CorruptRecord, Phase
from helium.core.spec import Addition, InvalidSpec, Removal
from helium.core.stack import Stack
from helium.errors import Issue
from tests.builders import NOW, decided, fleet_of, record, spec, stack_id

BOB = "bob@example.com"


def bounded(observed: Observation, *, teams: dict[str, int] | None = None, **limits: Any) -> Observation:
    """The same fleet, with a quota."""
    return replace(observed, fleet=replace(observed.fleet, limits=Limits(**limits), teams=teams or {}))


def asking(observed: Observation, *names: str, **changes: Any) -> Observation:
    """With files for these new names, each added a minute after the one before."""
    specs = {name: spec(name, **changes) for name in names}
    additions = {
        name: Addition(name, NOW - timedelta(minutes=60 - at), "c1", "Ada <ada@example.com>", f"blob-{name}")
        for at, name in enumerate(names)
    }
    return replace(observed, specs={**observed.specs, **specs}, additions={**observed.additions, **additions})


def created(plan: Plan) -> list[str]:
    """What would be created."""
    return [change.name for change in plan.work if change.kind == "create"]


def test_within_quota_holds_what_is_one_too_many() -> None:
    """The oldest file comes in, the others wait, and everything else goes on."""
    observed = asking(fleet_of("a", "b"), "z", "y", "x")
    observed = replace(observed, specs={**observed.specs, "a": spec("a", blob="blob-2", description="new")})
    plan = decided(bounded(observed, per_owner=3))
    held = plan.of("y")

    assert (["z"], ["update"]) == (created(plan), [each.kind for each in plan.work if each.name == "a"])
    assert [(Code.QUOTA, ("y", "x"))] == [(each.code, each.names) for each in plan.refusals]
    assert held is not None
    assert held.code is Code.QUOTA
    assert "ada@example.com has 3 of 3 workspaces (limits.perOwner in helium.yaml): a, b, z." in held.reason
    assert ["x", "y", "z"] == created(decided(observed))


@pytest.mark.parametrize(
    ("limits", "teams", "came"),
    [
        ({"per_team": 1}, {}, ["n"]),
        ({}, {"sales": 2}, ["m", "n"]),
        ({"fleet": 3}, {}, ["m", "n"]),
        ({}, {"lab": 0}, ["m", "n", "o"]),
    ],
    ids=["each team", "one team", "the fleet", "another team"],
)
def test_within_quota_counts_teams_and_the_fleet(
    limits: dict[str, Any], teams: dict[str, int], came: list[str]
) -> None:
    """A team is a folder; a number of its own goes before the one of all teams."""
    observed = fleet_of("a")
    for name in ("n", "m", "o"):
        observed = asking(observed, name, path=f"workspaces/sales/{name}.yaml")
    dates = {
        name: replace(observed.additions[name], added_at=NOW - timedelta(minutes=9 - at))
        for at, name in enumerate("nmo")
    }

    assert came == created(decided(bounded(replace(observed, additions=dates), teams=teams, **limits)))


def test_within_quota_never_holds_what_is_there() -> None:
    """A bound that was lowered since ends nothing, holds no update, and no retry of what was let in once."""
    observed = fleet_of("a", "b", "c")
    unmade = record("c", phase=Phase.FAILED, spec_blob=None, observed_at=None, error="no room")
    listing = replace(observed.listing, stacks=observed.listing.stacks[:2])
    observed = replace(observed, records={**observed.records, "c": unmade}, listing=listing)
    plan = decided(bounded(observed, per_owner=1))

    assert (["c"], ()) == (created(plan), plan.refusals)


def test_a_place_is_free_as_soon_as_nothing_holds_its_removal() -> None:
    """Nobody waits until the cloud has deleted it. What is kept by a safeguard still has its place."""
    observed = asking(fleet_of("a", "b"), "new")
    gone = replace(observed, specs={name: observed.specs[name] for name in ("b", "new")})
    kept = replace(gone, records={**gone.records, "a": record("a", protected=True)})

    assert ["new"] == created(decided(bounded(gone, per_owner=2)))
    assert [] == created(decided(bounded(kept, per_owner=2)))
    deleting = replace(gone, records={**gone.records, "a": record("a", phase=Phase.DELETING)}, at_work=frozenset("a"))
    assert ["new"] == created(decided(bounded(deleting, per_owner=2)))


def test_what_is_at_work_has_its_place() -> None:
    """The round that comes while it is created does not give its place away."""
    observed = asking(fleet_of("a"), "new", "begun")
    at_work = replace(observed, at_work=frozenset({"begun"}))

    assert [] == created(decided(bounded(at_work, per_owner=2)))


def test_a_new_incarnation_counts_once_and_takes_the_place_that_it_left() -> None:
    """Whoever replaces a workspace does not lose it to somebody who waits."""
    observed = asking(fleet_of("a", "b"), "older", "a")
    again = replace(observed.additions["a"], blob="blob-2")
    observed = replace(
        observed,
        specs={**observed.specs, "a": spec("a", blob="blob-2")},
        additions={**observed.additions, "a": again},
    )
    removed = record("a", removed=Removal("a", "c0", NOW - timedelta(hours=2), "request"))
    first = bounded(replace(observed, records={**observed.records, "a": removed}), per_owner=2)
    assert [("destroy", "a")] == [(each.kind, each.name) for each in decided(first).work]

    ended = replace(removed, phase=Phase.GONE, emptied=NOW)
    listing = replace(observed.listing, stacks=(Stack(stack_id("b")),))
    then = bounded(replace(first, records={**first.records, "a": ended}, listing=listing), per_owner=2)
    assert ["a"] == created(decided(then))


def test_what_ended_or_never_lived_has_no_place() -> None:
    """A file that only waits to be removed, one with errors, and a record that is about to be dropped."""
    observed = asking(fleet_of("a"), "new")
    over = replace(spec("over"), expiry=NOW - timedelta(hours=1))
    wrong = InvalidSpec("wrong", "workspaces/wrong.yaml", "b", (Issue("workspaces/wrong.yaml", 1, 1, "", "odd"),))
    gone = record("gone", phase=Phase.GONE, emptied=NOW)
    observed = replace(
        observed,
        specs={**observed.specs, "over": over, "wrong": wrong},
        records={**observed.records, "gone": gone},
    )

    assert ["new"] == created(decided(bounded(observed, fleet=2)))


def test_what_nobody_can_read_has_a_place() -> None:
    """A record that cannot be read may be of a workspace that lives; so may a file with errors."""
    observed = asking(fleet_of("a"), "new")
    wrong = InvalidSpec("a", "workspaces/a.yaml", "b", (Issue("workspaces/a.yaml", 1, 1, "", "odd"),))
    unread = {"x": CorruptRecord("x", "records/x.json", "x cannot be read")}

    assert [] == created(decided(bounded(replace(observed, records={**observed.records, **unread}), fleet=2)))
    assert [] == created(decided(bounded(replace(observed, specs={**observed.specs, "a": wrong}), per_owner=1)))


def test_a_person_may_let_one_in() -> None:
    """It is named, and it takes a place, so the others wait for as long as before."""
    observed = bounded(asking(fleet_of("a"), "m", "n"), per_owner=1)
    (refusal,) = decided(observed).refusals

    assert "--over-quota m --over-quota n" == refusal.override
    assert ["n"] == created(decided(observed, overrides=Overrides(over_quota=frozenset("n"))))


def test_a_pause_hides_no_quota() -> None:
    """A branch is judged by what a pass does when the pause is over: there, what goes gives its place back."""
    observed = bounded(asking(fleet_of("a", "b"), "m", "n"), per_owner=2)
    paused = replace(
        observed,
        fleet=replace(observed.fleet, paused=True),
        specs={k: v for k, v in observed.specs.items() if k != "a"},
    )
    plan = decided(paused)

    assert [] == created(plan)
    assert [Code.PAUSED, Code.QUOTA] == [each.code for each in plan.refusals]
    assert ("n",) == plan.refusals[1].names


def test_owners_are_those_that_everybody_sees() -> None:
    """Of two owners each has a quota; a file without an owner is its author's."""
    observed = asking(asking(fleet_of("a"), "m", owner=BOB), "n", owner="")

    assert ["m"] == created(decided(bounded(observed, per_owner=1)))
