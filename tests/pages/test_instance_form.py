"""The form and the API for a workspace of an instance: its own fields, in their own types."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from helium.adapters.specs import Rules, YamlSpecs
from tests.api.in_process import in_process
from tests.api.serving import ADA, World, client
from tests.backend_rules import GCP
from tests.pages.browsers import deps_of
from tests.pages.fleets import acme
from tests.pages.reader import Reader

FIELDS = {
    "replicas": {"type": "integer", "minimum": 1, "maximum": 5, "default": 1, "description": "How many copies run."},
    "message": {"type": "string", "maxLength": 8, "default": "Hello"},
    "debug": {"type": "boolean", "default": False},
    "size": {"enum": ["small", "large"], "default": "small"},
    "most": {"type": "number", "maximum": 9, "default": 0.5},
}
SHOP = {"backend": "helm", "description": "A small web application", "fields": FIELDS}
BLOG = {"backend": "helm", "fields": {"replicas": {"type": "integer", "default": 2}}}
SETTINGS = {
    "fleet": "acme",
    "sandbox": ["gcp", "kubernetes"],
    "backends": {"gcp-namespace": {}, "shop": SHOP, "blog": BLOG},
}


@pytest.fixture
def world() -> World:
    """A fleet with two instances of one kind."""
    made = acme()
    made.repo.land({"helium.yaml": json.dumps(SETTINGS).encode()})
    return made


@pytest.fixture
def address(world: World) -> Iterator[str]:
    """Its pages and its API in this process."""
    specs = YamlSpecs({"gcp-namespace": GCP, "helm": Rules(fields=True)})
    with in_process(replace(deps_of(world), specs=specs)) as at:
        yield at


def test_an_instance_has_its_fields_in_the_form(world: World, address: str) -> None:
    """With their words, defaults and choices; what is sent becomes a file with numbers and truth values."""
    form = Reader(address).open("/new")
    assert "A small web application" in form.root.text
    assert "How many copies run. From 1 to 5." in form.id("shop.replicas-help").text
    assert "At most 9." in form.id("shop.most-help").text
    assert "1" == form.id("shop.replicas").attributes["placeholder"]
    assert ["small (the default)", "small", "large"] == [each.text for each in form.id("shop.size").all("option")]

    sent = {"shop.replicas": "3", "shop.message": "Hi", "shop.debug": "true", "shop.size": "large", "shop.most": "2.5"}
    done = form.press("Ask for it", name="mine", backend="shop", **sent)
    assert "/workspace/mine" in done.path
    lines = world.file("mine").splitlines()
    assert {"replicas: 3", "message: Hi", "debug: true", "size: large", "most: 2.5"} <= set(lines)


def test_what_is_wrong_is_said_beside_the_field_of_the_instance(address: str) -> None:
    """Of the one that was chosen, and what was typed stays."""
    form = Reader(address).open("/new")
    wrong = form.press("Ask for it", backend="shop", **{"shop.replicas": "9", "shop.message": "far too long"})

    assert 422 == wrong.status
    assert "9 is out of range: it must be at most 5" in wrong.id("shop.replicas-error").text
    assert "8 are allowed" in wrong.id("shop.message-error").text
    assert "9" == wrong.id("shop.replicas").attributes["value"]


def test_a_field_of_another_instance_is_not_dropped_in_silence(address: str) -> None:
    """Whoever filled it in meant something by it."""
    form = Reader(address).open("/new")
    wrong = form.press("Ask for it", backend="shop", **{"blog.replicas": "3"})

    assert 422 == wrong.status
    assert "this is a field of blog; choose that backend above" in wrong.id("blog.replicas-error").text


def test_the_api_takes_them_as_json_and_as_a_form(world: World, address: str) -> None:
    """A form has only texts, and the file has the types; a change of one keeps the rest."""
    ada = client(address, ADA)
    assert 202 == ada.post("/workspace", json={"name": "one", "backend": "shop", "replicas": 3}).status_code
    assert 202 == ada.post("/workspace", data={"name": "two", "backend": "shop", "replicas": "4"}).status_code
    refused = ada.post("/workspace", json={"name": "three", "backend": "shop", "replicas": "many"})
    assert 422 == refused.status_code
    assert "must be a whole number" in refused.text
    assert "replicas: 3" in world.file("one").splitlines()
    assert "replicas: 4" in world.file("two").splitlines()

    assert 200 == ada.patch("/workspace/one", data={"debug": "true"}).status_code
    assert {"replicas: 3", "debug: true"} <= set(world.file("one").splitlines())
