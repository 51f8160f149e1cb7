"""What goes wrong at a server that a command works at: each error says what to do. None of them shows a token."""

from __future__ import annotations

from helium.errors import ExitCode, HeliumError, NotFoundError, RefusedError, SourceError, UnreachableError, UsageError


class ServerError(SourceError):
    """What answers is not a Helium server, or one of a version that this Helium does not understand."""


class ServerAwayError(UnreachableError):
    """The server does not answer, or cannot now."""


class ServerInDoubtError(ServerAwayError):
    """The connection broke while the server may have been doing it."""


class NotSignedInError(UsageError):
    """The server takes no token of this person, or not this one."""

    def __init__(self, server: str, why: str) -> None:
        super().__init__(f"{why} Sign in: helium login {server}")


class ServerRefusedError(RefusedError):
    """The server refused a request in the words of `args`; nothing was written."""


class ServerNotFoundError(NotFoundError):
    """The server knows no such workspace, or not any more."""

    def __init__(self, name: str, sentence: str) -> None:
        RefusedError.__init__(self, name, sentence)


class ServerInvalidError(HeliumError):
    """A file on the server's main has errors."""

    exit_code = ExitCode.INVALID
