"""A document against its JSON Schema, with a sentence for each error that says what to write instead.

The validator is the library's; only its words are replaced. Formats are checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from helium.adapters.specs.findings import MOST, Finding, Path, did_you_mean, show
from helium.adapters.specs.strict_yaml import Document
from helium.core.digest import Json

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

_KINDS = {
    "string": "text",
    "object": "a mapping",
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
}
_PYTHON = {str: "text", dict: "a mapping", list: "a list", bool: "true or false", int: "a number", float: "a number"}


@dataclass(frozen=True, slots=True)
class Misfit:
    """What a document does against one keyword of a schema."""

    keyword: str
    wanted: Json
    value: Json
    schema: Mapping[str, Json]


class SchemaChecker:
    """One schema, for many documents. The library is slow to import, so it waits for the first of them."""

    def __init__(self, schema: Mapping[str, Json], *, elsewhere: Mapping[str, str] | None = None) -> None:
        """`elsewhere`: for keys that others have at the top, what to say to whoever writes one here."""
        self._schema = schema
        self._elsewhere = elsewhere or {}

    @cached_property
    def _validator(self) -> Draft202012Validator:
        from jsonschema import Draft202012Validator

        return Draft202012Validator(self._schema, format_checker=Draft202012Validator.FORMAT_CHECKER)

    def check(self, document: Document) -> Iterator[Finding]:
        """What the schema has against the document."""
        for error in self._validator.iter_errors(document.value):
            at: Path = tuple(error.absolute_path)
            misfit = _misfit(error)
            if misfit.keyword == "additionalProperties":
                yield from _unknown_keys(misfit, document, at=at, elsewhere={} if at else self._elsewhere)
            elif "propertyNames" in error.absolute_schema_path:
                yield document.finding((*at, misfit.value), _sentence(misfit), key=True)
            else:
                yield document.finding(at, _sentence(misfit))


def _misfit(error: ValidationError) -> Misfit:
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    return Misfit(str(error.validator), error.validator_value, error.instance, schema)


def _unknown_keys(misfit: Misfit, document: Document, *, at: Path, elsewhere: Mapping[str, str]) -> Iterator[Finding]:
    known = misfit.schema.get("properties", {})
    unknown = [key for key in misfit.value if key not in known]
    for place, key in enumerate(unknown):
        hint = elsewhere.get(key) or (did_you_mean(key, known) if place < MOST else "")
        yield document.finding((*at, key), f"unknown key {show(key)}{hint}", key=True)


def _sentence(misfit: Misfit) -> str:
    write = _SENTENCES.get(misfit.keyword, _otherwise)
    return write(misfit)


def _wrong_type(misfit: Misfit) -> str:
    kinds = [misfit.wanted] if isinstance(misfit.wanted, str) else misfit.wanted
    wanted = " or ".join(_KINDS.get(kind, kind) for kind in kinds)
    value = misfit.value
    if value is None:
        return f"this must be {wanted}, but the value is missing; write one, or remove the key"
    if kinds == ["string"] and not isinstance(value, dict | list):
        return f"this must be text, not {show(value)}; write it in quotes: {show(show(value))}"
    found = "" if isinstance(value, dict | list) else f" ({show(value)})"
    return f"this must be {wanted}, not {_PYTHON[type(value)]}{found}{_example(misfit)}"


def _example(misfit: Misfit) -> str:
    """The first one that a sentence can hold whole."""
    shown = (show(example) for example in misfit.schema.get("examples", ()))
    return next((f"; for example {example}" for example in shown if not example.endswith("…")), "")


def _not_shaped(misfit: Misfit) -> str:
    return f"{show(misfit.value)} is not {misfit.schema.get('title', 'a valid value')}{_example(misfit)}"


def _not_listed(misfit: Misfit) -> str:
    allowed = ", ".join(show(each) for each in misfit.wanted)
    near = did_you_mean(misfit.value, misfit.wanted) if isinstance(misfit.value, str) else ""
    return f"{show(misfit.value)} is not one of {allowed}{near if near.startswith('; did') else ''}"


def _lacking(misfit: Misfit) -> str:
    missing = [key for key in misfit.wanted if key not in misfit.value]
    one = len(missing) == 1
    return f"{' and '.join(map(show, missing))} {'is' if one else 'are'} missing; add {'it' if one else 'them'}"


def _too_few(misfit: Misfit) -> str:
    keys = ", ".join(misfit.schema.get("properties", ()))
    return f"one of these is needed: {keys}" if keys else f"{misfit.wanted} or more are needed; add some"


def _too_many(misfit: Misfit) -> str:
    keys = ", ".join(misfit.schema.get("properties", ()))
    return f"only one of these is allowed: {keys}" if keys else f"at most {misfit.wanted} are allowed; remove some"


def _twice(misfit: Misfit) -> str:
    again = next(each for place, each in enumerate(misfit.value) if each in misfit.value[:place])
    return f"{show(again)} is listed twice; keep one of the two"


def _constant(misfit: Misfit) -> str:
    return f"this can only be {show(misfit.wanted)}, not {show(misfit.value)}; write that, or remove the key"


def _too_long(misfit: Misfit) -> str:
    return f"this has {len(misfit.value)} characters, and {misfit.wanted} are allowed; shorten it"


def _out_of_range(misfit: Misfit) -> str:
    word = "least" if misfit.keyword == "minimum" else "most"
    return f"{show(misfit.value)} is out of range: it must be at {word} {misfit.wanted}"


def _otherwise(misfit: Misfit) -> str:
    return f"{show(misfit.value)} is not allowed ({misfit.keyword}: {show(misfit.wanted)}){_example(misfit)}"


_SENTENCES: Mapping[str, Callable[[Misfit], str]] = {
    "type": _wrong_type,
    "pattern": _not_shaped,
    "format": _not_shaped,
    "anyOf": _not_shaped,
    "enum": _not_listed,
    "required": _lacking,
    "minProperties": _too_few,
    "maxProperties": _too_many,
    "maxItems": _too_many,
    "uniqueItems": _twice,
    "const": _constant,
    "maxLength": _too_long,
    "minimum": _out_of_range,
    "maximum": _out_of_range,
}
