"""What goes over the pipes between the engine and its workers, as lines of JSON.

One line there for each job; back, a line for each thing that Pulumi is doing meanwhile, and the reply as the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from helium.core.digest import Json
from helium.core.live import Doing
from helium.core.stack import StackId
from helium.core.workspace import Workspace

PROOF = "proof"
"""The marker's secret output, the ledger's id: whoever can decrypt it has the fleet's passphrase."""


def init_args(stack: StackId, *, secrets: str) -> tuple[str, ...]:
    """How Pulumi is told to create a stack."""
    return ("stack", "init", str(stack), "--no-select", "--secrets-provider", secrets)


@dataclass(frozen=True, slots=True)
class Hello:
    """The first line to a worker: which Pulumi, and the environment that only Pulumi gets."""

    pulumi: str
    work: str
    environment: Mapping[str, str]
    grace: float


@dataclass(frozen=True, slots=True)
class StackProgram:
    """What an `up` declares. Without a workspace: the fleet's marker. `secrets`: the stack's secrets provider.

    `init`: create the stack first. `targets`: touch only these URNs. `cluster`: the identity of its cluster today.
    `ledger`: the id for the marker.
    """

    folder: str = ""
    workspace: Workspace | None = None
    init: bool = False
    secrets: str = "passphrase"
    targets: tuple[str, ...] = ()
    cluster: str = ""
    ledger: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """One run of Pulumi on one stack: an `up` of a program, or the command line `args`. `data`: its standard input.

    `begin_by`: when it must have begun, in seconds of the epoch. After that the machine was suspended, and it must not.
    """

    stack: StackId
    args: tuple[str, ...] = ()
    program: StackProgram | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    data: str = ""
    begin_by: float | None = None


@dataclass(frozen=True, slots=True)
class EventSummary:
    """What Pulumi's own events say: errors in order, outputs that are not secret, resources by type.

    `said`: all of its diagnostics, a line or more for each, as a person at a terminal would have read them.
    `failed`: the resources whose create ended in an error, in the form of Pulumi's state, with what was said (`error`).
    `namespaces`: the names of those that the stack has in a cluster.
    """

    diagnostics: tuple[str, ...] = ()
    outputs: Mapping[str, Json] = field(default_factory=dict)
    resources: Mapping[str, int] = field(default_factory=dict)
    changed: int = 0
    failed: tuple[Json, ...] = ()
    said: str = ""
    namespaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """How a job ended. `code` is Pulumi's exit code."""

    code: int
    stdout: str = ""
    stderr: str = ""
    seen: EventSummary = field(default_factory=EventSummary)


@dataclass(frozen=True, slots=True)
class FromWorker:
    """One line from a worker: what Pulumi is doing now, or how the job ended."""

    reply: Reply | None = None
    doing: Doing | None = None


RunJob = Callable[[Job], Reply]
"""Runs one job of Pulumi. Whoever takes one says whether a failed job is a reply or an `EngineError`."""


def line(message: Hello | Job | FromWorker) -> bytes:
    """The message as one line."""
    return msgspec.json.encode(message) + b"\n"
