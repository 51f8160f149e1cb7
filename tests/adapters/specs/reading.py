"""A desk to lay files on: one fleet, two backends, and what the reader says of a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from helium.adapters.specs import Rules, YamlSpecs
from helium.core.fleet import Fleet
from helium.core.spec import Entry, InvalidSpec, Reading, Spec
from helium.errors import Issue
from tests.backend_rules import GCP

FLEET = Fleet("acme", backends={"gcp-namespace": {"domain": "example.com"}})
RULES = {
    "gcp-namespace": replace(
        GCP, locked=("oidc", "pachd.storage.google"), names={"pach-{name}": 53}, locked_notebooks=("hub", "proxy")
    ),
    "own": Rules(
        schema={
            "properties": {
                "size": {"type": "string", "enum": ["small", "large"]},
                "expiry": {"type": "integer"},
                "values": {"type": "object"},
            },
            "required": ["size"],
        }
    ),
}
SPECS = YamlSpecs(RULES)
PATH = "workspaces/a.yaml"


def readings(files: Mapping[str, str | bytes], *, fleet: Fleet = FLEET) -> Mapping[str, Reading]:
    """What files say, by their paths."""
    data = {f"blob {path}": text if isinstance(text, bytes) else text.encode() for path, text in files.items()}
    return SPECS.read([Entry(path, f"blob {path}") for path in files], data, fleet=fleet)


def issues(text: str | bytes, *, path: str = PATH, fleet: Fleet = FLEET) -> tuple[Issue, ...]:
    """Everything wrong with one file."""
    (reading,) = readings({path: text}, fleet=fleet).values()
    return reading.issues if isinstance(reading, InvalidSpec) else ()


def spec(text: str | bytes, *, path: str = PATH, fleet: Fleet = FLEET) -> Spec:
    """One file that is valid."""
    (reading,) = readings({path: text}, fleet=fleet).values()
    if not isinstance(reading, Spec):
        raise TypeError(f"this is not a valid spec: {reading}")
    return reading
