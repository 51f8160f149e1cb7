"""Specs of an instance: its own fields by its settings, checked like every other field."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from helium.adapters.specs import Rules, YamlSpecs
from helium.core.fleet import Fleet
from helium.core.spec import Entry, InvalidSpec, Reading, Spec
from tests.backend_rules import GCP

FIELDS: dict[str, dict[str, Any]] = {
    "replicas": {"type": "integer", "minimum": 1, "maximum": 5, "default": 1},
    "message": {"type": "string", "maxLength": 8, "default": "Hello"},
    "note": {"type": "string", "default": "", "template": True},
    "debug": {"type": "boolean", "default": False},
    "tier": {"enum": ["small", "large"], "default": "small"},
    "colour": {"type": "string", "pattern": "#[0-9a-f]{6}", "default": "#ffffff"},
}
SHOP: dict[str, Any] = {"backend": "charts", "host": "the-app-${workspace.name}.${workspace.fleet}.example.com"}
FLEET = Fleet(
    "acme", backends={"shop": {**SHOP, "fields": FIELDS}, "blog": {"backend": "charts", "fields": {"title": {}}}}
)
KIND = Rules(fields=True)


def reading(text: str, *, name: str = "a", fleet: Fleet = FLEET, kind: Rules = KIND) -> Reading:
    """What one file says."""
    specs = YamlSpecs({"gcp-namespace": GCP, "charts": kind})
    (found,) = specs.read([Entry(f"workspaces/{name}.yaml", "b1")], {"b1": text.encode()}, fleet=fleet).values()
    return found


def test_a_spec_says_what_its_instance_lets_it() -> None:
    """Every declared field, and those that every spec has; the backend is the instance."""
    text = (
        "backend: shop\nowner: a@example.com\nreplicas: 3\nmessage: Hi\ndebug: true\ntier: large\ncolour: '#00ff00'\n"
    )
    found = reading(text)

    assert isinstance(found, Spec)
    assert "shop" == found.backend
    assert 3 == found.fields["replicas"]
    assert isinstance(reading("backend: shop\n"), Spec)


@pytest.mark.parametrize(
    ("line", "pointer", "words"),
    [
        ("replicas: 9", "/replicas", "9 is out of range: it must be at most 5"),
        ("replicas: many", "/replicas", 'this must be a whole number, not text ("many"); for example 1'),
        ("message: far too long", "/message", "this has 12 characters, and 8 are allowed"),
        ("debug: 1", "/debug", "true or false"),
        ("tier: smal", "/tier", 'did you mean "small"'),
        ("colour: red", "/colour", '"red" is not text of the form #[0-9a-f]{6}; for example "#ffffff"'),
        ("replica: 2", "/replica", 'unknown key "replica"; did you mean "replicas"'),
        ("values: {a: 1}", "/values", 'unknown key "values"'),
        ("notebooks: {}", "/notebooks", 'unknown key "notebooks"'),
        ("pachdVersion: '2'", "/pachdVersion", 'unknown key "pachdVersion"'),
        ("message: '{{ x }}'", "/message", "as a template"),
    ],
)
def test_a_field_that_does_not_fit_has_its_place(line: str, pointer: str, words: str) -> None:
    """One sentence each, at the line of the field, that says what to write."""
    found = reading(f"backend: shop\n{line}\n")

    assert isinstance(found, InvalidSpec)
    (issue,) = found.issues
    assert (pointer, 2) == (issue.pointer, issue.line)
    assert words in issue.sentence


def test_a_field_may_be_a_template_if_its_instance_says_so() -> None:
    """Only that one."""
    assert isinstance(reading("backend: shop\nnote: '{{ .Release.Name }}'\n"), Spec)


def test_a_field_without_a_default_has_to_be_said() -> None:
    """Its blank would stand for nothing."""
    fleet = replace(FLEET, backends={"shop": {**SHOP, "fields": {"size": {"type": "integer"}}}})
    found = reading("backend: shop\n", fleet=fleet)

    assert isinstance(found, InvalidSpec)
    assert '"size" is missing; add it' in found.issues[0].sentence
    assert isinstance(reading("backend: shop\nsize: 1\n", fleet=fleet), Spec)


def test_instances_of_one_kind_do_not_share_fields() -> None:
    """What one lets a spec say means nothing to the other, nor to a backend that is no instance."""
    assert isinstance(reading("backend: blog\nreplicas: 3\n"), InvalidSpec)
    assert isinstance(reading("backend: gcp-namespace\nreplicas: 3\n"), InvalidSpec)
    assert isinstance(reading("backend: gcp-namespace\npachdVersion: '2'\n"), Spec)


def test_other_fields_are_another_reading() -> None:
    """One reader follows the settings, as a control plane has it, and says that a file has to be read again."""
    specs = YamlSpecs({"charts": KIND}, keeps=10)
    entry, data = Entry("workspaces/a.yaml", "b1"), {"b1": b"backend: shop\nreplicas: 7\n"}
    wide = {**FIELDS, "replicas": {**FIELDS["replicas"], "maximum": 9}}
    wider = replace(FLEET, backends={"shop": {**SHOP, "fields": wide}})
    read = [specs.read([entry], data, fleet=fleet)["a"] for fleet in (FLEET, wider, FLEET)]

    assert [InvalidSpec, Spec, InvalidSpec] == [type(each) for each in read]
    assert specs.read_with(FLEET) != specs.read_with(wider)


def test_the_name_has_to_fit_into_the_host() -> None:
    """Each part of a host has at most 63 characters, counted before anything is created."""
    assert isinstance(reading("backend: shop\n", name="n" * 55), Spec)
    found = reading("backend: shop\n", name="n" * 56)

    assert isinstance(found, InvalidSpec)
    assert "too long for the-app-{name} of shop (55 characters fit)" in found.issues[0].sentence


def test_a_declaration_that_cannot_be_used_is_no_crash() -> None:
    """Its backend is told of elsewhere; the file is read, so that nothing is taken for removed."""
    fleet = replace(FLEET, backends={"shop": {**SHOP, "fields": {"size": {"type": "list"}, "x": 5}}, "blog": {}})

    assert isinstance(reading("backend: shop\nsize: [1]\n", fleet=fleet), Spec)
    assert isinstance(reading("backend: shop\n", fleet=replace(FLEET, backends={"shop": {**SHOP, "fields": 3}})), Spec)


def test_a_kind_may_have_fields_of_its_own_too() -> None:
    """The fields of an instance come beside those of its kind's schema, and do not change what these mean."""
    schema = {"properties": {"zone": {"type": "string"}, "replicas": {"type": "string"}}, "required": ["zone"]}
    kind = replace(KIND, schema=schema)

    assert isinstance(reading("backend: shop\nzone: a\nreplicas: '3'\nmessage: x\n", kind=kind), Spec)
    assert isinstance(reading("backend: shop\n", kind=kind), InvalidSpec)
