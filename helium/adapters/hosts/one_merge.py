"""A merge of exactly one commit, at any host. Whatever the host answers, the pull request tells what became of it.

Refuses to merge a head that was not judged: the host compares it, and so does the look afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from helium.adapters.hosts.call import HostAnswer, HostInDoubtError
from helium.adapters.hosts.transport import Patience
from helium.core.host_errors import NotMergeableError, PullRequestMovedError
from helium.core.host_place import HostPlace
from helium.core.pull_request import PullRequest, PullRequestState

_TRIES = 12
_CONFLICT = "it has a conflict, or a rule is in the way"


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeCalls:
    """How a host is asked for the merge, and for the pull request. `not_yet`: an answer that says to ask again."""

    place: HostPlace
    ask: Callable[[], HostAnswer]
    look: Callable[[], PullRequest]
    not_yet: Callable[[HostAnswer], bool]
    patience: Patience


def merge(calls: MergeCalls, *, head: str) -> str:
    """Merge, and return the commit that the base branch has now."""
    for tried in range(_TRIES):
        try:
            answer = calls.ask()
        except HostInDoubtError:
            if tried == _TRIES - 1:
                raise
            answer = None
        now = calls.look()
        if now.head_commit != head:
            raise PullRequestMovedError(now.number, expected=head, head=now.head_commit)
        if now.state is PullRequestState.MERGED:
            return now.merge_commit
        if now.state is PullRequestState.CLOSED:
            raise NotMergeableError(now.number, "it was closed without a merge")
        if answer is not None and (not calls.not_yet(answer) or tried == _TRIES - 1):
            why = f"{calls.place.name} says {answer.message!r}" if answer.message else _CONFLICT
            raise NotMergeableError(now.number, why)
        calls.patience.sleep(min(0.1 * 2**tried, 2.0) if calls.patience.pause else 0.0)
    raise AssertionError("the last try returns or raises")
