"""Every error that Helium raises on purpose.

A constructor takes facts and writes the sentence: what happened, where, and what to do. The type says how a command
ends (`exit_code`), and the API turns it into a status. Nothing here knows a vendor; adapters translate.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from helium.exit_codes import ExitCode as ExitCode


@dataclass(frozen=True, slots=True, order=True)
class Issue:
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

    exit_code: ClassVar[ExitCode] = ExitCode.INTERNAL


class UsageError(HeliumError):
    """The command or a setting is wrong."""

    exit_code = ExitCode.USAGE


class SpecError(HeliumError):
    """Files have errors. It names all of them at once."""

    exit_code = ExitCode.INVALID

    def __init__(self, issues: Iterable[Issue]) -> None:
        self.issues = tuple(issues)
        super().__init__("\n".join(str(issue) for issue in self.issues))


class EngineError(HeliumError):
    """Pulumi failed at an operation on one stack, or on the whole state."""

    exit_code = ExitCode.FAILED

    def __init__(self, stack: str, what: str, *, diagnostics: str = "") -> None:
        # `diagnostics`: the end of all that it said, without secrets, for the ledger.
        self.stack, self.what, self.diagnostics = stack, what, diagnostics
        super().__init__(f"{stack}: {what}" if stack else what)


class StackMissingError(EngineError):
    """The state has no stack of that name."""


class StackBusyError(EngineError):
    """Another process holds the stack's lock, or seems to. `host` and `since`: where and since when, if known."""

    def __init__(self, stack: str, what: str, *, host: str = "", since: datetime | None = None) -> None:
        super().__init__(stack, what)
        self.host = host
        self.since = since


class WrongClusterError(EngineError):
    """The stack's cluster name points to a different cluster today, so nothing was done (safeguard `same_cluster`)."""


class WouldReplaceError(EngineError):
    """The update would replace or delete a resource that holds data, and Pulumi refused."""


class EngineInterruptedError(EngineError):
    """A person (Ctrl-C) or the time limit cut the operation short; the next pass resolves what is pending."""


class SourceError(HeliumError):
    """Git failed, or the host that keeps the repository refused."""

    exit_code = ExitCode.SOURCE


class HeadMovedError(SourceError):
    """Somebody pushed first: nothing was written, and the write can be tried again on the new head."""


class UnreachableError(SourceError):
    """The remote does not answer; the same request may succeed later."""


class NotPlannedError(SourceError):
    """What a branch would do cannot be told: it conflicts with main, or there is too much of it."""

    def __init__(self, why: str) -> None:
        super().__init__(f"It is not planned. {why}")


class PushInDoubtError(UnreachableError):
    """The connection broke during a push, so nobody knows whether the remote has it. `todo`: what to do now.

    `why`: what broke it, for whoever says it again about one commit of many.
    """

    def __init__(self, what: str, why: str, *, todo: str = "Check the remote before you try again.") -> None:
        self.why = why
        super().__init__(
            f"The connection broke during the push ({why}), so the remote may or may not have {what}. {todo}"
        )


class QueueBusyError(SourceError):
    """Too many requests are already waiting to be pushed, or the queue is closing."""


class KeyReusedError(HeliumError):
    """The same key came with two different requests."""

    exit_code = ExitCode.USAGE
    field = "Idempotency-Key"

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key was already used for a different request (method, path or body). "
            "Send a new request with a new key."
        )


class NotSupportedError(HeliumError):
    """The fleet's settings ask for something that this version cannot do yet."""

    exit_code = ExitCode.USAGE


class RefusedError(HeliumError):
    """One person's request is refused; nothing was written."""

    exit_code = ExitCode.USAGE

    def __init__(self, name: str, sentence: str) -> None:
        self.name = name
        super().__init__(sentence)


class NotFoundError(RefusedError):
    """Neither a file nor a record has the name."""

    def __init__(self, name: str) -> None:
        super().__init__(name, f"There is no workspace called {name[:80]!r}. See the list of workspaces.")


class NameTakenError(RefusedError):
    """A file or a record has the name already; `has_file`: only then can it be changed."""

    def __init__(self, name: str, by: str, *, has_file: bool = True) -> None:
        self.has_file = has_file
        todo = "Choose another name, or change that workspace." if has_file else "Wait, or choose another name."
        super().__init__(name, f"{name} already exists ({by}). {todo}")


class NotOwnerError(RefusedError):
    """The workspace belongs to somebody else, and the requester is not an admin."""

    def __init__(self, name: str, owner: str) -> None:
        if owner:
            super().__init__(name, f"{name} belongs to {owner}. Ask them, or use an admin token.")
        else:
            super().__init__(name, f"{name} has no known owner yet. Use an admin token.")


class AdminsOnlyError(RefusedError):
    """Only an admin may set this."""

    def __init__(self, name: str, field: str) -> None:
        self.field = field
        super().__init__(name, f"Only an admin may set {field} on {name}. Leave it out, or ask an admin.")


class ProtectedError(RefusedError):
    """The workspace is protected from deletion."""

    def __init__(self, name: str) -> None:
        super().__init__(name, f"{name} is protected. Ask an admin to set protected to false first.")


class BeingDeletedError(RefusedError):
    """A pass has begun to destroy the workspace, so the request came too late."""

    def __init__(self, name: str) -> None:
        super().__init__(
            name,
            f"{name} is being destroyed, and that cannot be stopped. Wait until the list no longer shows it, "
            "then create it again.",
        )


class ChangedError(RefusedError):
    """The file changed since the requester looked at it."""

    def __init__(self, name: str, blob: str) -> None:
        now = f"its file is now {blob}" if blob else "its file is gone"
        super().__init__(name, f"{name} changed since you read it: {now}. Read it again before you decide.")


class BrokenFileError(HeliumError):
    """A file on main has errors, so nothing is written on top of it."""

    exit_code = ExitCode.INVALID

    def __init__(self, path: str, issues: Iterable[Issue]) -> None:
        self.path = path
        self.issues = tuple(issues)
        super().__init__(f"{path} on main has errors. Fix that file first.")


class LeaseTakenError(HeliumError):
    """Another pass has the right to apply."""

    exit_code = ExitCode.LEASED

    def __init__(self, lease: str) -> None:
        over = f"If that run is over: helium ledger end-lease {lease.partition(' ')[0]}"
        super().__init__(f"Another pass holds the lease: {lease}. Wait until it ends, or use --wait. {over}")


class PlanEndedError(LeaseTakenError):
    """The plan that was left for shards has lost its lease, so nothing more of it may begin or be recorded."""

    def __init__(self, run: str, lease: str) -> None:
        now = f"the lease is now {lease}" if lease else "nobody holds the lease now"
        sentence = f"The plan of {run} has ended: {now}. Nothing more of it starts here; the next pass does the rest."
        HeliumError.__init__(self, sentence)


class OtherFleetError(UsageError):
    """A plan that was left for shards belongs to another fleet."""

    def __init__(self, theirs: str, ours: str) -> None:
        what = f"This plan belongs to fleet {theirs}, and this is fleet {ours}. Nothing was done."
        super().__init__(f"{what} Run the shard in a clone of {theirs}.")


class OtherProgramError(UsageError):
    """The program of a backend differs here from the one that the plan was made with."""

    def __init__(self, backend: str) -> None:
        super().__init__(
            f"The program of backend {backend} differs here from the one that the plan was made with. "
            "Use the same Helium to split a plan and to apply its shards."
        )


class OvertakenError(LeaseTakenError):
    """Another pass took the lease after this one read the ledger, so this plan is out of date."""

    def __init__(self, run: str) -> None:
        sentence = f"Another pass took the lease in the meantime: {run}. Plan again, or use --wait."
        HeliumError.__init__(self, sentence)


class SettingsMovedError(HeliumError):
    """A pass that is to go on was opened with other settings or backends than main has by now."""

    exit_code = ExitCode.LEASED


class OrderTakenError(RefusedError):
    """Somebody else has changed an order since it was read: it was begun, ended or withdrawn."""

    exit_code = ExitCode.LEASED

    def __init__(self, id: str) -> None:
        super().__init__(
            id, f"The order {id} has changed meanwhile. `helium operate show {id}` says what became of it."
        )


def unforeseen(error: BaseException) -> str:
    """What may be shown of an unexpected error: its kind and where it arose, never its text.

    Such a text can hold a secret, and no redactor knows all of them; `HELIUM_DEBUG` shows it to a person.
    """
    trace, where = error.__traceback__, ""
    while trace is not None:
        where = f" in {trace.tb_frame.f_globals.get('__name__', '?')}, line {trace.tb_lineno}"
        trace = trace.tb_next
    why = f" ({os.strerror(error.errno)})" if isinstance(error, OSError) and error.errno else ""
    return f"{type(error).__name__}{why}{where}"
