"""What stands in a kubeconfig, once it has been read. It refuses nothing: readers say what they miss."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_PATHS = ("certificate-authority", "client-certificate", "client-key", "tokenFile")


def by_name(document: Mapping[str, Any], plural: str, *, single: str) -> dict[str, dict[str, Any]]:
    """Its `clusters`, `users` or `contexts`, by their names."""
    return {each["name"]: each.get(single) or {} for each in document.get(plural) or [] if "name" in each}


def absolute(document: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    """A copy for use elsewhere: paths of certificates in a kubeconfig are meant from its own folder."""
    copy = json.loads(json.dumps(document, default=str))
    for plural, single in (("clusters", "cluster"), ("users", "user")):
        for each in by_name(copy, plural, single=single).values():
            for key in _PATHS:
                if each.get(key):
                    each[key] = str(folder / each[key])
    return dict(copy)
