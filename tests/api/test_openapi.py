"""The description at `/schema`, and the API held against it by a fuzzer that reads nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import DataObject, data, sampled_from
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

from helium.api.events import EventStreams, StreamBounds
from helium.app.preview import previewer
from helium.core.observation import Recipe
from helium.ports import Ports
from tests.api.serving import ADMIN, FLEET, World, served, visitor
from tests.builders import NOW
from tests.fakes.backends import FakeBackends
from tests.fakes.engine import FakeEngine
from tests.fakes.order_book import FakeOrderBook

CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {
            # No schema knows which names are taken, which dates have passed and what a file must say: 422 is an answer,
            # and neither 400, 405, 413 nor 415 is.
            "positive_data_acceptance": {"expected-statuses": ["2xx", "404", "409", "412", "422"]},
            "negative_data_rejection": {"expected-statuses": ["401", "403", "404", "405", "409", "412", "415", "422"]},
        }
    }
)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the API of a fleet with one workspace is."""
    world = World()
    world.repo.land({"helium.yaml": FLEET + b"admins: [root@example.com]\n"})
    world.repo.land({"workspaces/demo.yaml": b"owner: ada@example.com\n"})
    # The fuzzer tries wrong tokens too. At ten seconds from one look at the clock to the next, nobody is told to wait.
    # With more, a server that is busy seems not to have heard of its remote for five minutes.
    seconds = count(step=10)
    streams = EventStreams(StreamBounds(longest=0))  # or each would last a quarter of an hour
    backends = FakeBackends({"gcp-namespace": Recipe("program-1")})
    foresee = previewer(Ports(world.repo, world.ledger, FakeEngine(), world.deps.specs, backends))
    orders = FakeOrderBook(world.repo, world.ledger, world.deps.specs, lambda: world.now)
    deps = replace(world.deps, foresee=foresee, streams=streams, orders=orders)
    with served(replace(deps, clock=lambda: NOW + timedelta(seconds=next(seconds)))) as address:
        yield address


@pytest.fixture(scope="module")
def described(address: str) -> Any:
    """The description as a fuzzer reads it."""
    return schemathesis.openapi.from_url(f"{address}/schema/openapi.json", config=CONFIG)


def fuzzed(operation: Any, examples: int) -> None:
    """Send what the description allows, and what it does not, and hold each answer against it."""

    @settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
    )
    @given(kind=sampled_from(GenerationMode), data=data())
    def send(kind: GenerationMode, data: DataObject) -> None:
        case: Any = data.draw(operation.as_strategy(generation_mode=kind))
        case.call_and_validate(headers={"X-Pach": ADMIN})

    send()


@pytest.mark.parametrize("examples", [3, pytest.param(100, marks=pytest.mark.slow)])
def test_every_answer_is_as_described(described: Any, examples: int) -> None:
    """No 5xx, no status, header, type or member that the description does not have."""
    operations = [result.ok() for result in described.get_all_operations()]
    for operation in operations:
        fuzzed(operation, examples)

    assert 23 == len(operations)


def test_the_description_is_whole(address: str) -> None:
    """Every call, both ways to send a token, an example for each body, problems for each error."""
    description = visitor(address).get("/schema/openapi.json").json()
    calls = {f"{method.upper()} {path}" for path, item in description["paths"].items() for method in item}

    assert {
        "GET /v1/api/workspaces",
        "GET /.well-known/oauth-protected-resource",
        "GET /v1/api/me",
        "POST /v1/api/job-token",
        "POST /v1/api/workspace",
        "GET /v1/api/workspace/{id}",
        "PATCH /v1/api/workspace/{id}",
        "DELETE /v1/api/workspace/{id}",
        "GET /v1/api/workspace/{id}/expired",
        "GET /v1/api/workspace/{id}/history",
        "GET /v1/api/workspace/{id}/why",
        "GET /v1/api/workspace/{id}/orders",
        "POST /v1/api/workspace/{id}/orders",
        "GET /v1/api/fleet",
        "GET /healthz",
        "GET /readyz",
    } <= calls
    assert {"pach", "bearer"} == description["components"]["securitySchemes"].keys()
    create = description["paths"]["/v1/api/workspace"]["post"]
    assert {"application/json", "application/x-www-form-urlencoded", "multipart/form-data"} == (
        create["requestBody"]["content"].keys()
    )
    assert all(each["examples"] for each in create["requestBody"]["content"].values())
    assert ["application/problem+json"] == list(create["responses"]["409"]["content"])
