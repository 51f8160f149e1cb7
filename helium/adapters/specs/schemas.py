"""Where the schemas are, beside the program in a clone and inside it in a package, and how backends add to them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from helium.core.digest import Json

COMMON = "common.schema.json"
"""What every spec may say."""
WORKSPACE = "workspace.schema.json"
"""That, and what the built-in backends add: for editors and forms."""
FLEET = "fleet.schema.json"
FOR_EDITORS = (
    "The spec of one workspace: the file workspaces/NAME.yaml, or workspaces/TEAM/NAME.yaml. Every field is optional: "
    "{} uses all the defaults. Some fields are of one backend only; helium validate tells which."
)
ADDED = ("required", "$defs", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentRequired")
"""Keywords that a backend's schema may bring along; those on which keys there are would shut Helium's own out."""


def folder() -> Path:
    """The folder `schema`; a package has it inside `helium`, a clone beside it."""
    program = Path(__file__).resolve().parents[2]
    packed = program / "schema"
    return packed if packed.is_dir() else program.parent / "schema"


@cache
def text(name: str) -> bytes:
    """A schema's bytes."""
    return (folder() / name).read_bytes()


def schema(name: str) -> dict[str, Json]:
    """A schema's document; the caller's own copy."""
    loaded: dict[str, Json] = json.loads(text(name))
    return loaded


def file_of(document: Mapping[str, Json]) -> str:
    """A schema as its file has it."""
    return f"{json.dumps(document, indent=2, ensure_ascii=False)}\n"


def extended(base: Mapping[str, Json], own: Mapping[str, Json]) -> dict[str, Json]:
    """The schema of specs with a backend's own fields added; it cannot change what Helium's fields mean."""
    properties = {**own.get("properties", {}), **base["properties"]}
    merged = {**base, "properties": properties}
    return merged | {key: own[key] for key in ADDED if key in own}


def for_editors(base: Mapping[str, Json], owns: Iterable[Mapping[str, Json]]) -> dict[str, Json]:
    """One schema for the specs of several backends: what any of them says may stand there.

    An editor cannot know whose a spec is before it is written, so this says less than what checks it.
    """
    properties = dict(base["properties"])
    for own in owns:
        for key, each in own.get("properties", {}).items():
            there = properties.get(key)
            if there is None:
                properties[key] = each
            elif key not in base["properties"] and each != there:
                several = there["anyOf"] if set(there) == {"anyOf"} else [there]
                properties[key] = {"anyOf": [*several, *([each] if each not in several else [])]}
    return {**base, "description": FOR_EDITORS, "properties": properties}
