"""What goes wrong at the host that keeps the pull requests: each error says what to do, and in which order."""

from __future__ import annotations

from datetime import datetime

from helium.errors import HeadMovedError, SourceError, UnreachableError


class HostError(SourceError):
    """The host that keeps the pull requests refused, or gave an answer that Helium does not understand."""


class HostRightsError(HostError):
    """The token is missing, not accepted, or lacks the right that the sentence names."""


class HostMissingError(HostError):
    """The host has no such repository, pull request or commit, or does not show it to this token."""


class HostAwayError(HostError, UnreachableError):
    """The host does not answer, or wants us to wait. `retry_at`: from when on it takes calls again, if it said so."""

    def __init__(self, sentence: str, *, retry_at: datetime | None = None) -> None:
        self.retry_at = retry_at
        super().__init__(sentence)


class PullRequestMovedError(HostError):
    """The pull request's head is another commit now, so it was not merged."""

    def __init__(self, number: int, *, expected: str, head: str = "") -> None:
        now = f", and it is {head[:12]} now" if head else ""
        super().__init__(
            f"Pull request {number} was to be merged at {expected[:12]}{now}. "
            "Nothing was merged. Judge the new head before you merge it."
        )


class PullRequestTakenError(HeadMovedError):
    """Another process changed the same pull request of Helium's at the same moment."""

    def __init__(self) -> None:
        super().__init__("Another process of Helium changed the same pull request at the same moment. Try again.")


class NotMergeableError(HostError):
    """A rule of the host or a conflict is in the way of a merge."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__(f"Pull request {number} was not merged: {why}. Settle that, then merge it again.")
