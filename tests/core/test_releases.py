"""Releases that need each other: their order, and what has none; and the facts that blanks of a workspace stand for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helium.core import releases
from helium.core.spec import Spec
from helium.core.workspace import Workspace, namespaced
from helium.core.workspace_facts import NAMES, facts_of

GRAPHS = st.dictionaries(
    st.sampled_from("abcd"), st.fixed_dictionaries({"needs": st.lists(st.sampled_from("abcd"), max_size=3)}), min_size=1
)


@given(graph=GRAPHS)
def test_what_has_no_problems_has_an_order(graph: dict[str, Any]) -> None:
    """Each comes after those that it needs; and what cannot be ordered was told of before."""
    if tuple(releases.problems(graph)):
        with pytest.raises(ValueError, match=r"^[a-d]"):
            releases.ordered(graph)
        return
    order = releases.ordered(graph)

    assert sorted(graph) == sorted(order)
    assert all(order.index(need) < order.index(name) for name in graph for need in graph[name]["needs"])


@pytest.mark.parametrize(
    ("graph", "at", "words"),
    [
        ({"a": {"needs": ["db"]}, "b": {}}, ("a", "needs", 0), "there is no release db; there are: a, b"),
        ({"a": {"needs": ["b"]}, "b": {"needs": ["a"]}, "c": {}}, ("a", "needs"), "these need each other: a, b"),
        ({"a": {"needs": ["a"]}}, ("a", "needs"), "these need each other: a"),
    ],
)
def test_what_has_no_order_has_a_sentence(graph: dict[str, Any], at: tuple[str | int, ...], words: str) -> None:
    """With its place."""
    ((place, sentence),) = releases.problems(graph)

    assert at == place
    assert words in sentence


def test_what_is_no_mapping_is_for_the_schema_to_tell() -> None:
    """It needs nothing."""
    assert () == tuple(releases.problems(["a"]))
    assert ("a", "b") == releases.ordered({"b": {"needs": "a"}, "a": 5})


def test_facts_of_a_workspace() -> None:
    """Each name that a setting may have is there; the host is filled from the others."""
    spec = Spec("demo", "workspaces/demo.yaml", "blob", "shop")
    added_at = datetime(2026, 11, 24, tzinfo=UTC)
    place = {"host": "${workspace.name}-${workspace.incarnation}.${workspace.fleet}.example.com"}
    demo = Workspace("acme", spec, "ada@example.com", added_at, added_at, placement=place)
    facts = facts_of(demo)

    assert set(NAMES) == set(facts)
    assert f"demo-{int(added_at.timestamp())}.acme.example.com" == facts["host"]
    assert ("demo", "owner", "shop") == (facts["namespace"], facts["access"], facts["backend"])
    assert "host" not in facts_of(Workspace("acme", spec, "a", added_at, added_at))


def test_the_context_that_acts_for_a_workspace() -> None:
    """No cluster's name has a slash."""
    assert "ci/demo" == namespaced("ci", "demo")
