"""What the sandbox refuses, in sentences that say "sandbox", so that nobody takes it for a real cloud.

`CloudError` is an answer that the pretend cloud gives to a call; `SandboxError` means that the sandbox
itself cannot run. Nothing here knows how an answer travels.
"""

from __future__ import annotations

from enum import Enum

from helium.errors import ExitCode, HeliumError


class Kind(Enum):
    """Why a cloud says no."""

    EXISTS = "already exists"
    ABSENT = "not found"
    INVALID = "invalid"
    PRECONDITION = "failed precondition"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


class CloudError(HeliumError):
    """The pretend cloud refused one call."""

    def __init__(self, kind: Kind, sentence: str) -> None:
        self.kind = kind
        super().__init__(f"sandbox: {sentence}")


class SandboxError(HeliumError):
    """The sandbox cannot start, or its folder is not one that this version can use."""

    exit_code = ExitCode.FAILED


class FaultLineError(SandboxError):
    """A line that asks for a fault, and cannot be understood."""

    exit_code = ExitCode.USAGE

    def __init__(self, number: int, line: str, *, what: str) -> None:
        super().__init__(f"sandbox: fault {number}, “{line}”: {what}; see docs/how-it-works/sandbox.md")
