"""`settings.md`: every key of `helium.yaml`, as the schema describes it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from helium.core.digest import Json
from tools.docs.markdown import document, table

SCHEMA = Path(__file__).resolve().parents[2] / "schema" / "fleet.schema.json"

INTRODUCTION = """# Settings of a fleet

`helium.yaml` lies in the top folder of a fleet's repository. It holds what the whole fleet shares, and no secret. Only
`fleet` is required. It is read by the same strict reader as a [spec](spec.md), against `schema/fleet.schema.json`, so
an editor can check and complete it. An error in it stops a pass altogether; `helium validate` names its line.

What differs from machine to machine, and what is secret, comes from [environment variables](environment.md)."""

PLACEMENT = """## What a later setting changes

Some settings of a backend say where a workspace lives: its *placement*. A workspace keeps the placement that it was
created with, so a later value is for later workspaces. The others are its *pins*: they move with the next edit of its
file, or with `helium reconcile --roll NAME`. The backend's `backend.json` says which key is which. For
`gcp-namespace`, the placement is `project`, `zone`, `cluster` and `domain`.

A placement keeps the cluster's name. How the cluster is reached is always today's `clusters`. When workspaces use a
cluster that `helium.yaml` lacks, that is a named error, and those workspaces are kept as they are."""

STATE = (
    ("`file://…`", "none", "in every test"),
    (
        "`s3://BUCKET?endpoint=HOST:PORT&…`",
        "`AWS_*`",
        "in every test, against moto: listings and ends; by hand, the rest of a lifetime, a wrong passphrase",
    ),
    (
        "`postgres://USER@HOST/DATABASE`",
        "`PGPASSFILE` names a file; a password in the URL is refused",
        "by hand, PostgreSQL 15: a whole lifetime, a server that does not answer",
    ),
    ("`gs://…`, `azblob://…`", "`GOOGLE_*`, `CLOUDSDK_*`; `AZURE_*`, `ARM_*`", "not yet"),
)
"""Where Pulumi's state may be, what opens it, and whether somebody has tried that."""

BUCKETS = """\
Buckets are listed [in pages](../how-it-works/engine.md#listing-a-bucket), one request for a thousand objects. That
needs the extra `buckets`: `pip install 'helium-workspaces[buckets]'`. A clone has it. Without it, or where Helium
does not read a part of the URL, of the credentials or of the bucket, Pulumi lists the state: two requests for each
stack. A pass says so once."""


def page() -> str:
    """The whole page."""
    schema: Mapping[str, Json] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return document(
        INTRODUCTION,
        "## Keys",
        table(("key", "meaning", "example"), _rows(schema, "")),
        PLACEMENT,
        "## Where the state is",
        table(("`state`", "credentials, from the environment of the pass", "tried"), STATE),
        BUCKETS,
        "A relative `file://` serves one machine, and so does its ledger: Helium does not push it.",
    )


def _rows(schema: Mapping[str, Json], above: str) -> Iterator[tuple[str, str, str]]:
    """A key, then the keys below it; a key that a person chooses is in capitals, and `…` stands for one of a list."""
    for key, value in _keys(schema):
        name = f"{above}{key}"
        below = list(_rows(value, f"{name}."))
        yield f"`{name}`", str(value.get("description", "")), "" if below else _example(value)
        yield from below


def _keys(schema: Mapping[str, Json]) -> Iterator[tuple[str, Mapping[str, Json]]]:
    properties, others = schema.get("properties"), schema.get("additionalProperties")
    if isinstance(properties, dict):
        yield from ((key, value) for key, value in properties.items() if isinstance(value, dict))
    if isinstance(others, dict):
        yield "NAME", others
    items = schema.get("items")
    if isinstance(items, dict) and "properties" in items:
        yield "…", items


def _example(schema: Mapping[str, Json]) -> str:
    examples = schema.get("examples")
    return f"`{json.dumps(examples[0])}`" if isinstance(examples, list) and examples else ""
