"""What GitHub answers, as far as it is used, and what that means in Helium's words."""

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

_VERDICTS = {
    "APPROVED": ReviewVerdict.APPROVED,
    "CHANGES_REQUESTED": ReviewVerdict.CHANGES_REQUESTED,
    "DISMISSED": ReviewVerdict.WITHDRAWN,
}
_NOBODY = "ghost"
"""What GitHub shows of an account that was deleted."""


class GitHubUser(msgspec.Struct):
    """An account. An app's is called `NAME[bot]`."""

    login: str


class GitHubRepository(msgspec.Struct):
    """What a token may do in a repository, and how the repository merges; an app is not told how."""

    full_name: str
    permissions: dict[str, bool] = msgspec.field(default_factory=dict)
    allow_merge_commit: bool = True
    allow_squash_merge: bool = True
    allow_rebase_merge: bool = True


class GitHubName(msgspec.Struct):
    """A repository by its name."""

    full_name: str


class GitHubEnd(msgspec.Struct):
    """One end of a pull request; `repo` is gone with its fork."""

    ref: str
    sha: str
    repo: GitHubName | None = None


class GitHubPullRequest(msgspec.Struct):
    """A pull request. In a list, it does not say who merged."""

    number: int
    html_url: str
    title: str
    state: Literal["open", "closed"]
    updated_at: datetime
    base: GitHubEnd
    head: GitHubEnd
    user: GitHubUser | None = None
    merged_at: datetime | None = None
    merge_commit_sha: str | None = None
    merged_by: GitHubUser | None = None

    def value(self) -> PullRequest:
        """In Helium's words. Of one that is not merged, `merge_commit_sha` is only a trial."""
        merged = self.merged_at is not None
        return PullRequest(
            number=self.number,
            url=self.html_url,
            title=self.title,
            author=self.user.login if self.user else _NOBODY,
            base=self.base.ref,
            base_commit=self.base.sha,
            head=self.head.ref,
            head_commit=self.head.sha,
            head_repository=self.head.repo.full_name if self.head.repo else "",
            state=PullRequestState.MERGED if merged else PullRequestState(self.state),
            merge_commit=(self.merge_commit_sha or "") if merged else "",
            merged_at=self.merged_at,
            merged_by=self.merged_by.login if self.merged_by else "",
        )


class GitHubReview(msgspec.Struct):
    """A review. One that is not submitted yet has no time; an old one may have lost its commit."""

    state: str
    user: GitHubUser | None = None
    commit_id: str | None = None
    submitted_at: datetime | None = None

    def value(self) -> Review | None:
        """In Helium's words; `None` for what is no verdict."""
        verdict = _VERDICTS.get(self.state)
        if verdict is None or self.user is None or self.submitted_at is None:
            return None
        return Review(login=self.user.login, verdict=verdict, commit=self.commit_id or "", at=self.submitted_at)


class GitHubComment(msgspec.Struct):
    """A comment."""

    id: int
    html_url: str
    created_at: datetime
    updated_at: datetime
    body: str = ""
    user: GitHubUser | None = None
    issue_url: str = ""

    def value(self) -> PullRequestComment:
        """In Helium's words."""
        return PullRequestComment(
            id=self.id,
            author=self.user.login if self.user else _NOBODY,
            body=self.body,
            url=self.html_url,
            created_at=self.created_at,
            edited=self.updated_at > self.created_at,
        )

    def new(self) -> NewComment:
        """The same, with the number that its address ends with."""
        return NewComment(number=number_in(self.issue_url), comment=self.value())


class GitHubActivity(msgspec.Struct):
    """A change of a branch, and whose it was. `after`: the commit that it left."""

    after: str
    actor: GitHubUser | None = None


class GitHubStatus(msgspec.Struct):
    """A commit status."""

    id: int
    context: str
    state: str
    description: str | None = None
    target_url: str | None = None
    creator: GitHubUser | None = None

    def value(self) -> CommitStatus:
        """In Helium's words; a state that is not known is no success."""
        known = {each.value: each for each in StatusState}
        return CommitStatus(
            context=self.context,
            state=known.get(self.state, StatusState.ERROR),
            description=self.description or "",
            url=self.target_url or "",
            author=self.creator.login if self.creator else "",
        )


class GitHubCollaborator(msgspec.Struct):
    """What an account may do: admin, write, read or none; finer roles are one of these."""

    permission: str


class GitHubBranch(msgspec.Struct):
    """A branch."""

    name: str
    protected: bool


class GitHubRule(msgspec.Struct):
    """One rule of a ruleset, as it holds for a branch."""

    type: str
    ruleset_id: int = 0
    parameters: GitHubRuleParameters | None = None


class GitHubRuleParameters(msgspec.Struct):
    """What is used of them."""

    required_approving_review_count: int = 0
    required_status_checks: list[GitHubCheck] = msgspec.field(default_factory=list)


class GitHubCheck(msgspec.Struct):
    """A status that must be green."""

    context: str


class GitHubRuleset(msgspec.Struct):
    """Whether the account that asks may bypass it; GitHub does not always say so."""

    id: int
    current_user_can_bypass: str = ""


class GitHubProtection(msgspec.Struct):
    """A branch's older kind of protection. What is absent is not demanded."""

    required_pull_request_reviews: GitHubReviewRule | None = None
    required_status_checks: GitHubStatusRule | None = None
    restrictions: dict[str, object] | None = None
    enforce_admins: GitHubSwitch | None = None
    lock_branch: GitHubSwitch | None = None


class GitHubReviewRule(msgspec.Struct):
    """How many must approve."""

    required_approving_review_count: int = 0


class GitHubStatusRule(msgspec.Struct):
    """Which statuses must be green."""

    contexts: list[str] = msgspec.field(default_factory=list)


class GitHubSwitch(msgspec.Struct):
    """Something that is on or off."""

    enabled: bool = False


class GitHubSecrets(msgspec.Struct):
    """A page of secrets' names."""

    secrets: list[GitHubSecret]


class GitHubSecret(msgspec.Struct):
    """A secret's name."""

    name: str


class GitHubEnvironments(msgspec.Struct):
    """A page of environments."""

    environments: list[GitHubEnvironment] = msgspec.field(default_factory=list)


class GitHubEnvironment(msgspec.Struct):
    """An environment; without a policy, every branch deploys to it."""

    name: str
    deployment_branch_policy: GitHubBranchPolicy | None = None


class GitHubBranchPolicy(msgspec.Struct):
    """Which branches deploy: those that are protected, or those in a list."""

    protected_branches: bool
    custom_branch_policies: bool


class GitHubPolicies(msgspec.Struct):
    """That list."""

    branch_policies: list[GitHubSecret]


class GitHubViewer(msgspec.Struct):
    """The account that asks, as GraphQL says it."""

    data: GitHubViewerData


class GitHubViewerData(msgspec.Struct):
    """Within it."""

    viewer: GitHubUser
