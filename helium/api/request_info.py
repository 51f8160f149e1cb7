"""What people asked for by pull requests, as the API tells it."""

from __future__ import annotations

from dataclasses import dataclass

from helium.core.change_request import RequestInProgress
from helium.core.deadlines import format_instant


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """What somebody asked for in a pull request, where main takes only those.

    `Change`: `create`, `put`, `update`, `remove` or `restore`. `State`: `requested` (it waits for a person), `merging`
    (Helium merges it), `merged`, `closed` (without a merge) or `refused` (it ended although the others of its pull
    request go on). `Reason`: what it waits for, or why it ended. `PullRequest`: its address, empty until the host
    answers.
    """

    ID: str
    Change: str
    By: str
    At: str
    State: str
    Reason: str
    PullRequest: str


def request_info(asked: RequestInProgress) -> RequestInfo:
    """One request, and how it stands."""
    return RequestInfo(
        ID=asked.request.id,
        Change=asked.request.verb,
        By=asked.request.by,
        At=format_instant(asked.request.at),
        State=asked.progress,
        Reason=asked.sentence,
        PullRequest=asked.shared.url,
    )
