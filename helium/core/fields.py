"""What a spec may say to an instance of a backend, as `fields:` in `helium.yaml` declares it. Pure.

Each field becomes a property of the JSON Schema that the instance's specs are checked against, by `helium validate`,
the API and the form alike. A declaration that cannot be used is told by `problems`; in the schema it then allows
anything, since its backend creates nothing until it is mended.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from helium.core.digest import Json

TYPES = ("string", "integer", "number", "boolean")
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER = re.compile(r"[-+]?[0-9]{1,18}(\.[0-9]{1,18})?")
LONGEST = 1000
"""Characters of a text whose field says nothing else."""
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")
_OF_TYPE = {
    "string": ("minLength", "maxLength", "pattern", "template"),
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
    "boolean": (),
    "": (),
}
_ALWAYS = ("type", "enum", "default", "description")
_PYTHON: Mapping[str, type | tuple[type, ...]] = {"string": str, "integer": int, "number": (int, float)}


@dataclass(frozen=True, slots=True)
class FieldRules:
    """What the fields of one instance add to its specs: a schema, and which of them hold templates."""

    schema: Mapping[str, Json] = field(default_factory=dict)
    templates: tuple[str, ...] = ()


def rules_of(fields: Json) -> FieldRules:
    """The schema of a declaration: a property for each field; required are those without a default."""
    declared = {name: each for name, each in _declared(fields) if not tuple(_problems(each))}
    required = [name for name, each in declared.items() if "default" not in each]
    schema = {
        "properties": {name: _property(declared.get(name)) for name, _ in _declared(fields)},
        **({"required": required} if required else {}),
    }
    return FieldRules(schema, tuple(name for name, each in declared.items() if each.get("template") is True))


def problems(fields: Json, *, taken: frozenset[str] = frozenset()) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is wrong with a declaration: a place in it and a sentence. `taken`: the fields that every spec has."""
    if not isinstance(fields, Mapping):
        yield (), "this must be a mapping: a name and a type for each field"
        return
    for name, each in fields.items():
        if not NAME.fullmatch(name):
            yield (name,), "a field's name has letters, digits, dashes and underscores, and begins with a letter"
        elif name in taken:
            yield (name,), "every spec has a field of this name; choose another one"
        elif not isinstance(each, Mapping):
            yield (name,), "this must be a mapping with a type, as in {type: integer, default: 1}"
        else:
            yield from (((name, *at), sentence) for at, sentence in _problems(each))


def pinned(fields: Json) -> dict[str, Json]:
    """What of a declaration a workspace is created with: defaults, and which texts are templates. No words of it."""
    kept = ("default", "template")
    return {name: {key: each[key] for key in kept if key in each} for name, each in _declared(fields)}


def values_of(pins: Json, said: Mapping[str, Json]) -> dict[str, Json]:
    """Each field's value for one workspace: what its spec says, else the default. One with neither is left out."""
    values = {name: each["default"] for name, each in _declared(pins) if "default" in each}
    values |= {name: said[name] for name, _ in _declared(pins) if name in said}
    return {name: _whole(value) for name, value in values.items()}


def typed(fields: Json, said: Mapping[str, Json]) -> dict[str, Json]:
    """`said` with each text of a declared field as a value of the field's type: a form and a shell only have texts.

    What does not fit stays as it is, for the schema to refuse. An empty text is no number, and counts as not said.
    """
    declared, values = dict(_declared(fields)), dict[str, Json]()
    for name, value in said.items():
        each = declared.get(name)
        if each is None or not isinstance(value, str) or each.get("type") == "string":
            values[name] = value
        elif value.strip():
            values[name] = _of_text(value.strip(), each)
    return values


def with_templates(pins: Json, values: Mapping[str, Json]) -> tuple[str, ...]:
    """The fields whose text begins a template, although their declaration does not allow one."""
    allowed = {name for name, each in _declared(pins) if each.get("template") is True}
    texts = {name for name, value in values.items() if isinstance(value, str) and "{{" in value}
    return tuple(sorted(texts - allowed))


def _declared(fields: Json) -> Iterator[tuple[str, Mapping[str, Json]]]:
    if isinstance(fields, Mapping):
        yield from ((name, each) for name, each in fields.items() if isinstance(each, Mapping))


def _problems(each: Mapping[str, Json]) -> Iterator[tuple[tuple[str, ...], str]]:
    kind = each.get("type", "")
    if kind not in TYPES and ("type" in each or "enum" not in each):
        yield ("type",), f"write one of {', '.join(TYPES)}, or an enum with the values to choose from"
        return
    for key in each:
        if key not in (*_ALWAYS, *_OF_TYPE[kind]):
            yield (key,), f"a field of the type {kind or 'enum'} has no {key}; remove it"
    wrong = (*_wrong_limits(each, kind), *_wrong_choices(each, kind))
    yield from wrong
    if not isinstance(each.get("description", ""), str):
        yield ("description",), "this must be text"
    if not wrong and "default" in each and (why := _misfit(each["default"], each)):
        yield ("default",), f"the default {why}"
    if each.get("template") is not True and "{{" in str(each.get("default", "")):
        yield ("default",), "a chart would run {{ … }} as a template; say template: true if you mean that"


def _wrong_limits(each: Mapping[str, Json], kind: str) -> Iterator[tuple[tuple[str, ...], str]]:
    for key in ("minLength", "maxLength", "minimum", "maximum"):
        whole = key.endswith("Length") or kind == "integer"
        if key in each and not _is(each[key], "integer" if whole else "number"):
            yield (key,), f"this must be a {'whole ' if whole else ''}number"
            return
        if key.endswith("Length") and each.get(key, 0) < 0:
            yield (key,), "no text has so many characters; write 0 or more"
            return
    for low, high in (("minLength", "maxLength"), ("minimum", "maximum")):
        if low in each and high in each and each[low] > each[high]:
            yield (low,), f"{low} is more than {high}, so nothing would fit; swap them"
    pattern = each.get("pattern")
    try:
        re.compile(pattern if pattern is not None else "")
    except (re.error, TypeError) as error:
        yield ("pattern",), f"this is not a regular expression: {error}"
    if "template" in each and not isinstance(each["template"], bool):
        yield ("template",), "this must be true or false"


def _wrong_choices(each: Mapping[str, Json], kind: str) -> Iterator[tuple[tuple[str, ...], str]]:
    if "enum" not in each:
        return
    choices = each["enum"]
    if not isinstance(choices, list | tuple) or not choices:
        yield ("enum",), "this must be a list of the values to choose from"
    elif not all(_is(choice, kind) if kind else any(_is(choice, one) for one in TYPES) for choice in choices):
        yield ("enum",), f"each value must be {'of the type ' + kind if kind else 'a text, a number, true or false'}"


def _misfit(value: Json, each: Mapping[str, Json]) -> str:
    """Why a value does not fit the field that it is the default of; empty if it does."""
    kind, choices = each.get("type", ""), each.get("enum")
    if kind and not _is(value, kind):
        return f"is not of the type {kind}"
    if isinstance(choices, list | tuple) and not any(_same(value, choice) for choice in choices):
        return "is not one of the values of enum"
    if isinstance(value, str):
        return _misfit_text(value, each)
    low, high = each.get("minimum", value), each.get("maximum", value)
    return "" if choices or low <= value <= high else "is outside of minimum and maximum"


def _misfit_text(value: str, each: Mapping[str, Json]) -> str:
    if not each.get("minLength", 0) <= len(value) <= each.get("maxLength", len(value)):
        return "is shorter than minLength or longer than maxLength"
    pattern = each.get("pattern")
    if isinstance(pattern, str) and not re.fullmatch(pattern, value):
        return "does not match its pattern"
    return ""


def _property(each: Mapping[str, Json] | None) -> dict[str, Json]:
    if each is None:
        return {}
    kind = each.get("type", "")
    keys = ("type", "enum", "minimum", "maximum", "minLength", "maxLength", "default", "description")
    made: dict[str, Json] = {key: each[key] for key in keys if key in each}
    if kind == "string" and "enum" not in each:
        made.setdefault("maxLength", LONGEST)
    if "pattern" in each:
        # As a whole, and without the line break that `$` lets through.
        made["pattern"] = f"^(?:{each['pattern']})$(?!\\n)"
        made["title"] = f"text of the form {each['pattern']}"
    return made | ({"examples": [each["default"]]} if "default" in each else {})


def _is(value: Json, kind: str) -> bool:
    """Whether a value is of a type. `2.0` is a whole number, as JSON Schema has it, and `true` is not."""
    if isinstance(value, bool) or kind == "boolean":
        return isinstance(value, bool) and kind == "boolean"
    if isinstance(value, float):
        return math.isfinite(value) and (kind == "number" or (kind == "integer" and value.is_integer()))
    return isinstance(value, _PYTHON[kind])


def _same(value: Json, choice: Json) -> bool:
    return isinstance(value, bool) == isinstance(choice, bool) and value == choice


def _of_text(text: str, each: Mapping[str, Json]) -> Json:
    choices = each.get("enum")
    kind = each.get("type")
    for choice in choices if isinstance(choices, list | tuple) else ():
        if not isinstance(choice, list | dict) and json.dumps(choice).strip('"').lower() == text.lower():
            return choice
    if kind == "boolean":
        return {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}.get(
            text.lower(), text
        )
    if kind == "integer" and _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if kind == "number" and _NUMBER.fullmatch(text) else text


def _whole(value: Json) -> Json:
    return int(value) if isinstance(value, float) and value.is_integer() else value
