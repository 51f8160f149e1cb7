"""The place that keeps the repository and its pull requests: GitHub, or Gitea. Plain git has none.

Every method blocks, retries what may be retried, and ends within `patience`. `HostError` when the host refuses or does
not answer, with what to do; `HostAwayError` when the same call may succeed later. Refuses to guess: an answer that is
not understood is an error, never an empty one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from helium.core.host_place import HostPlace
from helium.core.pull_request import (
    BranchRights,
    CommitStatus,
    NewComment,
    Permission,
    PullRequest,
    PullRequestComment,
    PullRequestDraft,
    Review,
    SecretStore,
)


class Host(Protocol):
    """One repository at its host, as the account sees it whose token Helium has."""

    @property
    def place(self) -> HostPlace:
        """Which host and which repository."""

    @property
    def longest_comment(self) -> int:
        """How many characters a comment may have here."""

    def account(self) -> str:
        """The login of our own account. It wrote what `put_comment` writes."""

    def pull_request(self, number: int) -> PullRequest:
        """One pull request as it is now; `HostMissingError` when there is none."""

    def open_pull_requests(self, *, head: str) -> tuple[PullRequest, ...]:
        """The open ones of a branch of this repository; a fork's branch of that name is another one."""

    def waiting_pull_requests(self, *, base: str) -> tuple[PullRequest, ...]:
        """All that are open for a branch, of forks too, oldest first."""

    def merged_pull_requests(self, *, base: str, since: datetime) -> tuple[PullRequest, ...]:
        """Those merged into a branch at or after a moment, oldest first. `head_commit` is what was merged.

        Without `merged_by`, which a host's list does not tell: one call for each would be too much.
        For reviewed removals: which of them made the commits between two heads is told by `merge_commit`.
        """

    def pusher(self, pull_request: PullRequest) -> str:
        """Who pushed its head, by login: whoever may write can push to anybody's branch.

        Its author, where nobody pushed since it was opened: whoever opens it chooses its head. Empty where the host
        does not say.
        """

    def reviews(self, number: int) -> tuple[Review, ...]:
        """What was said of which commit, oldest first."""

    def open(self, draft: PullRequestDraft) -> PullRequest:
        """Open one, or find the one that is open for this branch already: the call may have been cut short before."""

    def edit(self, number: int, *, title: str, body: str) -> None:
        """Change what a pull request says about itself."""

    def merge(self, number: int, *, head: str, message: str) -> str:
        """Merge exactly the commit `head`, and return the commit that main has now.

        `message`: its first line is the title. Merged already, with this head: done. `PullRequestMovedError` when the
        head is another one now, `NotMergeableError` when a rule or a conflict is in the way; nothing was merged then.
        """

    def close(self, number: int) -> PullRequest:
        """Close one without a merge, and say what it is now: somebody may have merged it meanwhile."""

    def comments(self, number: int) -> tuple[PullRequestComment, ...]:
        """All comments of a pull request, or of an issue, oldest first: hosts number both together."""

    def new_comments(self, *, since: datetime) -> tuple[NewComment, ...]:
        """Those of all pull requests and issues that were written or edited at or after a moment, oldest first."""

    def put_comment(self, number: int, *, purpose: str, body: str) -> PullRequestComment:
        """Have one comment of ours for a purpose say this, whatever became of it meanwhile.

        Ours has the purpose's marker and our account as its author, or the account of the host's CI: it is edited;
        without one, it is written. If two of our runs wrote one each, the older stays. What somebody else planted with
        our marker is left alone.
        """

    def statuses(self, commit: str) -> tuple[CommitStatus, ...]:
        """The newest status of each context of a commit."""

    def set_status(self, commit: str, status: CommitStatus) -> None:
        """Add one; it replaces an earlier one with the same context."""

    def permission(self, login: str) -> Permission:
        """What an account may do in this repository. Nobody of that name: nothing."""

    def branch_rights(self, branch: str) -> BranchRights:
        """What our account may do on a branch, which need not exist yet."""

    def secrets(self) -> Sequence[SecretStore]:
        """Where the secrets lie that workflows of this repository can read. `HostRightsError` if we may not know."""

    def close_connections(self) -> None:
        """Let the connections go."""
