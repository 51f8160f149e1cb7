"""What an export says, without Pulumi: when a stack holds nothing of a cloud, and what a lost answer adds to it."""

from __future__ import annotations

from typing import Any

import pytest

from helium.adapters.engine.export import State, as_lost_create, with_lost_creates
from helium.core.stack import StackId

A = StackId("acme.plain", "a")
ROOT = {"urn": "urn:stack", "type": "pulumi:pulumi:Stack"}
PROVIDER = {"urn": "urn:gcp", "type": "pulumi:providers:gcp", "id": "1"}
OLD = {"urn": "urn:note", "type": "kubernetes:core/v1:ConfigMap", "id": "a/note-1"}
NEW = {"urn": "urn:note", "type": "kubernetes:core/v1:ConfigMap"}


def state(*resources: Any, pending: tuple[Any, ...] = ()) -> State:
    """An export with these."""
    return State(A, {"deployment": {"resources": list(resources), "pending_operations": list(pending)}})


@pytest.mark.parametrize(
    ("found", "bare"),
    [
        (state(), True),
        (state(ROOT, PROVIDER), True),
        (state(ROOT, pending=({"type": "deleting", "resource": PROVIDER},)), True),
        (state(ROOT, OLD), False),
        (state(ROOT, pending=({"type": "creating", "resource": NEW},)), False),
        (state(ROOT, as_lost_create(NEW, id="a/note-2")), False),
    ],
)
def test_bare_is_what_holds_nothing_of_a_cloud(found: State, bare: bool) -> None:
    """The stack's own resource and providers are Pulumi's; anything else, or anything in doubt, may be a cloud's."""
    assert bare == found.is_bare


def test_a_lost_replacement_stands_beside_what_it_was_to_replace() -> None:
    """Pulumi takes no two resources of one URN unless one is to be deleted; looked for, it is a plain one again."""
    deployment = with_lost_creates({"resources": [ROOT, OLD]}, [as_lost_create(NEW, id="a/note-2")])
    found = State(A, {"deployment": deployment})

    assert ([ROOT, OLD], True) == (list(found.certain), deployment["resources"][-1]["delete"])
    assert [{**NEW, "id": "a/note-2", "outputs": {}}] == list(found.creating)


def test_a_lost_create_is_written_down_once() -> None:
    """What the state holds already under that id is not doubted."""
    once = with_lost_creates({"resources": [ROOT]}, [as_lost_create(NEW, id="a/note-2")])

    assert once == with_lost_creates(once, [as_lost_create(NEW, id="a/note-2")])
