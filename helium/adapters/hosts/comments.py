"""Comments of pull requests and issues: GitHub and Gitea have the same calls for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Generic, Protocol, TypeVar

from helium.adapters.hosts.call import HostInDoubtError, RepositoryCalls
from helium.adapters.hosts.transport import HostTransport
from helium.core.host_errors import HostMissingError
from helium.core.pull_request import NewComment, PullRequestComment, marked, own_comments

_TRIES = 3


class CommentAnswer(Protocol):
    """A comment in a host's words."""

    def value(self) -> PullRequestComment:
        """In Helium's."""

    def new(self) -> NewComment:
        """With the number of what it is written on."""


C = TypeVar("C", bound=CommentAnswer)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueComments(Generic[C]):
    """The comments of one repository. `read`, `write`: the rights that these need; `page`: how a page is made long.

    `logins`: whose comments are ours.
    """

    transport: HostTransport
    kind: type[C]
    kinds: type[list[C]]
    read: str
    write: str
    page: Mapping[str, int]
    logins: Callable[[], Collection[str]]

    def of(self, number: int) -> tuple[PullRequestComment, ...]:
        """All of one pull request or issue, oldest first."""
        what = f"read the comments of pull request {number}"
        return tuple(each.value() for each in self._found(f"/issues/{number}/comments", what=what))

    def since(self, moment: datetime) -> tuple[NewComment, ...]:
        """Those of all pull requests and issues since then, oldest first."""
        at = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        found = self._found("/issues/comments", what="read new comments", since=at)
        new = (each.new() for each in found)
        return tuple(sorted(new, key=lambda each: (each.comment.created_at, each.comment.id)))

    def put(self, number: int, *, purpose: str, body: str) -> PullRequestComment:
        """Have exactly one comment of ours for a purpose say this: it is edited, or written. Others' are left alone."""
        text = marked(body, purpose=purpose)
        for left in reversed(range(_TRIES)):
            own = own_comments(self.of(number), purpose=purpose, logins=self.logins())
            try:
                if not own:
                    return self._add(number, text)
                kept = own[0] if own[0].body == text else self._edit(own[0].id, text, number=number)
            except (HostInDoubtError, HostMissingError):
                # It may have been written, or somebody deleted it since the list: the list tells.
                if not left:
                    raise
                continue
            for doubled in own[1:]:
                self._remove(doubled.id, number=number)
            return kept
        raise AssertionError("the last try returns or raises")

    @property
    def _calls(self) -> RepositoryCalls:
        return RepositoryCalls(self.transport.place)

    def _found(self, path: str, *, what: str, **query: str) -> list[C]:
        call = self._calls.get(path, what=what, right=self.read)
        return self.transport.pages(replace(call, query={**self.page, **query}), self.kinds)

    def _add(self, number: int, text: str) -> PullRequestComment:
        path, what = f"/issues/{number}/comments", _write(number)
        call = self._calls.send("POST", path, body={"body": text}, what=what, right=self.write)
        return self.transport.read(replace(call, creates=True), self.kind).value()

    def _edit(self, id: int, text: str, *, number: int) -> PullRequestComment:
        path, what = f"/issues/comments/{id}", _write(number)
        call = self._calls.send("PATCH", path, body={"body": text}, what=what, right=self.write)
        return self.transport.read(call, self.kind).value()

    def _remove(self, id: int, *, number: int) -> None:
        path, what = f"/issues/comments/{id}", _write(number)
        call = self._calls.send("DELETE", path, body=None, what=what, right=self.write)
        self.transport.ask(replace(call, takes=frozenset((404,))))


def _write(number: int) -> str:
    return f"comment on pull request {number}"
