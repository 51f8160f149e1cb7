"""Every error that Helium raises on purpose.

A constructor takes facts and writes the sentence: what was wrong, where, and what to do. The type says how a
command ends (`exit_code`), so no door has to guess. Nothing here knows a vendor; adapters translate at their door.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
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
        return f"{self.path}:{self.line}:{self.column}: {self.sentence}" if self.path else self.sentence


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


class EngineError(HeliumError):
    """Pulumi could not do what it was asked for one stack, or for the whole state."""

    exit_code = 5

    def __init__(self, stack: str, what: str) -> None:
        self.stack = stack
        self.what = what
        super().__init__(f"{stack}: {what}" if stack else what)


class StackMissingError(EngineError):
    """The state has no stack of that name."""


class StackBusyError(EngineError):
    """Another process holds the stack's lock, or seems to: on which host, and since when, where that is known."""

    def __init__(self, stack: str, what: str, *, host: str = "", since: datetime | None = None) -> None:
        super().__init__(stack, what)
        self.host = host
        self.since = since


class WrongClusterError(EngineError):
    """The name of the cluster that the stack lives in leads to another one today, so nothing was done (brake 10)."""


class WouldReplaceError(EngineError):
    """The update would replace or delete a resource that holds data, and Pulumi refused (brake 11)."""


class EngineInterruptedError(EngineError):
    """The operation was cut short by a person (Ctrl-C) or by its time limit; the next pass settles it."""


class SourceError(HeliumError):
    """Git, or the host that keeps the repository, could not do what it was asked."""

    exit_code = 6


class HeadMovedError(SourceError):
    """Somebody pushed in between: the write was not made, and may be tried again on the new head."""


class UnreachableError(SourceError):
    """The remote does not answer; the same wish may well be granted later."""


class PushInDoubtError(UnreachableError):
    """The remote went away while it was taking something, and did not say whether it has it. `todo`: what now."""

    def __init__(self, what: str, why: str, *, todo: str = "look there before you try again") -> None:
        super().__init__(f"it is not known whether the remote has {what} ({why}); {todo}")


class QueueBusyError(SourceError):
    """The door takes no more requests for now."""


class KeyReusedError(HeliumError):
    """A key that stands for one wish came with another, so neither is sure to be what the asker means."""

    exit_code = 2
    field = "Idempotency-Key"

    def __init__(self) -> None:
        super().__init__("this Idempotency-Key was used with another method, path or body; a new wish needs a new key")


class NotSupportedError(HeliumError):
    """The fleet's settings ask for what this Helium does not do yet."""

    exit_code = 2


class RefusedError(HeliumError):
    """A door says no to one person's wish; nothing was written."""

    exit_code = 2

    def __init__(self, name: str, sentence: str) -> None:
        self.name = name
        super().__init__(sentence)


class NotFoundError(RefusedError):
    """Neither a file nor a record has the name."""

    def __init__(self, name: str) -> None:
        super().__init__(name, f"there is no workspace called {name[:80]!r}; the list shows the names that there are")


class NameTakenError(RefusedError):
    """A file or a record holds the name, in whatever phase."""

    def __init__(self, name: str, by: str) -> None:
        super().__init__(name, f"the name {name} is taken by {by}; choose another, or say that you mean to update it")


class NotOwnerError(RefusedError):
    """The workspace is another's, and the asker is no admin."""

    def __init__(self, name: str, owner: str) -> None:
        whose = f"belongs to {owner}" if owner else "has no owner that can be told"
        super().__init__(name, f"{name} {whose}; ask them, or use an admin token")


class AdminsOnlyError(RefusedError):
    """Only an admin may set this."""

    def __init__(self, name: str, field: str) -> None:
        self.field = field
        super().__init__(name, f"only an admin token may set {field} of {name}; leave it out, or ask an admin")


class ProtectedError(RefusedError):
    """The workspace must not go."""

    def __init__(self, name: str) -> None:
        super().__init__(name, f"{name} is protected; let an admin set protected to false first")


class BeingDeletedError(RefusedError):
    """The ledger says that the workspace is being destroyed, so the wish came too late for this life of it."""

    def __init__(self, name: str) -> None:
        super().__init__(
            name, f"{name} is being destroyed, and that is not stopped; ask for it again when its record is gone"
        )


class ChangedError(RefusedError):
    """The spec is not the one that the asker looked at."""

    def __init__(self, name: str, blob: str) -> None:
        now = f"its spec is now {blob}" if blob else "there is no spec of that name"
        super().__init__(name, f"{name} is not as you saw it: {now}; read it again, then decide")


class BrokenFileError(HeliumError):
    """A file on main cannot be read as what it should be, so nothing can be built on it."""

    exit_code = 3

    def __init__(self, path: str, faults: Iterable[Fault]) -> None:
        self.path = path
        self.faults = tuple(faults)
        super().__init__(f"{path} on main has faults; mend the file first")


class LeaseHeldError(HeliumError):
    """Another pass has the right to apply."""

    exit_code = 7

    def __init__(self, lease: str) -> None:
        super().__init__(f"another pass holds the lease: {lease}; wait for it, or come back with --wait")


class PlanEndedError(LeaseHeldError):
    """The plan that was left for shards no longer has its lease, so nothing of it may be begun or written down."""

    def __init__(self, run: str, lease: str) -> None:
        now = f"the lease is now {lease}" if lease else "nobody holds the lease now"
        sentence = f"the plan of {run} has ended: {now}; nothing more is begun for it, the next pass does the rest"
        HeliumError.__init__(self, sentence)


class OtherFleetError(UsageError):
    """A plan that was left for shards is not this fleet's."""

    def __init__(self, theirs: str, ours: str) -> None:
        super().__init__(f"this plan is of the fleet {theirs}, and this is {ours}; nothing of it is carried out here")


class OtherProgramError(UsageError):
    """What was planned would be made with another program here than the plan's."""

    def __init__(self, backend: str) -> None:
        super().__init__(
            f"the program of backend {backend} is not the one that was planned with; "
            "let the same Helium split a plan and carry out its shards"
        )


class OvertakenError(LeaseHeldError):
    """Another pass took the lease after this one had read the ledger, so what this one planned is out of date."""

    def __init__(self, run: str) -> None:
        sentence = f"another pass took the lease meanwhile: {run}; plan again, or come back with --wait"
        HeliumError.__init__(self, sentence)


def unforeseen(error: BaseException) -> str:
    """What may be said of an error that nobody foresaw: its kind and where it arose, never its text.

    Nobody knows what such a text holds, so no redactor would make it safe; `HELIUM_DEBUG` shows it to a person.
    """
    trace, where = error.__traceback__, ""
    while trace is not None:
        where = f" in {trace.tb_frame.f_globals.get('__name__', '?')}, line {trace.tb_lineno}"
        trace = trace.tb_next
    why = f" ({os.strerror(error.errno)})" if isinstance(error, OSError) and error.errno else ""
    return f"{type(error).__name__}{why}{where}"
