"""Which secrets of the pass a program may read: those that an installed backend lists, and those of the fleet's own.

A fleet's own folder has those that begin with HELIUM_SECRET_. `helium.yaml` can let it have more by name, so that a
copy of a built-in backend goes on reading what that one reads. It refuses every name that no installed backend lists:
the environment of a pass also holds git's and the host's tokens.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from helium.adapters.backends.manifest import FLEETS_OWN, MANIFEST, Backend, Manifest
from helium.core.digest import Json
from helium.core.fleet import Fleet

SECRETS = "secrets"
"""The key of an entry in `helium.yaml` that lists what its program may read besides."""


def rights(backend: Backend, fleet: Fleet | None, *, known: Mapping[str, Backend]) -> frozenset[str]:
    """The names on its list that it may read."""
    wanted = backend.manifest.secrets
    if backend.installed:
        return frozenset(wanted)
    granted = frozenset(_granted(backend.name, fleet, known=known)) if fleet else frozenset()
    return frozenset(name for name in wanted if name.startswith(FLEETS_OWN) or name in granted)


def issues(backend: Backend, fleet: Fleet, *, known: Mapping[str, Backend]) -> Iterator[str]:
    """A sentence for each secret that it asks for and may not have."""
    granted, offered = rights(backend, fleet, known=known), _offered(known)
    for name in (each for each in backend.manifest.secrets if each not in granted):
        more = (
            f"; add {name} to backends.{backend.name}.{SECRETS} in helium.yaml"
            if name in offered
            else f"; it may only have those that begin with {FLEETS_OWN}, and those of built-in backends"
        )
        yield f"its {MANIFEST} asks for the secret {name}{more}"


def not_offered(entry: Mapping[str, object], *, where: str, known: Mapping[str, Backend]) -> Iterator[str]:
    """A sentence for each secret that an entry of `helium.yaml` lists and nobody can have."""
    for name in sorted({*_listed(entry)} - _offered(known)):
        yield f"{where}.{SECRETS} in helium.yaml lists {name}, which is not a secret of a built-in backend; remove it"


def of_a_copy(manifest: Manifest) -> Mapping[str, Json]:
    """What the entry of a copy says in `helium.yaml`, so that it reads the same secrets as an installed backend."""
    listed = [name for name in manifest.secrets if not name.startswith(FLEETS_OWN)]
    return {SECRETS: listed} if listed else {}


def _granted(kind: str, fleet: Fleet, *, known: Mapping[str, Backend]) -> Iterator[str]:
    """By the entry of the backend itself, or of any instance of it: they run one program."""
    offered = _offered(known)
    for name, entry in fleet.backends.items():
        if fleet.kind_of(name) == kind:
            yield from (each for each in _listed(entry) if each in offered)


def _listed(entry: Mapping[str, object]) -> Collection[str]:
    listed = entry.get(SECRETS)
    return [each for each in listed if isinstance(each, str)] if isinstance(listed, list | tuple) else ()


def _offered(known: Mapping[str, Backend]) -> frozenset[str]:
    return frozenset(name for backend in known.values() if backend.installed for name in backend.manifest.secrets)
