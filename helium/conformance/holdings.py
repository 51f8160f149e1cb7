"""What a stack holds, as its state says: the resources, what they are called, and what of them may not be so. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from helium.adapters.engine.export import PROVIDERS, State
from helium.adapters.engine.resource_ids import FLEET, RELEASE, labels_of
from helium.core.digest import Json, canonical

Holding = Mapping[str, Any]
"""A resource of a state, as Pulumi writes it."""

_HOLDS_DATA = re.compile(
    r"gcp:(storage/bucket:Bucket|sql/database(Instance)?:.*|compute/(disk|regionDisk):.*|filestore/instance:Instance"
    r"|bigquery/(dataset|table):.*|bigtable/(instance|table):.*|spanner/(instance|database):.*|firestore/database:.*"
    r"|redis/instance:Instance|alloydb/(cluster|instance):.*|kms/cryptoKey:.*|artifactregistry/repository:.*)"
    r"|kubernetes:core/v1:(Namespace|PersistentVolumeClaim|PersistentVolume)|kubernetes:apps/v1:StatefulSet"
)
_DRAWN = re.compile(r"-[0-9a-f]{7,8}$")
"""How Pulumi ends a name that it draws."""


def holdings(state: State) -> tuple[Holding, ...]:
    """What exists in the cloud because of this stack: no providers, no components, nothing that was only looked up."""
    return tuple(
        each
        for each in state.certain
        if each.get("custom") and not each.get("external") and not each["type"].startswith(PROVIDERS)
    )


def called(one: Holding) -> str:
    """How a person finds it in the program and in the cloud."""
    return f'{one["type"]} "{name_of(one)}" (id {one.get("id") or "none"})'


def name_of(one: Holding) -> str:
    """Its name in the program."""
    return str(one["urn"].rpartition("::")[2])


def fingerprint(one: Holding) -> str:
    """Its inputs, as one text: another one means that it was changed."""
    return canonical(one.get("inputs") or {})


def moved(before: State, after: State) -> Iterator[Holding]:
    """What was added, taken away, or has other inputs."""
    old, new = ({each["urn"]: each for each in holdings(state)} for state in (before, after))
    for urn in sorted({*old, *new}):
        if urn not in old or urn not in new or fingerprint(old[urn]) != fingerprint(new[urn]):
            yield new.get(urn) or old[urn]


def takes_labels(one: Holding) -> bool:
    """Whether it has labels: the engine puts its own wherever some can be."""
    return FLEET in labels_of(one.get("inputs") or {})


def holds_data(one: Holding) -> bool:
    """Whether something of a user's is lost with it. Of a release, only its author knows."""
    return _HOLDS_DATA.fullmatch(one["type"]) is not None


def was_named_by_pulumi(one: Holding) -> bool:
    """Whether its name in the cloud was drawn: another one each time that it is created."""
    inputs = one.get("inputs") or {}
    meta = inputs.get("metadata")
    noted = meta.get("annotations") if isinstance(meta, Mapping) else None
    if isinstance(noted, Mapping) and noted.get("pulumi.com/autonamed") == "true":
        return True
    drawn = "name" in (inputs.get("__defaults") or ())
    given = (meta if isinstance(meta, Mapping) else inputs).get("name")
    named = str(given or one.get("id") or "").rpartition("/")[2]
    return drawn or (_DRAWN.sub("", named).lower() == name_of(one).lower() and _DRAWN.search(named) is not None)


def is_release(one: Holding) -> bool:
    """Whether it is a Helm release."""
    return bool(one["type"] == RELEASE)


def has(value: Json, text: str) -> bool:
    """Whether a text stands anywhere in a value."""
    return text in canonical(value)
