"""What the clouds refuse by its looks: names, labels and required properties.

Pure. Each check gives a sentence, or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from helium.sandbox.model import Identity, Properties
from helium.sandbox.resource_types import BUCKET, MEMBER, NAMESPACE, RELEASE
from helium.sandbox.secrets import plain

_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]\Z")
_OF_GOOGLE = re.compile(r"\Agoog|g[o0][o0]g[l1i]e")
_GOOGLE_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}\Z")
_GOOGLE_VALUE = re.compile(r"[a-z0-9_-]{0,63}\Z")
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\Z")
_SUBDOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\Z")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?\Z")
_LABEL_KEY = re.compile(r"([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?\Z")
_RELEASE = re.compile(r"[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?\Z")
_NAMES = {
    BUCKET: (_BUCKET, "3 to 63 of a-z, 0-9, dot, dash and underscore, ending in a letter or digit"),
    NAMESPACE: (_LABEL, "at most 63 of a-z, 0-9 and dash"),
    "Service": (_LABEL, "at most 63 of a-z, 0-9 and dash"),
    RELEASE: (_RELEASE, "at most 53 of a-z, 0-9 and dash"),
}
_REQUIRED = {
    BUCKET: ("location",),
    MEMBER: ("bucket", "role", "member"),
    RELEASE: ("chart",),
}


def missing(kind: str, inputs: Properties) -> tuple[str, ...]:
    """The properties that this kind cannot do without, and that are not there."""
    return tuple(name for name in _REQUIRED.get(kind, ()) if inputs.get(name) is None)


def objections(one: Identity, inputs: Properties) -> Iterator[str]:
    """A sentence for each thing that a cloud would not accept."""
    pattern, rule = _NAMES.get(one.kind, (_SUBDOMAIN, "DNS subdomain") if one.package == "kubernetes" else (None, ""))
    if pattern and not pattern.match(one.name):
        yield f"invalid name “{one.name}” for {one.kind}: it takes {rule}"
    if one.kind == BUCKET and _OF_GOOGLE.search(one.name):
        yield f"invalid name “{one.name}” for {one.kind}: Google keeps names that begin with goog or contain google"
    given = plain(inputs)
    if one.package == "kubernetes":
        yield from _kubernetes_labels(given.get("metadata"))
    else:
        yield from _google_labels(given.get("labels"))


def _google_labels(labels: Any) -> Iterator[str]:
    for key, value in labels.items() if isinstance(labels, dict) else ():
        if not _GOOGLE_KEY.match(key):
            yield f"invalid label key “{key}”: Google takes a-z, 0-9, dash and underscore, at most 63"
        if not _GOOGLE_VALUE.match(str(value)):
            yield f"invalid value “{value}” of label {key}: Google takes 63 of a-z, 0-9, dash, underscore"


def _kubernetes_labels(metadata: Any) -> Iterator[str]:
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    for key, value in labels.items() if isinstance(labels, dict) else ():
        if not _LABEL_KEY.match(key):
            yield f"invalid label key “{key}”: Kubernetes takes [prefix/]name, at most 63 letters of name"
        if not isinstance(value, str) or not _LABEL_VALUE.match(value):
            yield f"invalid value “{value}” of label {key}: Kubernetes takes 63 letters, no @ or space"
