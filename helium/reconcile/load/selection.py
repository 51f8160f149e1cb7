"""What a person asked of one pass: which names, which commit, what to roll."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Selection:
    """What a person asked of this pass. `ref`: another commit than main (a plan only); `names`: only these."""

    ref: str | None = None
    names: frozenset[str] = frozenset()
    roll: frozenset[str] = frozenset()
    roll_all: bool = False
