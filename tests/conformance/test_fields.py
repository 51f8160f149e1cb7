from __future__ import annotations

from typing import Any

import pytest

from helium.adapters.backends.manifest import Backend, Manifest
from helium.adapters.specs.fleet_specs import rules_of
from helium.adapters.specs.instances import Instances
from helium.conformance.fields import edit_of, first_of
from helium.conformance.subject import Subject
from helium.core.fleet import Fleet


def subject(*, declared: dict[str, Any] | None = None, schema: dict[str, Any] | None = None) -> Subject:
    """A backend with these fields of its own: an instance declares them, or its schema has them."""
    backend = Backend("web", "digest", Manifest(fields=declared is not None), schema)
    entry = {"fields": declared} if declared else {}
    rules = Instances(rules_of({"web": backend})).rules("web", Fleet("acme", backends={"web": entry}))
    return Subject("web", "web", backend, {}, laid=True, entry=entry, rules=rules)


def test_a_first_file_says_what_has_to_be_said() -> None:
    """A field that an instance declares has to be said if it has no default; one of a schema, if it is required."""
    schema = {"properties": {"size": {"type": "integer", "minimum": 3}, "note": {"type": "string"}}}
    both = subject(declared={"page": {"type": "string", "pattern": "[0-9]"}, "days": {"type": "integer", "default": 2}})

    assert {"page": "1"} == first_of(both)
    assert {} == first_of(subject(declared={"days": {"type": "integer", "default": 2}}, schema=schema))
    assert {"size": 3} == first_of(subject(schema={**schema, "required": ["size"]}))


@pytest.mark.parametrize(
    ("field", "edited"),
    [
        ({"type": "string", "default": "/lab"}, {}),
        ({"type": "string", "enum": ["/lab", "/tree"], "default": "/lab"}, {"page": "/tree"}),
        ({"type": "integer", "default": 1, "maximum": 5}, {"page": 2}),
        ({"type": "boolean", "default": False}, {"page": True}),
    ],
)
def test_an_edit_says_another_value_that_surely_fits(field: dict[str, Any], edited: dict[str, Any]) -> None:
    """A text is not guessed: it is one that the schema offers."""
    assert edited == edit_of(subject(declared={"page": field}))
