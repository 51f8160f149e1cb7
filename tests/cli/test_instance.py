"""A workspace of an instance by the command line: asked for, shown, edited, kept while its settings are wrong, gone."""

from __future__ import annotations

import json
from typing import Any

from helium.adapters.specs import schemas
from tests.cli.conftest import CommandLineFleet
from tests.stacks.instance_fleet import FIELDS, charts, instance, settings


def change(fleet: CommandLineFleet, entry: dict[str, Any] | None = None, **changes: Any) -> None:
    """Somebody changes the instance `shop`; `entry` replaces it, `{}` takes it out."""
    wanted = instance(**changes) if entry is None else entry
    text = settings({"shop": wanted} if wanted else {}, defaults={"backend": "gcp-namespace"})
    fleet.land("helium.yaml", text.decode())


def code(fleet: CommandLineFleet, *, exit_code: int = 0) -> str:
    """The kind and code of what the plan says of `mine`."""
    document = fleet.json("plan", code=exit_code)
    (found,) = (each for each in document["changes"] if each["name"] == "mine")
    return f"{found['kind']} {found['code']}"


def test_a_workspace_of_an_instance(fleet: CommandLineFleet) -> None:
    """From its fields on the command line to its end after the instance is gone."""
    for path, data in charts().items():
        fleet.land(path, data.decode())
    change(fleet)
    fleet("validate")
    fleet("new", "mine", "--backend", "shop", "--field", "replicas=9", code=3)
    fleet("new", "mine", "--backend", "shop", "--field", "replicas=3", "--field", "message=Good morning")
    assert "replicas: 3" in (fleet.folder / "workspaces" / "mine.yaml").read_text()
    fleet("reconcile")
    assert {"mine": "ready"} == fleet.statuses()

    shown = fleet.json("show", "mine")
    assert {"label": "Open", "kind": "url", "text": "https://mine.shop.example.com"} == shown["connections"][0]
    assert ("mine", "") == (shown["connection"]["namespace"], shown["connection"]["console"])
    assert "https://mine.shop.example.com" in fleet("show", "mine", "--reach").stdout

    change(fleet, connect=[{"label": "Go", "url": "https://${workspace.host}/${fields.message}"}], description="Words")
    assert "keep in-step" == code(fleet)
    assert "https://mine.shop.example.com/Good%20morning" == fleet.json("show", "mine")["connections"][0]["text"]
    wider = {**FIELDS, "replicas": {**FIELDS["replicas"], "maximum": 9, "description": "Copies."}}
    change(fleet, fields=wider)
    assert "keep in-step" == code(fleet)
    change(fleet, fields={**FIELDS, "message": {**FIELDS["message"], "default": "Hi"}})
    assert "keep older-program" == code(fleet)

    # What is wrong with the settings is told, and the workspace stays as it is.
    change(fleet, fields={**FIELDS, "owner": {"type": "string"}})
    assert (
        "backends.shop.fields.owner in helium.yaml: every spec has a field of this name"
        in fleet("validate", code=3).output
    )
    assert "keep in-step" == code(fleet)
    change(fleet, {**instance(), "backend": "gcp-namespace"})
    assert "is not a setting of this backend" in fleet("validate", code=3).output
    fleet.land("workspaces/mine.yaml", "backend: shop\nowner: ada@example.com\n")
    assert "keep backend-changed" == code(fleet)
    change(fleet, {})
    assert "keep invalid-spec" == code(fleet, exit_code=3)

    fleet.land("workspaces/mine.yaml", None)
    (refusal,) = fleet.json("plan", code=4)["refusals"]
    fleet("reconcile", *refusal["override"].split())
    assert "mine" not in fleet.statuses()


def test_editors_know_the_fields_of_an_instance(fleet: CommandLineFleet) -> None:
    """`helium schema` has them beside those of the built-in backends; `--write` puts it where spec files look."""
    before = schemas.schema(schemas.WORKSPACE)["properties"]
    assert before == json.loads(fleet("schema").stdout)["properties"]
    change(fleet)
    fleet("schema", "--write")

    written = json.loads((fleet.folder / "schema" / "workspace.schema.json").read_bytes())["properties"]
    assert before.keys() | {"replicas", "message"} | FIELDS.keys() == written.keys()
    assert "integer" == written["replicas"]["type"]
