"""What Gitea answers, as far as it is used, and what that means in Helium's words. Forgejo answers alike."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from helium.adapters.hosts.call import number_in
from helium.core.pull_request import (
    CommitStatus,
    NewComment,
    PullRequest,
    PullRequestComment,
    PullRequestState,
    Review,
    ReviewVerdict,
    StatusState,
)

_VERDICTS = {"APPROVED": ReviewVerdict.APPROVED, "REQUEST_CHANGES": ReviewVerdict.CHANGES_REQUESTED}
_STATES = {"warning": StatusState.SUCCESS, "skipped": StatusState.SUCCESS}
"""States that GitHub does not have; a rule that wants a green check lets both pass."""


class GiteaUser(msgspec.Struct):
    """An account."""

    login: str


class GiteaRepository(msgspec.Struct):
    """What a token may do in a repository, and how the repository merges."""

    full_name: str
    permissions: GiteaPermissions | None = None
    allow_merge_commits: bool = True
    allow_squash_merge: bool = False
    allow_rebase: bool = False


class GiteaPermissions(msgspec.Struct):
    """Of the account whose token it is."""

    admin: bool = False
    push: bool = False
    pull: bool = False


class GiteaName(msgspec.Struct):
    """A repository by its name."""

    full_name: str


class GiteaEnd(msgspec.Struct):
    """One end of a pull request. `label` is the branch; of one that was deleted, `ref` is something else."""

    label: str
    ref: str
    sha: str
    repo: GiteaName | None = None


class GiteaPullRequest(msgspec.Struct):
    """A pull request. `head.sha` of a merged one follows the branch: what was merged is in `refs/pull/N/head`."""

    number: int
    html_url: str
    title: str
    user: GiteaUser
    state: Literal["open", "closed"]
    merged: bool
    updated_at: datetime
    base: GiteaEnd
    head: GiteaEnd
    merged_at: datetime | None = None
    merge_commit_sha: str | None = None
    merged_by: GiteaUser | None = None

    def value(self, *, merged_head: str = "") -> PullRequest:
        """In Helium's words. `merged_head`: what was merged, for one that is merged."""
        state = PullRequestState.MERGED if self.merged else PullRequestState(self.state)
        return PullRequest(
            number=self.number,
            url=self.html_url,
            title=self.title,
            author=self.user.login,
            base=self.base.ref,
            base_commit=self.base.sha,
            head=self.head.label or self.head.ref,
            head_commit=merged_head or self.head.sha,
            head_repository=self.head.repo.full_name if self.head.repo else "",
            state=state,
            merge_commit=(self.merge_commit_sha or "") if self.merged else "",
            merged_at=self.merged_at,
            merged_by=self.merged_by.login if self.merged_by else "",
        )


class GiteaReview(msgspec.Struct):
    """A review. Of a team there is no user."""

    state: str
    commit_id: str
    submitted_at: datetime
    user: GiteaUser | None = None
    dismissed: bool = False

    def value(self) -> Review | None:
        """In Helium's words; `None` for what is no verdict."""
        verdict = _VERDICTS.get(self.state)
        if verdict is None or self.user is None:
            return None
        at = self.submitted_at
        verdict = ReviewVerdict.WITHDRAWN if self.dismissed else verdict
        return Review(login=self.user.login, verdict=verdict, commit=self.commit_id, at=at)


class GiteaComment(msgspec.Struct):
    """A comment. A deleted account is called Ghost."""

    id: int
    html_url: str
    body: str
    created_at: datetime
    updated_at: datetime
    user: GiteaUser | None = None
    issue_url: str = ""
    pull_request_url: str = ""

    def value(self) -> PullRequestComment:
        """In Helium's words."""
        return PullRequestComment(
            id=self.id,
            author=self.user.login if self.user else "",
            body=self.body,
            url=self.html_url,
            created_at=self.created_at,
            edited=self.updated_at > self.created_at,
        )

    def new(self) -> NewComment:
        """The same, with the number that its address ends with."""
        address = self.pull_request_url or self.issue_url
        return NewComment(number=number_in(address), comment=self.value())


class GiteaTimelineEvent(msgspec.Struct):
    """Something that happened to a pull request. Of a push, `body` has its commits, as JSON."""

    id: int
    type: str
    body: str | None = None
    user: GiteaUser | None = None

    def pushed(self, commit: str) -> bool:
        """Whether it is a push that brought this commit."""
        if self.type != "pull_push":
            return False
        try:
            return commit in msgspec.json.decode(self.body or "", type=_PushedCommits).commit_ids
        except msgspec.MsgspecError:
            return False


class _PushedCommits(msgspec.Struct):
    commit_ids: list[str] = []


class GiteaStatus(msgspec.Struct):
    """A commit status. `status` is what GitHub calls `state`."""

    id: int
    context: str
    status: str
    description: str = ""
    target_url: str = ""
    creator: GiteaUser | None = None

    def value(self) -> CommitStatus:
        """In Helium's words; a state of a later Gitea is no success."""
        known = {each.value: each for each in StatusState} | _STATES
        return CommitStatus(
            context=self.context,
            state=known.get(self.status, StatusState.ERROR),
            description=self.description,
            url=self.target_url,
            author=self.creator.login if self.creator else "",
        )


class GiteaBranch(msgspec.Struct):
    """A branch, as far as the account that asks is concerned."""

    name: str
    protected: bool
    user_can_push: bool
    required_approvals: int = 0
    enable_status_check: bool = False
    status_check_contexts: list[str] | None = None


class GiteaRule(msgspec.Struct):
    """A rule about branches, by a name that may have stars."""

    rule_name: str
    enable_push: bool
    enable_push_whitelist: bool = False
    push_whitelist_usernames: list[str] = msgspec.field(default_factory=list)


class GiteaCollaborator(msgspec.Struct):
    """What an account may do."""

    permission: str


class GiteaRef(msgspec.Struct):
    """Where a ref points."""

    ref: str
    object: GiteaObject


class GiteaObject(msgspec.Struct):
    """A commit."""

    sha: str


class GiteaSecret(msgspec.Struct):
    """A secret's name."""

    name: str
