"""What differs between old and new inputs, and whether the difference can be made in place.

Pure. Sealed secrets are compared by their seal; an unknown value always differs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from helium.sandbox.clusters import cluster
from helium.sandbox.model import Properties
from helium.sandbox.resource_types import BUCKET, fixed, kind_of, name_of, secrets
from helium.sandbox.secrets import UNKNOWN, digest, is_sealed, is_secret, plain, sealed

_PLAIN_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*\Z")


@dataclass(frozen=True, slots=True)
class Difference:
    """The dotted paths that were added, removed or changed, and those of them that need a new resource.

    `delete_first`: the new resource would have the old one's name, so the old one must go before.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    delete_first: bool = False

    @property
    def paths(self) -> tuple[str, ...]:
        """All paths that differ, sorted."""
        return tuple(sorted((*self.added, *self.removed, *self.changed)))


def difference(token: str, old: Properties, *, new: Properties, salt: str) -> Difference:
    """Compare two sets of inputs of one resource."""
    before, after = dict(_leaves(_alike(token, old))), dict(_leaves(_alike(token, new)))
    before, after = _sealed_alike(before, after, salt=salt)
    both = before.keys() & after.keys()
    changed = {path for path in both if before[path] != after[path]}
    added, removed = after.keys() - before.keys(), before.keys() - after.keys()
    replaces = {path for path in changed | added | removed if _is_fixed(token, path)}
    return Difference(
        tuple(sorted(added)),
        tuple(sorted(removed)),
        tuple(sorted(changed)),
        tuple(sorted(replaces)),
        bool(replaces) and name_of(token, old) == name_of(token, new) != "",
    )


def provider_difference(package: str, olds: Properties, *, news: Properties, salt: str) -> Difference:
    """What a provider's new configuration changes; another cluster means that all resources are replaced."""
    changes = difference(f"pulumi:providers:{package}", olds, new=news, salt=salt)
    before, after = plain(olds), plain(news)
    if package != "kubernetes" or UNKNOWN in (
        after.get("kubeconfig"),
        after.get("context"),
        after.get("cluster"),
    ):
        return changes
    if cluster(before) == cluster(after):
        return changes
    return replace(changes, replaces=tuple(path for path in changes.paths if path != "version"))


def _alike(token: str, inputs: Properties) -> Properties:
    """Mark what is always secret; Google writes a bucket's location in capitals, however it was written."""
    inputs = sealed(inputs, secrets(token))
    location = inputs.get("location")
    if kind_of(token) == BUCKET and isinstance(location, str):
        return {**inputs, "location": location.upper()}
    return inputs


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each value that is not a mapping, by its dotted path; a secret is one value, whatever is in it."""
    if isinstance(value, dict) and value and not is_secret(value):
        for key, each in value.items():
            yield from _leaves(each, _joined(path, key))
    elif path and value is not None:
        yield path, plain(value)


def _joined(path: str, key: str) -> str:
    """A path one step longer, in Pulumi's notation: keys such as `app.kubernetes.io/name` go in brackets."""
    if not _PLAIN_KEY.match(key):
        return f"{path}[{json.dumps(key)}]"
    return f"{path}.{key}" if path else key


def _sealed_alike(before: dict[str, Any], after: dict[str, Any], *, salt: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Where one side is sealed, seal the other, so that the two can be compared."""

    def alike(one: Any, other: Any) -> Any:
        if is_sealed(other) and not is_sealed(one):
            return digest(one, salt)
        if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
            return [alike(*pair) for pair in zip(one, other, strict=True)]
        if isinstance(one, dict) and isinstance(other, dict):
            return {key: alike(each, other.get(key)) for key, each in one.items()}
        return one

    return (
        {path: alike(value, after.get(path)) for path, value in before.items()},
        {path: alike(value, before.get(path)) for path, value in after.items()},
    )


def _is_fixed(token: str, path: str) -> bool:
    """Whether the path, or something above it, cannot change in place."""
    return any(path == each or path.startswith((f"{each}.", f"{each}[")) for each in fixed(token))
