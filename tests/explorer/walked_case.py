"""What is walked: a fleet, who is at work on it, and what may happen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tests.explorer.events import EditsOf
from tests.explorer.passes import PassInWorld
from tests.explorer.values import WorldValue


@dataclass(frozen=True, slots=True)
class WalkedCase:
    """A fleet, the passes on it, and what may happen: so many of these edits, moves of the clock, and kills.

    `begun`: what has happened when the walk begins: `PASS until CALL`, time that went by, or what somebody did to the
    last name. `before`: whether people may do something before anybody begins, which disturbs nobody. `switches`:
    whether others go on while whoever ran last could; `threads`: whether those of the same pass do. `slow`: so long an
    `up` or a `destroy` takes; without, it may end at any moment. `patience`: so long after a file has landed, a pass
    that is at work must have begun on it. `sleep`: a pass may fall asleep for so long, and others go on meanwhile; that
    is a move of the clock. `rest` and `between`: how long all is left alone before the last passes, and between them.
    """

    name: str
    world: WorldValue
    passes: tuple[PassInWorld, ...]
    edits: tuple[EditsOf, ...] = ()
    names: tuple[str, ...] = ("a",)
    most_edits: int = 2
    clock: tuple[timedelta, ...] = ()
    most_moves: int = 1
    kills: int = 0
    begun: tuple[str | timedelta | EditsOf, ...] = ()
    before: bool = True
    switches: bool = True
    threads: bool = True
    sleep: timedelta | None = None
    slow: timedelta | None = None
    patience: timedelta | None = None
    rest: timedelta = timedelta(minutes=40)
    between: timedelta = timedelta(hours=1)
