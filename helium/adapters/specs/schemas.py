"""Where the schemas are, beside the program in a clone and inside it in a package, and how backends add to them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

from helium.core.digest import Json

WORKSPACE = "workspace.schema.json"
FLEET = "fleet.schema.json"
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


def extended(base: Mapping[str, Json], own: Mapping[str, Json], *, without: Collection[str] = ()) -> dict[str, Json]:
    """The schema of specs with a backend's own fields added; it cannot change what Helium's fields mean.

    `without`: fields that mean nothing to this backend.
    """
    common = {key: each for key, each in base["properties"].items() if key not in without}
    properties = {**own.get("properties", {}), **common}
    merged = {**base, "properties": properties}
    return merged | {key: own[key] for key in ADDED if key in own}
