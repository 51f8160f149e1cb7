"""Instances of a backend in `helium.yaml`: whose program and settings they have, and what is a mistake."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from helium.adapters.backends import FolderBackends
from helium.core.fleet import Fleet
from helium.core.observation import Recipe

MANIFEST = {
    "placement": ["cluster", "host"],
    "pins": ["releases", "outputs"],
    "shown": ["connect"],
    "required": ["cluster"],
    "fields": True,
}
FIELDS = {"replicas": {"type": "integer", "maximum": 5, "default": 1, "description": "How many."}}
SHOP: dict[str, Any] = {
    "backend": "charts",
    "description": "A shop",
    "cluster": "ci",
    "host": "${workspace.name}.example.com",
    "releases": {"app": {"values": {"replicaCount": "${fields.replicas}", "host": "${workspace.host}"}}},
    "outputs": {"ip": {"service": "app"}},
    "connect": [{"label": "Open", "url": "http://${outputs.ip}", "text": "${workspace.deadline}"}],
    "fields": FIELDS,
}
OTHER = {"backend": "charts", "cluster": "ci"}
FLEET = Fleet("acme", sandbox=("kubernetes",), backends={"shop": SHOP, "blog": OTHER})


def recipes(tmp_path: Path, fleet: Fleet = FLEET, **manifest: Any) -> dict[str, Recipe]:
    """What each backend would create in a fleet that has the kind `charts`."""
    folder = tmp_path / "charts"
    folder.mkdir(exist_ok=True)
    (folder / "resources.py").write_text("def declare(workspace):\n    return {}\n")
    (folder / "backend.json").write_text(json.dumps({**MANIFEST, **manifest}))
    return dict(FolderBackends(lambda _: {}, cache=tmp_path, installed={"charts": folder}).recipes(fleet, commit="c"))


def issues(tmp_path: Path, **changes: object) -> tuple[str, ...]:
    """What is wrong with the instance `shop` after some changes; `None` takes a setting out."""
    shop = {key: value for key, value in {**SHOP, **changes}.items() if value is not None}
    return recipes(tmp_path, replace(FLEET, backends={"shop": shop}))["shop"].issues


def test_two_instances_of_one_kind(tmp_path: Path) -> None:
    """Each has its kind's program, its own settings, and its kind in the placement, which never moves."""
    found = recipes(tmp_path)
    shop, blog, kind = found["shop"], found["blog"], found["charts"]

    assert ((), ()) == (shop.issues, blog.issues)
    assert (kind.program, kind.folder) == (shop.program, shop.folder) == (blog.program, blog.folder)
    assert {"cluster": "ci", "host": "${workspace.name}.example.com", "backend": "charts"} == shop.placement
    assert {"cluster": "ci", "backend": "charts"} == blog.placement
    assert {"releases", "outputs", "fields"} == set(shop.pins)
    assert {} == kind.placement


def test_what_only_people_see_is_no_pin(tmp_path: Path) -> None:
    """Other words, limits and labels leave every workspace as it is; another default or value does not."""
    words = {
        "description": "Another shop",
        "connect": [{"label": "Go", "url": "http://${outputs.ip}"}],
        "fields": {"replicas": {**FIELDS["replicas"], "maximum": 9, "description": "Copies."}},
    }
    before = recipes(tmp_path)["shop"]
    after = recipes(tmp_path, replace(FLEET, backends={"shop": {**SHOP, **words}}))["shop"]
    more = {"fields": {"replicas": {**FIELDS["replicas"], "default": 2}}}
    changed = recipes(tmp_path, replace(FLEET, backends={"shop": {**SHOP, **more}}))["shop"]

    assert before == after
    assert before.pins != changed.pins
    assert before.pins == json.loads(json.dumps(before.pins))


@pytest.mark.parametrize(
    ("backends", "name", "words"),
    [
        ({"charts": {**OTHER, "backend": "shop"}, "shop": OTHER}, "charts", "charts is a backend itself; give the ins"),
        ({"shop": {"backend": "chart"}}, "shop", "is an instance of chart, but the folder stacks/chart does not exist"),
        ({"shop": OTHER, "sub": {"backend": "shop"}}, "sub", "shop, which is one itself; write backend: charts"),
        ({"a": {"backend": "b"}, "b": {"backend": "a"}}, "a", "b, which is one itself"),
        ({"lost": {}}, "lost", "the folder stacks/lost does not exist, and lost is not built in"),
    ],
)
def test_an_entry_of_no_backend_says_why(
    tmp_path: Path, backends: dict[str, dict[str, object]], name: str, words: str
) -> None:
    """It is there with a sentence, so that its workspaces are kept; the other entries are well."""
    found = recipes(tmp_path, replace(FLEET, backends={**backends, "blog": OTHER}))

    assert words in found[name].issues[0]
    assert () == found["blog"].issues


def test_an_entry_may_name_itself(tmp_path: Path) -> None:
    """That says what its name says already."""
    found = recipes(tmp_path, replace(FLEET, backends={"charts": OTHER}))["charts"]

    assert () == found.issues
    assert {"cluster": "ci"} == found.placement


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"cluster": None}, "helium.yaml does not set backends.shop.cluster"),
        ({"chart": "x"}, "backends.shop.chart in helium.yaml is not a setting of this backend"),
        (
            {"fields": {**FIELDS, "owner": {"type": "string"}}},
            "backends.shop.fields.owner in helium.yaml: every spec has a field",
        ),
        ({"fields": {"replicas": {"type": "int"}}}, "backends.shop.fields.replicas.type in helium.yaml: write one of"),
        ({"fields": None}, "backends.shop.releases.app.values.replicaCount in helium.yaml: ${fields.replicas} stands"),
        ({"host": None}, "backends.shop.releases.app.values.host in helium.yaml: ${workspace.host} stands for nothing"),
        ({"host": "${fields.replicas}.x"}, "backends.shop.host in helium.yaml: ${fields.replicas} stands for nothing"),
        ({"host": "${workspace.owner}.x"}, "backends.shop.host in helium.yaml: ${workspace.owner} stands for nothing"),
        ({"outputs": {}}, "backends.shop.connect.0.url in helium.yaml: ${outputs.ip} stands for nothing"),
        (
            {"releases": {"app": {"values": {"until": "${workspace.deadline}"}}}},
            "backends.shop.releases.app.values.until in helium.yaml: ${workspace.deadline} changes without an update",
        ),
        (
            {"releases": {"app": {"values": {"key": {"fromSecret": "${fields.replicas}"}}}}},
            "backends.shop.releases.app.values.key.fromSecret in helium.yaml: the name of a secret cannot have a blank",
        ),
    ],
)
def test_what_is_wrong_with_an_instance_has_its_place(tmp_path: Path, changes: dict[str, object], what: str) -> None:
    """The path in `helium.yaml`, what is wrong, and what there is instead."""
    found = issues(tmp_path, **changes)

    assert [what] == [each[: len(what)] for each in found]


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ({"shown": ["connect", "host"]}, "has host in shown as well"),
        ({"pins": ["releases", "outputs", "description"]}, "has a setting description, which means the same in every"),
        ({"pins": ["releases", "outputs", "fields"]}, "has a setting fields, which means the same in every backend"),
        ({"placement": ["cluster", "backend"]}, "has a setting backend, which means the same"),
    ],
)
def test_a_manifest_keeps_the_names_of_every_entry(tmp_path: Path, manifest: dict[str, Any], words: str) -> None:
    """`backend` and `description` are the entry's, and `fields` a spec's."""
    assert any(words in each for each in recipes(tmp_path, **manifest)["charts"].issues)
