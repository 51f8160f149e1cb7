"""Pull requests as a host knows them: who asked, who approved which commit, and what became of them. Pure.

Refuses to take a person's word: an approval counts for the commit that it was given for, and a comment is Helium's own
only if Helium's account wrote it.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime


class PullRequestState(enum.StrEnum):
    """What became of a pull request. `CLOSED`: without a merge."""

    OPEN = "open"
    MERGED = "merged"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """A pull request. `author` and `merged_by` are logins at the host.

    `head_commit`: what would be merged, or what was. `base_commit`: the base branch as the host had it, for people; the
    merge base is for git to find. `head_repository`: `OWNER/NAME`; empty when the fork is gone.
    """

    number: int
    url: str
    title: str
    author: str
    base: str
    base_commit: str
    head: str
    head_commit: str
    head_repository: str
    state: PullRequestState
    merge_commit: str = ""
    merged_at: datetime | None = None
    merged_by: str = ""

    def is_of(self, repository: str) -> bool:
        """Whether its branch is in this repository, and not in a fork. Hosts do not tell names by their case."""
        return self.head_repository.lower() == repository.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestDraft:
    """What to open: the branch `head`, which has been pushed, into `base`."""

    title: str
    body: str
    head: str
    base: str


class ReviewVerdict(enum.StrEnum):
    """What a review says. A mere comment says nothing, and is left out. `WITHDRAWN`: dismissed by somebody."""

    APPROVED = "approved"
    CHANGES_REQUESTED = "changes-requested"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What somebody said of one commit of a pull request."""

    login: str
    verdict: ReviewVerdict
    commit: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestComment:
    """A comment. `edited`: it is not what its author wrote at first; a host does not always say by whom."""

    id: int
    author: str
    body: str
    url: str
    created_at: datetime
    edited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewComment:
    """A comment, and the number of the pull request or issue that it is on."""

    number: int
    comment: PullRequestComment


class StatusState(enum.StrEnum):
    """How a commit status stands."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILURE = "failure"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitStatus:
    """A line beside a commit. `context` names it; the newest with a name counts. `author`: the login that set it."""

    context: str
    state: StatusState
    description: str = ""
    url: str = ""
    author: str = ""


class Permission(enum.IntEnum):
    """What an account may do in the repository; each may do what those before it may."""

    NONE = 0
    READ = 1
    WRITE = 2
    ADMIN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchRights:
    """What Helium's account may do on one branch. `None`: the host does not tell this account.

    `exists`: the branch is there. `protected`: some rule is about it. `may_push`: without a pull request, by right or
    by a bypass. `bypasses`: a rule holds others back, and not this account. `by_pull_request`: others need one.
    """

    branch: str
    exists: bool
    protected: bool
    may_push: bool | None
    bypasses: bool | None = None
    by_pull_request: bool = False
    approvals: int = 0
    checks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretStore:
    """Where secrets lie, by their names. `branches`: whose workflows read them; `None`: those of every branch."""

    place: str
    names: tuple[str, ...]
    branches: tuple[str, ...] | None = None


PLAN_COMMENT = "plan"
"""The purpose of the comment that tells what a pull request would do, and later what became of it."""


def marker(purpose: str) -> str:
    """The first line of a comment of Helium's, which a reader does not see: one comment for each purpose."""
    return f"<!-- helium:{purpose} -->"


def marked(body: str, *, purpose: str) -> str:
    """The text of a comment, with its marker."""
    return f"{marker(purpose)}\n{body}"


def own_comments(
    comments: Iterable[PullRequestComment], *, purpose: str, logins: Collection[str]
) -> tuple[PullRequestComment, ...]:
    """Those that Helium wrote for a purpose, oldest first. Somebody else's with the same marker is not among them.

    `logins`: Helium's account, and that of the host's own CI: a plan is a job's comment, and a pass that has another
    token goes on in it. Whoever can have a job write may edit any comment anyway.
    """
    own = (each for each in comments if each.author in logins and each.body.startswith(marker(purpose)))
    return tuple(sorted(own, key=lambda each: (each.created_at, each.id)))


def approvers(reviews: Iterable[Review], pull_request: PullRequest) -> tuple[str, ...]:
    """Whose last word on exactly this head is an approval, sorted. The author's own does not count."""
    last = dict[str, Review]()
    for review in sorted(reviews, key=lambda each: each.at):
        last[review.login] = review
    return tuple(
        sorted(
            login
            for login, review in last.items()
            if review.verdict is ReviewVerdict.APPROVED
            and review.commit == pull_request.head_commit
            and login != pull_request.author
        )
    )
