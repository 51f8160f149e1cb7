"""Workspaces of an instance: they keep its kind, and need neither its settings nor its folder to be destroyed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from helium.core.digest import Json
from helium.core.fleet import KIND, kind_in
from helium.core.observation import Observation, Recipe
from helium.core.spec import InvalidSpec
from helium.core.stack import Listing, Stack
from helium.errors import Issue
from tests.builders import NOW, PINS, decided, fleet_of, ownership, record, spec, stack_id

SHOP = "shop"
HELM = {"cluster": "ci", KIND: "helm"}
RECIPE = Recipe("program-1", placement=HELM, pins={"charts": "1"})


def fleet(backends: dict[str, dict[str, Json]], **changes: Any) -> Observation:
    """A workspace of the instance `shop`, in step with its file, in a fleet with these settings."""
    stack = stack_id("a", SHOP)
    plain = fleet_of(
        "a",
        specs={"a": spec(backend=SHOP, fields={"backend": SHOP})},
        records={"a": record(backend=SHOP, stack=str(stack), placement=HELM)},
        listing=Listing((Stack(stack),), marker=True),
        ownerships={stack: ownership(backend=SHOP, placement=HELM)},
        recipes={SHOP: RECIPE} if SHOP in backends else {},
    )
    of_them = replace(plain, fleet=replace(plain.fleet, backends=backends))
    return replace(of_them, **changes)


def plan_of(observed: Observation) -> tuple[str, str]:
    """The kind and code of the one change."""
    change = next(each for each in decided(observed).changes if each.name == "a")
    return change.kind, change.code.value


EDITED = {"a": spec(backend=SHOP, blob="blob-2", fields={"backend": SHOP, "replicas": 2})}
LONGER = {"a": spec(backend=SHOP, blob="blob-2", fields={"backend": SHOP}, expiry=None)}


def test_an_instance_is_a_backend_of_its_own() -> None:
    """It is in step, and an edit of its file updates it, with its own recipe."""
    shop = {SHOP: {"backend": "helm"}}

    assert ("keep", "in-step") == plan_of(fleet(shop))
    assert ("update", "spec-changed") == plan_of(fleet(shop, specs=EDITED))


@pytest.mark.parametrize("specs", [EDITED, LONGER], ids=["edited", "metadata"])
@pytest.mark.parametrize(
    "settings",
    [{"backend": "other"}, {"cluster": "ci"}, {"backend": "gcp-namespace"}],
    ids=["another kind", "no instance", "a built-in"],
)
def test_an_entry_that_becomes_another_backend_turns_nothing_into_that(
    settings: dict[str, Json], specs: dict[str, object]
) -> None:
    """Another program declares none of what a workspace has, so its `up` would delete all of it."""
    observed = fleet({SHOP: settings}, specs=specs, rolled=frozenset("a"))
    (change,) = decided(observed).changes

    assert ("keep", "backend-changed") == (change.kind, change.code.value)
    assert "helm created it" in change.reason


def test_a_backend_s_own_name_that_becomes_an_instance_is_another_backend() -> None:
    """The same the other way round: what the folder `shop` created is not the instance's."""
    own = record(backend=SHOP, stack=str(stack_id("a", SHOP)))
    observed = fleet({SHOP: {"backend": "helm"}}, records={"a": own}, specs=EDITED)

    assert ("keep", "backend-changed") == plan_of(observed)


def test_an_instance_that_was_taken_out_keeps_what_has_a_file() -> None:
    """The file is an error then, and the workspace stays until its deadline."""
    issue = Issue("workspaces/a.yaml", 1, 1, "/backend", "this fleet does not have the backend shop")
    broken = {"a": InvalidSpec("a", "workspaces/a.yaml", "blob-a", (issue,))}

    assert ("keep", "invalid-spec") == plan_of(fleet({}, specs=broken))


def test_it_is_destroyed_after_the_instance_was_taken_out() -> None:
    """A destroy needs no settings: the file is gone as well, or the time is over."""
    late = record(backend=SHOP, stack=str(stack_id("a", SHOP)), placement=HELM, deadline=NOW)

    assert ("destroy", "file-removed") == plan_of(fleet({}, specs={"b": spec("b", expiry=NOW)}))
    assert ("destroy", "expired") == plan_of(fleet({}, specs={}, records={"a": late}))


def test_the_kind_is_part_of_the_placement() -> None:
    """A workspace of a backend that is no instance has the backend's own name as its kind."""
    assert "helm" == kind_in(HELM, backend=SHOP)
    assert SHOP == kind_in({}, backend=SHOP)


def test_what_was_destroyed_may_come_back_as_another_kind() -> None:
    """Nothing is left that another program could delete."""
    gone = record(backend=SHOP, stack=str(stack_id("a", SHOP)), placement=HELM, emptied=NOW)
    observed = fleet({SHOP: {"backend": "other"}}, records={"a": gone}, listing=Listing(marker=True), specs=EDITED)

    assert plan_of(observed)[0] == "create"


def test_words_of_an_instance_roll_nothing() -> None:
    """The pins are the same, whatever the settings say to people."""
    observed = fleet({SHOP: {"backend": "helm", "description": "Another word", "connect": [{"label": "Go"}]}})

    assert PINS == {**RECIPE.pins, "program": RECIPE.program}
    assert ("keep", "in-step") == plan_of(observed)
