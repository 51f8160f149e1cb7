"""One thing that `helium doctor` looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """What it looked at, whether it is well, what it found, or what is wrong. `command`: what mends it."""

    what: str
    ok: bool
    sentence: str
    command: str = ""
