"""How a user's Helm values go over Helium's, and what they may not touch."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helium.core.helm_values import kept, merge, refused, revealed, secret_name, secrets_in

KEYS = st.sampled_from(["a", "b", "c", "d"])
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=3), st.just([1]), st.just({"fromSecret": "X"})
)
VALUES = st.dictionaries(
    KEYS, st.recursive(LEAVES, lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=9)
)
PATHS = st.lists(st.lists(KEYS, min_size=1, max_size=3).map(".".join), max_size=4)


def at(values: Any, path: tuple[str, ...]) -> Any:
    """What stands at a path; `...` for nothing."""
    for key in path:
        if not isinstance(values, dict) or key not in values:
            return ...
        values = values[key]
    return values


def test_mappings_merge_and_all_else_replaces() -> None:
    """A user's mapping goes into Helium's key by key; a list or a scalar replaces; a null stays for Helm."""
    own = {"pachd": {"image": {"tag": "1"}, "list": [1, 2], "gone": {"x": 1}}, "kept": 1}

    merged = merge(own, {"pachd": {"image": {"pull": "Always"}, "list": [3], "gone": None}})

    assert {"pachd": {"image": {"tag": "1", "pull": "Always"}, "list": [3], "gone": None}, "kept": 1} == merged


def test_merging_changes_neither_side() -> None:
    """Helium's own values can be used again for the next workspace."""
    own = {"a": {"b": 1}}

    merge(own, {"a": {"c": 2}})

    assert {"a": {"b": 1}} == own


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"ingress": {"host": "evil.example.com"}}, [("ingress", "host")]),
        ({"ingress": {"tls": {"secretName": "x"}}}, [("ingress", "tls")]),
        ({"ingress": None}, [("ingress",)]),
        ({"ingress": "text"}, [("ingress",)]),
        ({"ingress": [1]}, [("ingress",)]),
        ({"ingress": {"fromSecret": "X"}}, [("ingress",)]),
        ({"ingress": {}}, []),
        ({"ingress": {"annotations": {"a.b/c": "d"}}}, []),
        ({"other": {"host": 1}, "ingress.host": "x"}, []),
    ],
)
def test_what_is_refused(values: dict[str, Any], found: list[tuple[str, ...]]) -> None:
    """At a locked path, below it, or by replacing what lies above it."""

    assert tuple(found) == refused(values, ("ingress.host", "ingress.tls"))


@pytest.mark.parametrize(
    ("trusted", "found"),
    [
        (("ingress",), ()),
        (("ingress.tls",), ()),
        (("ingress.tls.secretName",), (("ingress", "tls", "enabled"),)),
        (("ingress.host",), (("ingress", "tls"),)),
    ],
)
def test_trusted_paths_are_let_through(trusted: tuple[str, ...], found: tuple[tuple[str, ...], ...]) -> None:
    """What `helium.yaml` trusts may be set, and no more than that."""
    values = {"ingress": {"tls": {"enabled": False, "secretName": "x"}}}

    assert found == refused(values, ("ingress.tls",), trusted=trusted)


@given(own=VALUES, users=VALUES, locked=PATHS)
def test_locked_paths_stay_helium_s(own: dict[str, Any], users: dict[str, Any], locked: list[str]) -> None:
    """Whatever a user writes, what stands at a locked path is what Helium put there."""
    merged = merge(own, kept(users, locked))

    for path in (tuple(one.split(".")) for one in locked):
        assert at(own, path) == at(merged, path)


@given(own=VALUES, users=VALUES)
def test_users_win(own: dict[str, Any], users: dict[str, Any]) -> None:
    """Without locks, every leaf that a user wrote stands in the result."""
    merged = merge(own, kept(users, ()))

    def leaves(value: Any, above: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
        if isinstance(value, dict) and value:
            return [leaf for key, inner in value.items() for leaf in leaves(inner, (*above, key))]
        return [] if value == {} else [(above, value)]

    assert [] == [path for path, leaf in leaves(users) if at(merged, path) != leaf]


@given(users=VALUES, locked=PATHS, trusted=PATHS)
def test_what_is_kept_is_not_refused(users: dict[str, Any], locked: list[str], trusted: list[str]) -> None:
    """Leaving out what is refused leaves nothing to refuse."""

    assert () == refused(kept(users, locked, trusted=trusted), locked, trusted=trusted)


def test_secrets_are_found_at_any_depth() -> None:
    """Each `{fromSecret: NAME}` is replaced, in lists too; a mapping with more keys is none."""
    values = {"a": {"fromSecret": "X"}, "b": [{"c": {"fromSecret": "Y"}}], "d": {"fromSecret": "X", "e": 1}}

    assert {"a": "<X>", "b": [{"c": "<Y>"}], "d": {"fromSecret": "X", "e": 1}} == revealed(values, "<{}>".format)


@pytest.mark.parametrize("value", [None, "X", {"fromSecret": 1}, {"fromSecret": "X", "more": 1}, {}])
def test_what_names_no_secret(value: Any) -> None:
    """Only a mapping of that one key to a text names a secret."""

    assert secret_name(value) is None


@pytest.mark.parametrize(
    ("users", "left"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 2}}),
        ({"a": {"b": 1}, "d": 3}, {"d": 3}),
        ({"a": {}}, {"a": {}}),
        ({"a": 5}, {}),
        ({"d": {}, "e": None}, {"d": {}, "e": None}),
    ],
    ids=["beside it", "nothing beside it", "empty before", "across it", "elsewhere"],
)
def test_what_is_refused_is_left_out_with_what_held_only_that(users: dict[str, Any], left: dict[str, Any]) -> None:
    """A mapping that leaving out emptied does not go over Helium's own; one that a person wrote empty stays."""
    assert left == kept(users, ["a.b"])


def test_the_names_of_all_secrets() -> None:
    """However deep, in mappings and lists."""
    values = {"a": {"fromSecret": "ONE"}, "b": [{"c": {"fromSecret": "TWO"}}, "text", 5], "fromSecret": 3}

    assert ["ONE", "TWO"] == list(secrets_in(values))
