"""Helm values as a person gives them on a command line: read as strictly as in a file, and put at their place."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path

from helium.core.digest import Json
from helium.edits.naming import generated
from helium.errors import UsageError


def generated_name() -> str:
    """A name for a workspace that was given none."""
    return generated(secrets.token_hex(8))


def values_in(file: Path) -> Mapping[str, Json]:
    """The Helm values of a file; `SpecError` with every error in it."""
    from helium.adapters.specs.specs import YamlSpecs

    return YamlSpecs({}).mapping(file.read_bytes(), path=str(file))


def put_value(values: dict[str, Json], key: str, *, text: str) -> None:
    """Put one Helm value where `A.B` says; `UsageError` for a text that is not certain, and below another value."""
    path, value = key.split("."), _value(key, text)
    for key in path[:-1]:
        inner = values.setdefault(key, {})
        if not isinstance(inner, dict):
            raise UsageError(f"--set {'.'.join(path)}: {key} already has a value, so you cannot set anything below it")
        values = inner
    values[path[-1]] = value


def _value(key: str, text: str) -> Json:
    """The value as a file would be read: what would lose a digit, or be read in two ways, is refused there and here."""

    # Here, and not where every new workspace is named: most are asked for without such a value.
    from helium.adapters.specs.scalars import read_plain

    def plain(scalar: str) -> Json:
        value, sentence = read_plain(scalar)
        if sentence:
            raise UsageError(f"--set {key}: {sentence}. In a shell, the quotes are quoted too: --set '{key}=\"TEXT\"'")
        return value

    try:
        return json.loads(text, parse_float=plain, parse_int=plain, parse_constant=plain)
    except json.JSONDecodeError:
        return text if text[:1] in ("{", "[", '"') else plain(text)
