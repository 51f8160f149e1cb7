"""Canonical JSON and digests, so that one value has one text and one digest wherever it is computed."""

from __future__ import annotations

import hashlib
import json
from typing import Any

Json = Any
"""A value that JSON can say. `Any`, since neither msgspec nor a dataclass reader resolves a recursive alias."""


def canonical(value: object) -> str:
    """The value as JSON with sorted keys and no spaces; raises `TypeError` for what JSON cannot say."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: object) -> str:
    """The first 32 hex digits of the SHA-256 of the canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:32]
