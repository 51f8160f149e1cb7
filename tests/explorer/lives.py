"""Whose each file is: every owner who ever has a name is a life of its own, told by the bytes of the spec."""

from __future__ import annotations

from datetime import datetime

from tests.fakes import blob_of

LIVES: dict[str, int] = {}
"""Whose each spec's bytes are, by blob: a number for each owner who ever had a name."""

UNTIL: dict[str, datetime] = {}
"""Until when each says that its workspace lives."""


def life_of(blob: str) -> int:
    """The number of the life that a file of this blob is of."""
    return LIVES[blob]


def spec_text(*, life: int, version: int, until: datetime, protected: bool = False) -> bytes:
    """The spec of one life: each has an owner of its own."""
    text = f"owner: owner-{life}@example.com\nexpiry: {until:%Y-%m-%dT%H:%M:%SZ}\n"
    text += "protected: true\n" * protected + f"description: version {version}\n"
    LIVES[blob_of(text.encode())] = life
    UNTIL[blob_of(text.encode())] = until
    return text.encode()
