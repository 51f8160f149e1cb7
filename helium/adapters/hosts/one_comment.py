"""One comment for each purpose, at any host: found by marker and author, edited, or written. Others' are left alone."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from helium.adapters.hosts.call import HostInDoubtError
from helium.core.host_errors import HostMissingError
from helium.core.pull_request import PullRequestComment, marked, own_comments

_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentCalls:
    """How a host lists, writes, edits and removes the comments of one pull request."""

    logins: Callable[[], Collection[str]]
    all: Callable[[], tuple[PullRequestComment, ...]]
    add: Callable[[str], PullRequestComment]
    edit: Callable[[int, str], PullRequestComment]
    remove: Callable[[int], None]


def put(calls: CommentCalls, *, purpose: str, body: str) -> PullRequestComment:
    """Have exactly one comment of ours say this."""
    text = marked(body, purpose=purpose)
    for left in reversed(range(_TRIES)):
        own = own_comments(calls.all(), purpose=purpose, logins=calls.logins())
        try:
            if not own:
                return calls.add(text)
            kept = own[0] if own[0].body == text else calls.edit(own[0].id, text)
        except (HostInDoubtError, HostMissingError):
            # It may have been written, or somebody deleted it since the list: the list tells.
            if not left:
                raise
            continue
        for doubled in own[1:]:
            calls.remove(doubled.id)
        return kept
    raise AssertionError("the last try returns or raises")
