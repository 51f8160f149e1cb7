"""Every error that Helium raises on purpose.

A constructor takes facts and writes the sentence: what was wrong, where, and what to do. The type says how a
command ends (`exit_code`), so no door has to guess. Nothing here knows a vendor; adapters translate at their door.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong with one file: where it is (1-based line and column, JSON pointer) and what to do."""

    path: str
    line: int
    column: int
    pointer: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.sentence}"


class HeliumError(Exception):
    """The root of the tree; its text is a sentence for a person."""

    exit_code: ClassVar[int] = 1


class UsageError(HeliumError):
    """The command or its settings cannot mean anything."""

    exit_code = 2


class SpecError(HeliumError):
    """Files that cannot be read as what they should be; every fault at once."""

    exit_code = 3

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class UnsafePlan(HeliumError):
    """The guard refused: nothing, or not everything, may be applied."""

    exit_code = 4


class EngineError(HeliumError):
    """Pulumi could not do what it was asked for one stack, or for the whole state."""

    exit_code = 5

    def __init__(self, stack: str, what: str) -> None:
        self.stack = stack
        self.what = what
        super().__init__(f"{stack}: {what}" if stack else what)


class StackMissing(EngineError):
    """The state has no stack of that name."""


class StackBusy(EngineError):
    """Another process holds the stack's lock, or seems to."""


class WouldReplace(EngineError):
    """The update would replace or delete a resource that holds data, and Pulumi refused (brake 11)."""


class Interrupted(EngineError):
    """The operation was cut short by a person (Ctrl-C) or by its time limit; the next pass settles it."""


class SourceError(HeliumError):
    """Git, or the host that keeps the repository, could not do what it was asked."""

    exit_code = 6


class HeadMoved(SourceError):
    """Somebody pushed in between: the write was not made, and may be tried again on the new head."""


class LeaseHeld(HeliumError):
    """Another pass has the right to apply."""

    exit_code = 7

    def __init__(self, run: str, host: str, until: str) -> None:
        super().__init__(
            f"another pass holds the lease: {run} on {host}, until {until}; wait for it, or come back with --wait"
        )
