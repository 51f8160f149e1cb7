"""A host of a repository, in memory: pull requests, comments, reviews and statuses of several accounts."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from helium.core.host_errors import HostMissingError, NotMergeableError, PullRequestMovedError
from helium.core.host_place import GITEA, HostPlace
from helium.core.pull_request import (
    BranchRights,
    CommitStatus,
    NewComment,
    Permission,
    PullRequest,
    PullRequestComment,
    PullRequestDraft,
    PullRequestState,
    Review,
    ReviewVerdict,
    SecretStore,
    marked,
    own_comments,
)

PLACE = HostPlace(GITEA, "https://git.example.com", "acme/fleet")
BEGINNING = datetime(2026, 11, 29, 8, tzinfo=UTC)


@dataclass(slots=True)
class Forge:
    """What is at the host, for all accounts. Each thing that happens takes a second."""

    branches: dict[str, str] = field(default_factory=lambda: {"main": "0" * 40})
    permissions: dict[str, Permission] = field(default_factory=dict)
    pull_requests: dict[int, PullRequest] = field(default_factory=dict)
    comments: dict[int, list[PullRequestComment]] = field(default_factory=dict)
    reviews: dict[int, list[Review]] = field(default_factory=dict)
    statuses: dict[str, dict[str, CommitStatus]] = field(default_factory=dict)
    protected: dict[str, frozenset[str]] = field(default_factory=dict)
    """Who may push to a branch all the same."""
    secrets: list[SecretStore] = field(default_factory=list)
    pushers: dict[str, str] = field(default_factory=dict)
    """Who pushed a commit, if it was not whoever opened its pull request."""
    red: set[int] = field(default_factory=set)
    """Pull requests that a rule holds back."""
    _numbers: Iterable[int] = field(default_factory=lambda: itertools.count(1))
    _happened: int = 0

    def now(self) -> datetime:
        """A second later than the last time."""
        self._happened += 1
        return BEGINNING + timedelta(seconds=self._happened)

    def number(self) -> int:
        """One that nothing has yet."""
        return next(iter(self._numbers))

    def push(self, branch: str) -> str:
        """Another commit on a branch; the open pull requests of it follow."""
        self.branches[branch] = commit = hashlib.sha1(f"{branch}{self.now()}".encode()).hexdigest()
        for number, each in self.pull_requests.items():
            if each.head == branch and each.state is PullRequestState.OPEN:
                self.pull_requests[number] = replace(each, head_commit=commit)
        return commit

    def comment(self, number: int, *, author: str, body: str) -> PullRequestComment:
        """What somebody writes."""
        id = self.number()
        added = PullRequestComment(id=id, author=author, body=body, url=f"#comment-{id}", created_at=self.now())
        self.comments.setdefault(number, []).append(added)
        return added

    def rewrite(self, id: int, body: str) -> PullRequestComment:
        """What somebody makes of a comment."""
        for listed in self.comments.values():
            for place, each in enumerate(listed):
                if each.id == id:
                    listed[place] = replace(each, body=body, edited=True)
                    return listed[place]
        raise HostMissingError(f"there is no comment {id}")

    def remove(self, id: int) -> None:
        """Somebody deletes a comment."""
        for number, listed in self.comments.items():
            self.comments[number] = [each for each in listed if each.id != id]

    def review(self, number: int, *, login: str, verdict: ReviewVerdict) -> None:
        """What somebody says of the head as it is."""
        commit = self.pull_requests[number].head_commit
        self.reviews.setdefault(number, []).append(Review(login=login, verdict=verdict, commit=commit, at=self.now()))


@dataclass(slots=True)
class FakeHost:
    """The host as one account sees it."""

    login: str = "helium"
    forge: Forge = field(default_factory=Forge)
    place: HostPlace = PLACE
    longest_comment: int = 65536

    def account(self) -> str:
        """Its login."""
        return self.login

    def pull_request(self, number: int) -> PullRequest:
        """As it is now."""
        if number not in self.forge.pull_requests:
            raise HostMissingError(f"there is no pull request {number}")
        return self.forge.pull_requests[number]

    def open_pull_requests(self, *, head: str) -> tuple[PullRequest, ...]:
        """Of this repository's branch."""
        return tuple(
            each
            for each in self.forge.pull_requests.values()
            if each.state is PullRequestState.OPEN and each.head == head and each.is_of(self.place.repository)
        )

    def waiting_pull_requests(self, *, base: str) -> tuple[PullRequest, ...]:
        """Oldest first."""
        waiting = [each for each in self.forge.pull_requests.values() if each.state is PullRequestState.OPEN]
        return tuple(sorted((each for each in waiting if each.base == base), key=lambda each: each.number))

    def merged_pull_requests(self, *, base: str, since: datetime) -> tuple[PullRequest, ...]:
        """Oldest first, without who merged."""
        merged = [each for each in self.forge.pull_requests.values() if each.merged_at and each.merged_at >= since]
        listed = (replace(each, merged_by="") for each in merged if each.base == base)
        return tuple(sorted(listed, key=lambda each: str(each.merged_at)))

    def pusher(self, pull_request: PullRequest) -> str:
        """Its author, unless somebody else was named."""
        return self.forge.pushers.get(pull_request.head_commit, pull_request.author)

    def reviews(self, number: int) -> tuple[Review, ...]:
        """Oldest first."""
        return tuple(self.forge.reviews.get(number, ()))

    def open(self, draft: PullRequestDraft) -> PullRequest:
        """Or the one that is open already."""
        for each in self.open_pull_requests(head=draft.head):
            if each.base == draft.base:
                return each
        number = self.forge.number()
        self.forge.pull_requests[number] = opened = PullRequest(
            number=number,
            url=f"{self.place.page}/pulls/{number}",
            title=draft.title,
            author=self.login,
            base=draft.base,
            base_commit=self.forge.branches[draft.base],
            head=draft.head,
            head_commit=self.forge.branches[draft.head],
            head_repository=self.place.repository,
            state=PullRequestState.OPEN,
        )
        return opened

    def edit(self, number: int, *, title: str, body: str) -> None:
        """Its body is not kept: nobody reads it back."""
        self.forge.pull_requests[number] = replace(self.pull_request(number), title=title)

    def merge(self, number: int, *, head: str, message: str) -> str:
        """At that head, or not at all."""
        found = self.pull_request(number)
        if found.head_commit != head:
            raise PullRequestMovedError(number, expected=head, head=found.head_commit)
        if found.state is PullRequestState.CLOSED:
            raise NotMergeableError(number, "it was closed without a merge")
        if found.state is PullRequestState.OPEN:
            if number in self.forge.red:
                raise NotMergeableError(number, "a check is red")
            commit = self.forge.push(found.base)
            self.forge.pull_requests[number] = replace(
                found,
                state=PullRequestState.MERGED,
                merge_commit=commit,
                merged_at=self.forge.now(),
                merged_by=self.login,
            )
        return self.pull_request(number).merge_commit

    def close(self, number: int) -> PullRequest:
        """A merged one stays merged."""
        found = self.pull_request(number)
        if found.state is PullRequestState.OPEN:
            self.forge.pull_requests[number] = replace(found, state=PullRequestState.CLOSED)
        return self.pull_request(number)

    def comments(self, number: int) -> tuple[PullRequestComment, ...]:
        """Oldest first."""
        return tuple(self.forge.comments.get(number, ()))

    def new_comments(self, *, since: datetime) -> tuple[NewComment, ...]:
        """An edit takes no time here."""
        found = [NewComment(number=number, comment=each) for number, all in self.forge.comments.items() for each in all]
        late = [each for each in found if each.comment.created_at >= since]
        return tuple(sorted(late, key=lambda each: each.comment.created_at))

    def put_comment(self, number: int, *, purpose: str, body: str) -> PullRequestComment:
        """Ours says this, and no second one of ours says anything."""
        text = marked(body, purpose=purpose)
        own = own_comments(self.comments(number), purpose=purpose, logins=(self.login, *self.place.job_accounts))
        for doubled in own[1:]:
            self.forge.remove(doubled.id)
        if not own:
            return self.forge.comment(number, author=self.login, body=text)
        return own[0] if own[0].body == text else self.forge.rewrite(own[0].id, text)

    def statuses(self, commit: str) -> tuple[CommitStatus, ...]:
        """By context."""
        return tuple(each for _, each in sorted(self.forge.statuses.get(commit, {}).items()))

    def set_status(self, commit: str, status: CommitStatus) -> None:
        """The newest counts."""
        self.forge.statuses.setdefault(commit, {})[status.context] = replace(status, author=self.login)

    def permission(self, login: str) -> Permission:
        """Nobody may do anything who was not told so."""
        return self.forge.permissions.get(login, Permission.NONE)

    def branch_rights(self, branch: str) -> BranchRights:
        """A protected branch is for those on its list."""
        writes = self.permission(self.login) >= Permission.WRITE
        held = branch in self.forge.protected
        listed = self.login in self.forge.protected.get(branch, frozenset())
        return BranchRights(
            branch=branch,
            exists=branch in self.forge.branches,
            protected=held,
            may_push=listed if held else writes,
            bypasses=held and listed,
            by_pull_request=held,
        )

    def secrets(self) -> Sequence[SecretStore]:
        """Where they lie."""
        return tuple(self.forge.secrets)

    def close_connections(self) -> None:
        """There are none."""
