"""The schemas themselves, as files that editors and other programs read too."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from helium.adapters.specs import schemas
from helium.adapters.specs.schema_check import SchemaChecker
from helium.adapters.specs.strict_yaml import Document
from helium.core.fleet import Fleet
from helium.core.spec import Spec
from helium.ports.specs import Specs
from tests.adapters.specs.reading import SPECS, issues

BOTH = [schemas.COMMON, schemas.WORKSPACE, schemas.FLEET]


def properties(schema: Any, at: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every property at any depth, with what its values and items are."""
    for name, inner in schema.get("properties", {}).items():
        yield f"{at}/{name}", inner
        yield from properties(inner, f"{at}/{name}")
    for keyword in ("additionalProperties", "items"):
        if isinstance(inner := schema.get(keyword), Mapping):
            yield f"{at}/*", inner
            yield from properties(inner, f"{at}/*")


def patterns(schema: Any) -> Iterator[str]:
    """Every pattern at any depth."""
    if isinstance(schema, Mapping):
        yield from ([schema["pattern"]] if isinstance(schema.get("pattern"), str) else [])
        for inner in schema.values():
            yield from patterns(inner)


@pytest.mark.parametrize("name", BOTH)
def test_each_schema_is_a_schema(name: str) -> None:
    """Both are valid JSON Schema 2020-12."""
    schema = schemas.schema(name)
    Draft202012Validator.check_schema(schema)

    assert "https://json-schema.org/draft/2020-12/schema" == schema["$schema"]


@pytest.mark.parametrize("name", BOTH)
def test_every_property_is_described_and_has_an_example(name: str) -> None:
    """The schema is the reference: nothing in it is without a description and an example."""
    bare = [at for at, inner in properties(schemas.schema(name)) if not {"description", "examples"} <= set(inner)]

    assert [] == bare


@pytest.mark.parametrize("name", BOTH)
def test_every_example_validates(name: str) -> None:
    """What the reference shows can be written."""
    whole = schemas.schema(name)
    wrong = [
        (at, finding.sentence)
        for at, inner in [("", whole), *properties(whole)]
        for example in inner.get("examples", ())
        for finding in SchemaChecker({**whole, **_only(inner)} if "$ref" in inner else inner).check(
            Document(example, whole=True)
        )
    ]

    assert [] == wrong


def _only(inner: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"additionalProperties": True, "required": [], **inner}


@pytest.mark.parametrize("name", BOTH)
def test_a_pattern_matches_the_whole_text(name: str) -> None:
    """`$` alone would let a trailing newline through in Python; every pattern closes that door."""
    assert [] == [each for each in patterns(schemas.schema(name)) if not each.startswith("^")]
    assert [] == [each for each in patterns(schemas.schema(name)) if not each.endswith("$(?!\\n)")]


@pytest.mark.parametrize("name", BOTH)
def test_nothing_unknown_is_let_through(name: str) -> None:
    """A misspelt key is refused by the schema alone, without Helium's own reader."""
    validator = Draft202012Validator(schemas.schema(name))

    assert [False, True] == [validator.is_valid({"fleet": "acme", "x": 1}), validator.is_valid(_least(name))]


def _least(name: str) -> Mapping[str, Any]:
    return {"fleet": "acme"} if name == schemas.FLEET else {}


def test_the_fields_are_the_specs() -> None:
    """What the schema describes and what a `Spec` holds are one list: its own attributes, and the rest in `fields`."""
    described = set(schemas.schema(schemas.COMMON)["properties"])
    held = {each.name for each in dataclasses.fields(Spec)} - {"path", "blob", "fields"}

    assert described == held


def test_the_settings_are_the_fleets() -> None:
    """What the schema describes and what a `Fleet` holds are one list."""
    described = set(schemas.schema(schemas.FLEET)["properties"])
    held = {each.name for each in dataclasses.fields(Fleet)}

    # `write` and `teams` have some of their own below them.
    below = {"write_interval", "managers", "team_lifetimes"}
    assert described == held - below - {"name", "trusted_values", "sign_in", "working_hours"} | {
        "fleet",
        "trustedValues",
        "signIn",
        "workingHours",
    }


@pytest.mark.parametrize("name", BOTH)
def test_the_defaults_of_the_program_fit_the_schema(name: str) -> None:
    """The least that can be written is read as the program's own defaults."""
    text = yaml.safe_dump(_least(name)).encode()

    assert Fleet("acme") == (SPECS.fleet(text) if name == schemas.FLEET else Fleet("acme"))


def test_a_backend_adds_fields_and_changes_none() -> None:
    """A backend's own schema is merged in; where it names a field of Helium's, Helium's meaning stays."""
    base = schemas.schema(schemas.COMMON)
    own = {"properties": {"size": {"type": "string"}, "expiry": {"type": "integer"}}, "required": ["size"]}
    merged = schemas.extended(base, own)

    assert [{"type": "string"}, base["properties"]["expiry"], ["size"], False] == [
        merged["properties"]["size"],
        merged["properties"]["expiry"],
        merged["required"],
        merged["additionalProperties"],
    ]


def test_editors_know_the_fields_of_every_backend() -> None:
    """Where two backends mean different things by one name, either may stand there; what every spec has stays."""
    base = schemas.schema(schemas.COMMON)
    number, text = {"type": "integer"}, {"type": "string"}
    owns = [{"properties": {"size": each, "expiry": each}} for each in (number, text, number)]
    whole = schemas.for_editors(base, [*owns, {"properties": {"only": text}}, {}])["properties"]

    assert {"anyOf": [number, text]} == whole["size"]
    assert (text, base["properties"]["expiry"]) == (whole["only"], whole["expiry"])


def test_what_an_unknown_backend_takes_is_not_known_either() -> None:
    """That its backend is gone is told once; a field that no backend has is an error all the same."""
    found = issues("backend: gone\nsize: small\npachdVersion: 1.2.3\n")
    assert ["/backend"] == [each.pointer for each in found]
    assert ["/backend", "/sise"] == [each.pointer for each in issues("backend: gone\nsise: small\n")]


def test_the_port_is_met() -> None:
    """The adapter is what a pass asks of `Specs`, by the types."""
    specs: Specs = SPECS

    assert isinstance(specs.fleet(b"fleet: acme"), Fleet)


def test_the_reference_for_people_names_every_field() -> None:
    """What the schema describes, docs/reference/spec.md tells; its first example is a valid spec."""
    page = (schemas.folder().parent / "docs" / "reference" / "spec.md").read_text()
    example = page.split("```yaml\n")[1].split("```")[0]

    assert [] == [field for field in schemas.schema(schemas.WORKSPACE)["properties"] if f"`{field}`" not in page]
    assert () == issues(example)
