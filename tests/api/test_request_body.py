"""The bodies that the description allows are those that are taken, as far as a description can tell."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import DataObject, data
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode

from helium.adapters.specs import schemas
from helium.core.spec import RESERVED, longest_name
from tests.api.serving import World, client, served, visitor

UNDESCRIBED = ("expiry", "values", "valuesYaml", "notebooks", "notebooksValuesYaml", "labels", "backend")
"""Fields of which more is asked than a description can say: dates ahead, unlocked values, keys that are free."""
CASES: Mapping[str, tuple[str, ...]] = {
    "name": ("demo", "a", "-a", "A", "a_b", "a\n", "a" * 63, "a" * 64),
    "pachdVersion": ("2.3.9", "-2", "2 3", "2\n", "a" * 128, "a" * 129),
    "consoleVersion": ("2.3.3-1", ".2"),
    "notebooksVersion": ("904d49", "a/b"),
    "mountServerVersion": ("2.3.9", "a:b"),
    "helmVersion": ("2.2.0-rc.1", "2.2.0+1"),
    "backend": ("gcp-namespace", "GCP_Namespace_Pulumi", "a.b", "-a"),
    "expiry": ("2027-01-01", "2027-01-01T00:00:00Z", "2027-1-1", "tomorrow", "2027-01-01\n", "2027-01-01T00:00:00"),
    "description": ("why", "x" * 1000, "x" * 1001),
    "access": ("owner", "everyone", "nobody"),
}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the API of an empty fleet is."""
    with served(World().deps) as address:
        yield address


@pytest.fixture(scope="module")
def body(address: str) -> Draft202012Validator:
    """What the description says of a new workspace."""
    description = visitor(address).get("/schema/openapi.json").json()
    content = description["paths"]["/v1/api/workspace"]["post"]["requestBody"]["content"]
    return Draft202012Validator(content["application/json"]["schema"])


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in CASES.items() for value in values])
def test_a_field_is_described_as_specs_have_it(body: Draft202012Validator, field: str, value: str) -> None:
    """What the schema of specs refuses, the description refuses, and nothing else."""
    spec = Draft202012Validator(json.loads(schemas.text(schemas.WORKSPACE)))

    assert spec.is_valid({field: value}) == body.is_valid({field: value})


@pytest.mark.parametrize("field", CASES)
@pytest.mark.parametrize("nothing", ["", None])
def test_what_is_empty_is_described_too(body: Draft202012Validator, field: str, nothing: str | None) -> None:
    """It counts as absent."""
    assert body.is_valid({field: nothing})


@pytest.mark.parametrize(
    ("expiry", "good"), [("+7d", True), ("+90m", True), ("7d", True), ("+0d", False), ("7", False)]
)
def test_a_length_may_be_added(body: Draft202012Validator, expiry: str, good: bool) -> None:
    """Which no file may say."""
    assert good == body.is_valid({"expiry": expiry})


@pytest.mark.parametrize(("labels", "good"), [({"a": "b"}, True), ({"a": ""}, True), ({"a": "b c"}, False)])
def test_labels_are_described(body: Draft202012Validator, labels: dict[str, str], good: bool) -> None:
    """As Kubernetes has them."""
    assert good == body.is_valid({"labels": labels})


@pytest.mark.parametrize("examples", [10, pytest.param(100, marks=pytest.mark.slow)])
def test_what_the_description_allows_is_taken(address: str, examples: int) -> None:
    """A valid body makes a workspace, or its name was taken: never a 422."""
    described: Any = schemathesis.openapi.from_url(f"{address}/schema/openapi.json")
    operation = described["/v1/api/workspace"]["POST"]

    @settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
    )
    @given(data=data())
    def send(data: DataObject) -> None:
        case: Any = data.draw(operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
        fields = case.body if isinstance(case.body, dict) else {}
        sent = {key: value for key, value in fields.items() if key not in UNDESCRIBED and isinstance(value, str | bool)}
        name, text = str(sent.get("name") or ""), str(sent.get("description") or "")
        if RESERVED.fullmatch(name) or len(name) > longest_name("acme") or not text.isprintable():
            return
        answer = client(address).post("/workspace", json=sent)
        assert answer.status_code in (202, 409), (sent, answer.text)

    send()
