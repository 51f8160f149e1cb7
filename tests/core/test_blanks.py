"""Blanks in a backend's settings: what is filled, what is left alone, and what is a mistake."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helium.core import blanks
from helium.core.digest import Json

KNOWN: dict[str, dict[str, Json]] = {
    "workspace": {"name": "demo", "fleet": "acme"},
    "fields": {"replicas": 3, "ratio": 0.5, "on": True, "no": None},
}
ALLOWED = {"workspace": ("name", "fleet"), "fields": ("replicas", "message")}
TEXTS = st.text(alphabet="${}.abfieldsworkspacename \\\"'\n", max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        ("https://${workspace.name}.example.com", "https://demo.example.com"),
        ("${fields.replicas}", 3),
        ("${fields.replicas} copies, ${fields.on}, ${fields.ratio}${fields.no}", "3 copies, true, 0.5"),
        ("${fields.on}", True),
        ("${fields.no}", None),
        ("$${workspace.name}", "${workspace.name}"),
        ("$$${workspace.name}", "$${workspace.name}"),
        ("$${HOME}", "${HOME}"),
        ("${HOME} {name} {{ .Values.x }} $(POD) ${X:-y} $name ${workspace}", ...),
        ("${env.name}", ...),
        ({"${workspace.name}.x": ["${fields.replicas}", {"a": 1}], "b": None}, {"demo.x": [3, {"a": 1}], "b": None}),
        (7, 7),
    ],
)
def test_what_is_filled_and_what_stays(value: Json, filled: Json) -> None:
    """A dotted blank of ours is filled; whatever means something to others stays as it is (`...`)."""
    assert (value if filled is ... else filled) == blanks.filled(value, KNOWN)


@given(said=TEXTS)
def test_what_a_spec_says_is_not_filled_again(said: str) -> None:
    """A text of a spec arrives as it was written, alone and within another one, whatever it looks like."""
    known = {**KNOWN, "fields": {"message": said}}

    assert said == blanks.filled("${fields.message}", known)
    assert f"<{said}>" == blanks.filled("<${fields.message}>", known)


@given(value=JSON)
def test_what_has_no_blanks_stays(value: Json) -> None:
    """Values without a dollar come out as they went in, and have no problems."""
    if "$" not in str(value):
        assert value == blanks.filled(value, KNOWN)
        assert () == tuple(blanks.problems(value, ALLOWED))


@given(value=TEXTS)
def test_what_has_no_problems_can_be_filled(value: str) -> None:
    """Whatever passes the look at the settings can be filled when a workspace is created."""
    if not tuple(blanks.problems(value, {root: tuple(names) for root, names in KNOWN.items()})):
        blanks.filled(value, KNOWN)


@given(value=TEXTS)
def test_a_dollar_more_makes_any_text_literal(value: str) -> None:
    """Each `${` of a text written as `$${` comes out as the text, if no other dollar stands before it."""
    if "$${" not in value:
        assert value == blanks.filled(value.replace("${", "$${"), KNOWN)


@pytest.mark.parametrize(
    ("value", "at", "words"),
    [
        (
            "${workspace.nam}",
            (),
            "${workspace.nam} stands for nothing; there are: ${workspace.fleet}, ${workspace.name}",
        ),
        ("${fields.}", (), "stands for nothing"),
        ({"a": ["x", "${fields.size}"]}, ("a", 1), "${fields.size} stands for nothing"),
        ("${workspace.deadline}", (), "changes without an update"),
        ("a ${workspace.name", (), "is not closed"),
        ("${workspace.${fields.replicas}}", (), "is not closed"),
        ({"${fields.message}": 1}, ("${fields.message}",), "none here"),
    ],
)
def test_what_stands_for_nothing_is_a_mistake(value: Json, at: tuple[str | int, ...], words: str) -> None:
    """Below a root of ours every name is known; a key is never chosen by a spec."""
    ((place, sentence),) = blanks.problems(value, ALLOWED)

    assert at == place
    assert words in sentence


def test_a_blank_without_a_value_is_never_empty() -> None:
    """What the check of the settings has missed is an error, and not an empty text."""
    with pytest.raises(KeyError):
        blanks.filled("x ${workspace.host}", KNOWN)


def test_what_is_known_is_no_mistake() -> None:
    """Known names, literal ones, and other roots."""
    value = {"${workspace.name}": "${fields.replicas} $${fields.x} ${env.x}"}

    assert () == tuple(blanks.problems(value, ALLOWED))


def test_names_of_a_root() -> None:
    """What is used of a root, in texts and keys."""
    value = {"${outputs.a}": ["${outputs.b} ${workspace.name}", 5], "c": "$${outputs.d}"}

    assert {"a", "b"} == blanks.used(value, "outputs")
