"""One thing that `helium doctor` looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """What it looked at, whether it is well, what it found, or what is wrong.

    `command`: what mends it. `place`: the page of the host where a person mends it. `known`: it could be found out;
    what could not is neither well nor wrong.
    """

    what: str
    ok: bool
    sentence: str
    command: str = ""
    place: str = ""
    known: bool = True
