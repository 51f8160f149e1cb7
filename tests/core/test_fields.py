"""Fields of an instance: what their declaration may be, and the schema and the values that come of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from helium.core import fields
from helium.core.digest import Json

REPLICAS = {"type": "integer", "minimum": 1, "maximum": 5, "default": 1, "description": "How many copies run."}


@st.composite
def declarations(draw: st.DrawFn) -> dict[str, Any]:
    """A field of any type with limits, and sometimes a default that fits them."""
    kind = draw(st.sampled_from(fields.TYPES))
    low, high = sorted(draw(st.tuples(st.integers(0, 20), st.integers(0, 20))))
    made: dict[str, Any] = {"type": kind}
    value = draw({"string": st.text("ab", max_size=3), "boolean": st.booleans()}.get(kind, st.integers(low, high)))
    if kind in ("integer", "number") and draw(st.booleans()):
        made |= {"minimum": low, "maximum": high}
    if draw(st.booleans()):
        made["enum"] = [value]
    if draw(st.booleans()):
        made["default"] = value
    return made


@given(each=declarations())
def test_a_good_declaration_makes_a_schema_that_takes_its_default(each: dict[str, Any]) -> None:
    """What `problems` passes is a JSON Schema, in which a spec may leave out whatever has a default."""
    assert () == tuple(fields.problems({"x": each}))
    schema = fields.rules_of({"x": each}).schema
    Draft202012Validator.check_schema(schema)
    wrong = tuple(Draft202012Validator(schema).iter_errors({}))

    assert ("default" not in each) == bool(wrong)
    assert "default" not in each or Draft202012Validator(schema).is_valid({"x": each["default"]})


@given(each=st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9), st.lists, max_leaves=4))
@pytest.mark.parametrize("key", ["type", "enum", "minimum", "maxLength", "pattern", "default", "template"])
def test_no_declaration_is_a_crash(key: str, each: Json) -> None:
    """Whatever stands under a key, the answer is sentences or a schema."""
    for kind in (*fields.TYPES, ""):
        declared = {"x": {**({"type": kind} if kind else {"enum": ["a"]}), key: each}}
        wrong = tuple(fields.problems(declared))
        Draft202012Validator.check_schema(fields.rules_of(declared).schema)

        assert all(at[0] == "x" and sentence for at, sentence in wrong)


@pytest.mark.parametrize(
    ("declared", "at", "words"),
    [
        ([], (), "a mapping"),
        ({"1x": REPLICAS}, ("1x",), "begins with a letter"),
        ({"owner": REPLICAS}, ("owner",), "every spec has a field of this name"),
        ({"x": 3}, ("x",), "{type: integer, default: 1}"),
        ({"x": {"type": "list"}}, ("x", "type"), "string, integer, number, boolean"),
        ({"x": {"default": 1}}, ("x", "type"), "or an enum"),
        ({"x": {**REPLICAS, "default": 1.5}}, ("x", "default"), "not of the type integer"),
        ({"x": {"type": "integer", "maxLength": 3}}, ("x", "maxLength"), "has no maxLength"),
        ({"x": {"enum": ["a"], "pattern": "a"}}, ("x", "pattern"), "the type enum has no pattern"),
        ({"x": {**REPLICAS, "minimum": 9}}, ("x", "minimum"), "nothing would fit"),
        ({"x": {**REPLICAS, "minimum": "1"}}, ("x", "minimum"), "a whole number"),
        ({"x": {**REPLICAS, "default": 9}}, ("x", "default"), "outside of minimum and maximum"),
        ({"x": {**REPLICAS, "default": True}}, ("x", "default"), "not of the type integer"),
        ({"x": {**REPLICAS, "default": None}}, ("x", "default"), "not of the type integer"),
        ({"x": {**REPLICAS, "description": 1}}, ("x", "description"), "text"),
        ({"x": {"type": "string", "maxLength": 2, "default": "abc"}}, ("x", "default"), "longer than maxLength"),
        ({"x": {"type": "string", "pattern": "[a-z]+", "default": "A"}}, ("x", "default"), "does not match"),
        ({"x": {"type": "string", "minLength": -1}}, ("x", "minLength"), "0 or more"),
        ({"x": {"type": "string", "pattern": "["}}, ("x", "pattern"), "not a regular expression"),
        ({"x": {"type": "string", "template": "yes"}}, ("x", "template"), "true or false"),
        ({"x": {"type": "string", "default": "{{ x }}"}}, ("x", "default"), "template: true"),
        ({"x": {"enum": []}}, ("x", "enum"), "a list of the values"),
        ({"x": {"enum": [[]]}}, ("x", "enum"), "a text, a number"),
        ({"x": {"type": "string", "enum": [1]}}, ("x", "enum"), "of the type string"),
        ({"x": {"enum": ["a", 1], "default": True}}, ("x", "default"), "not one of the values of enum"),
    ],
)
def test_what_is_wrong_has_its_place(declared: Json, at: tuple[str, ...], words: str) -> None:
    """Every mistake is told where it is, with what to write."""
    ((place, sentence),) = fields.problems(declared, taken=frozenset({"owner"}))

    assert at == place
    assert words in sentence


def test_a_pattern_is_meant_as_a_whole() -> None:
    """Neither a part of the text nor a line break at its end gets past it."""
    schema = fields.rules_of({"x": {"type": "string", "pattern": "a|b"}}).schema["properties"]["x"]
    fits = [text for text in ("a", "b", "ab", "a\n", "xa") if Draft202012Validator(schema).is_valid(text)]

    assert ["a", "b"] == fits
    assert "text of the form a|b" == schema["title"]


def test_a_text_has_an_end() -> None:
    """A field that says nothing of its length takes no novel."""
    assert fields.LONGEST == fields.rules_of({"x": {"type": "string"}}).schema["properties"]["x"]["maxLength"]


def test_words_are_no_pins() -> None:
    """A workspace is created with defaults, and with what may be a template: not with words and limits."""
    declared = {"replicas": REPLICAS, "note": {"type": "string", "template": True, "description": "Words"}, "bad": 1}

    assert {} == fields.pinned(None)
    assert {"replicas": {"default": 1}, "note": {"template": True}} == fields.pinned(declared)


def test_what_a_spec_says_goes_before_the_default() -> None:
    """Only declared fields count; a whole number that was written as 2.0 is 2."""
    pins = fields.pinned(
        {"replicas": REPLICAS, "size": {"type": "number"}, "ratio": {"type": "number", "default": 0.5}}
    )
    values = fields.values_of(json.loads(json.dumps(pins)), {"replicas": 2.0, "owner": "x"})

    assert {"replicas": 2, "ratio": 0.5} == values
    assert isinstance(values["replicas"], int)


def test_a_template_that_nobody_allowed_is_found() -> None:
    """By the pins, whatever let it in."""
    pins = fields.pinned({"a": {"type": "string"}, "b": {"type": "string", "template": True}})

    assert ("a",) == fields.with_templates(pins, {"a": "{{ x }}", "b": "{{ x }}", "c": 1})
    assert ("b",) == fields.rules_of({"b": {"type": "string", "template": True}, "a": 5}).templates


@pytest.mark.parametrize(
    ("each", "text", "value"),
    [
        ({"type": "integer"}, " 3 ", 3),
        ({"type": "integer"}, "-3", -3),
        ({"type": "integer"}, "3.5", "3.5"),
        ({"type": "integer"}, "9" * 40, "9" * 40),
        ({"type": "number"}, "3.5", 3.5),
        ({"type": "number"}, "nan", "nan"),
        ({"type": "boolean"}, "True", True),
        ({"type": "boolean"}, "off", False),
        ({"type": "boolean"}, "perhaps", "perhaps"),
        ({"enum": ["small", 2, True]}, "2", 2),
        ({"enum": ["small", 2, True]}, "true", True),
        ({"enum": ["small", 2, True]}, "huge", "huge"),
        ({"type": "string"}, " 3 ", " 3 "),
        ({"type": "string"}, "", ""),
        ({"type": "integer"}, 4, 4),
    ],
)
def test_a_text_becomes_what_its_field_is(each: dict[str, Any], text: Json, value: Json) -> None:
    """Of a form or a shell; what does not fit is for the schema to refuse."""
    found = fields.typed({"x": each}, {"x": text, "other": "1"})

    assert {"x": value, "other": "1"} == found
    assert type(value) is type(found["x"])


def test_an_empty_text_is_no_number() -> None:
    """Whoever left it out meant the default."""
    assert {"other": ""} == fields.typed({"x": {"type": "integer"}}, {"x": " ", "other": ""})
