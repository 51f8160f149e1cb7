"""What a spec of the backend may say of its own, as values that fit: for a first file, and for an edit of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from helium.conformance.subject import EDIT, SPEC, Subject
from helium.core.digest import Json

_PLAIN = "check"
_VALUES = "values"


def own_fields(subject: Subject) -> Mapping[str, Mapping[str, Any]]:
    """The schema of each field of its own: those of `spec.schema.json`, and those that an instance declares."""
    properties: Mapping[str, Json] = subject.rules.schema.get("properties", {})
    return {name: each for name, each in properties.items() if isinstance(each, Mapping)}


def required_of(subject: Subject) -> frozenset[str]:
    """Those that every spec has to say."""
    return frozenset(subject.rules.schema.get("required", ()))


def offered_by(schema: Mapping[str, Any]) -> list[Json]:
    """The values that a schema itself offers, the most usual one first."""
    return [*([schema["default"]] if "default" in schema else ()), *schema.get("examples", ()), *schema.get("enum", ())]


def first_of(subject: Subject) -> dict[str, Json]:
    """What the first file says: what `check.json` says, and a value for each field that has to be there."""
    own, said = own_fields(subject), subject.tried_with.get(SPEC)
    needed = {name: _values(own[name])[0] for name in sorted(required_of(subject)) if name in own}
    return {**needed, **(said if isinstance(said, Mapping) else {})}


def edit_of(subject: Subject) -> dict[str, Json]:
    """What an edit says: what `check.json` says, else another value for each field of its own that surely has one."""
    said = subject.tried_with.get(EDIT)
    if isinstance(said, Mapping) and set(said) - {_VALUES}:
        return {key: value for key, value in said.items() if key != _VALUES}
    first = first_of(subject)
    return dict(_others(subject, first))


def values_with(subject: Subject, text: str) -> Mapping[str, Json]:
    """Values with this text in them: where `check.json` says that a text may stand, else under a key of the suite."""
    said = subject.tried_with.get(EDIT)
    given = said.get(_VALUES) if isinstance(said, Mapping) else None
    if isinstance(given, Mapping):
        replaced = _with_text(given, text)
        return replaced if isinstance(replaced, Mapping) else {}
    return {"heliumCheck": text}


def _others(subject: Subject, first: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    for name, schema in own_fields(subject).items():
        was = first.get(name, schema.get("default"))
        # A text has a meaning that nobody can guess, so only one that the schema offers will do.
        fitting = offered_by(schema) if schema.get("type") == "string" else _values(schema)
        if others := [each for each in fitting if each != was]:
            yield name, others[0]


def _values(schema: Mapping[str, Any]) -> list[Json]:
    """Values that fit, the most usual one first."""
    said = offered_by(schema)
    match schema.get("type"):
        case "boolean":
            return [*said, False, True]
        case "integer" | "number":
            low = schema.get("minimum", 1)
            high = schema.get("maximum", low + 1)
            return [*said, *dict.fromkeys((low, min(low + 1, high), high))]
        case "array":
            return [*said, []]
        case "object":
            return [*said, {}]
    return [*said, _text(schema)]


def _text(schema: Mapping[str, Any]) -> str:
    """A text that fits if one of a few does; what a pattern wants, only an example can say."""
    low, high = schema.get("minLength", 0), schema.get("maxLength", 1000)
    fitting: list[str] = [
        (text * (low // len(text) + 1))[: max(low, min(high, len(text)))] for text in (_PLAIN, "1", "1.0.0", "a")
    ]
    pattern = schema.get("pattern")
    if not isinstance(pattern, str):
        return fitting[0]
    try:
        return next((text for text in fitting if re.search(pattern, text)), fitting[0])
    except re.error:
        return fitting[0]


def _with_text(value: Json, text: str) -> Json:
    """The values with this text in place of their first text."""
    if isinstance(value, Mapping):
        done, found = dict(value), False
        for key, inner in value.items():
            if not found:
                done[key] = _with_text(inner, text)
                found = done[key] != inner
        return done
    return text if isinstance(value, str) else value
