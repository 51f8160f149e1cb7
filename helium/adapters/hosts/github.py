"""A repository at GitHub: each call fits GitHub's own description of its API.

Refuses to trust `merge_commit_sha` before a merge, which is only a trial then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from helium.adapters.hosts import github_rights, one_merge
from helium.adapters.hosts.call import HostCall, RepositoryCalls, decoded
from helium.adapters.hosts.comments import IssueComments
from helium.adapters.hosts.github_answers import (
    GitHubActivity,
    GitHubComment,
    GitHubPullRequest,
    GitHubRepository,
    GitHubReview,
    GitHubStatus,
    GitHubUser,
    GitHubViewer,
)
from helium.adapters.hosts.github_rights import METADATA, PAGE
from helium.adapters.hosts.transport import HostTransport
from helium.core.host_errors import HostError
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

HEADERS = {"Accept": "application/json", "X-GitHub-Api-Version": "2022-11-28"}
_READ, _WRITE = "the permission Pull requests: read", "the permission Pull requests: write"
_MERGE = "the permissions Contents: write and Pull requests: write"
_STATUS_READ, _STATUS_WRITE = "the permission Commit statuses: read", "the permission Commit statuses: write"
_LONGEST_STATUS = 140
_QUERY = "query { viewer { login } }"
_CHECKING = "base branch was modified"
"""What GitHub says when somebody else's merge was faster; the head that was judged is still the same."""


@dataclass(slots=True)
class GitHubHost:
    """One repository at GitHub."""

    transport: HostTransport
    _account: str = field(default="", init=False)

    @property
    def place(self) -> HostPlace:
        """Which host and which repository."""
        return self.transport.place

    @property
    def longest_comment(self) -> int:
        """GitHub refuses a longer one."""
        return 65536

    def account(self) -> str:
        """The login of our own account. An app, and a job's own token, is no user: GraphQL knows what it is called."""
        if not self._account:
            what = "learn which account its token is of"
            call = HostCall(method="GET", path="/user", what=what, right=METADATA, takes=frozenset((403,)))
            answer = self.transport.ask(call)
            if answer.status == 403:
                call = HostCall(
                    method="POST", path=self.place.graphql, what=what, right=METADATA, body={"query": _QUERY}
                )
                self._account = self.transport.read(call, GitHubViewer).data.viewer.login
            else:
                self._account = decoded(answer, GitHubUser, place=self.place, what=what).login
        return self._account

    def pull_request(self, number: int) -> PullRequest:
        """One pull request as it is now."""
        call = self._calls.get(f"/pulls/{number}", what=f"read pull request {number}", right=_READ)
        return self.transport.read(call, GitHubPullRequest).value()

    def open_pull_requests(self, *, head: str) -> tuple[PullRequest, ...]:
        """The open ones of a branch of this repository."""
        owner = self.place.repository.partition("/")[0]
        what = "list the open pull requests"
        call = self._calls.get("/pulls", what=what, right=_READ, state="open", head=f"{owner}:{head}", per_page=PAGE)
        found = (each.value() for each in self.transport.pages(call, list[GitHubPullRequest]))
        # An owner may have several forks of one repository.
        return tuple(each for each in found if each.is_of(self.place.repository) and each.head == head)

    def waiting_pull_requests(self, *, base: str) -> tuple[PullRequest, ...]:
        """All that are open for a branch, oldest first."""
        what = "list the open pull requests"
        call = self._calls.get("/pulls", what=what, right=_READ, state="open", base=base, per_page=PAGE)
        found = (each.value() for each in self.transport.pages(call, list[GitHubPullRequest]) if each.base.ref == base)
        return tuple(sorted(found, key=lambda each: each.number))

    def merged_pull_requests(self, *, base: str, since: datetime) -> tuple[PullRequest, ...]:
        """Those merged into a branch at or after a moment, oldest first."""
        call = self._calls.get(
            "/pulls",
            what="list the merged pull requests",
            right=_READ,
            state="closed",
            sort="updated",
            direction="desc",
            base=base,
            per_page=PAGE,
        )
        found = self.transport.pages(call, list[GitHubPullRequest], until=lambda each: each.updated_at < since)
        merged = [each for each in found if each.base.ref == base and each.merged_at and each.merged_at >= since]
        return tuple(each.value() for each in sorted(merged, key=lambda each: (str(each.merged_at), each.number)))

    def pusher(self, pull_request: PullRequest) -> str:
        """By what happened last to its branch, which may be in a fork."""
        what = f"learn who pushed to pull request {pull_request.number}"
        calls = RepositoryCalls(replace(self.place, repository=pull_request.head_repository))
        ref = f"refs/heads/{pull_request.head}"
        call = calls.get("/activity", what=what, right="the permission Contents: read", ref=ref, per_page=PAGE)
        found = self.transport.read(call, list[GitHubActivity])
        last = next((each for each in found if each.after == pull_request.head_commit), None)
        return last.actor.login if last and last.actor else ""

    def reviews(self, number: int) -> tuple[Review, ...]:
        """What was said of which commit, oldest first."""
        what = f"read the reviews of pull request {number}"
        call = self._calls.get(f"/pulls/{number}/reviews", what=what, right=_READ, per_page=PAGE)
        found = (each.value() for each in self.transport.pages(call, list[GitHubReview]))
        return tuple(sorted((each for each in found if each is not None), key=lambda each: each.at))

    def open(self, draft: PullRequestDraft) -> PullRequest:
        """Open one, or find the one that is open for this branch already."""
        body = {"title": draft.title, "body": draft.body, "head": draft.head, "base": draft.base}
        call = self._calls.send("POST", "/pulls", body=body, what="open a pull request", right=_WRITE)
        # Asked twice, GitHub refuses the second time, so that a call that was cut short can be repeated.
        answer = self.transport.ask(replace(call, takes=frozenset((422,))))
        if answer.status != 422:
            return decoded(answer, GitHubPullRequest, place=self.place, what=call.what).value()
        if found := next((each for each in self.open_pull_requests(head=draft.head) if each.base == draft.base), None):
            return found
        raise HostError(f"Helium cannot open a pull request: {self.place.name} says {answer.message!r}.")

    def edit(self, number: int, *, title: str, body: str) -> None:
        """Change what a pull request says about itself."""
        what = f"change the words of pull request {number}"
        self.transport.ask(
            self._calls.send("PATCH", f"/pulls/{number}", body={"title": title, "body": body}, what=what, right=_WRITE)
        )

    def merge(self, number: int, *, head: str, message: str) -> str:
        """Merge exactly the commit `head`, and return the commit that main has now."""
        title, _, text = message.partition("\n")
        body = {"sha": head, "merge_method": self._way(), "commit_title": title, "commit_message": text.strip()}
        call = self._calls.send(
            "PUT", f"/pulls/{number}/merge", body=body, what=f"merge pull request {number}", right=_MERGE
        )
        call = replace(call, creates=True, takes=frozenset((404, 405, 409, 422)))
        calls = one_merge.MergeCalls(
            place=self.place,
            ask=lambda: self.transport.ask(call),
            look=lambda: self.pull_request(number),
            not_yet=lambda answer: _CHECKING in answer.message.lower(),
            patience=self.transport.patience,
        )
        return one_merge.merge(calls, head=head)

    def close(self, number: int) -> PullRequest:
        """Close one without a merge, and say what it is now."""
        what = f"close pull request {number}"
        call = self._calls.send("PATCH", f"/pulls/{number}", body={"state": "closed"}, what=what, right=_WRITE)
        return self.transport.read(call, GitHubPullRequest).value()

    def comments(self, number: int) -> tuple[PullRequestComment, ...]:
        """All comments of a pull request, oldest first."""
        return self._comments.of(number)

    def new_comments(self, *, since: datetime) -> tuple[NewComment, ...]:
        """Those of all pull requests and issues since a moment, oldest first."""
        return self._comments.since(since)

    def put_comment(self, number: int, *, purpose: str, body: str) -> PullRequestComment:
        """Have one comment of ours for a purpose say this."""
        return self._comments.put(number, purpose=purpose, body=body)

    def statuses(self, commit: str) -> tuple[CommitStatus, ...]:
        """The newest status of each context of a commit."""
        what = f"read the statuses of {commit[:12]}"
        call = self._calls.get(f"/commits/{commit}/statuses", what=what, right=_STATUS_READ, per_page=PAGE)
        found = sorted(self.transport.pages(call, list[GitHubStatus]), key=lambda each: each.id)
        newest = {each.context: each.value() for each in found}
        return tuple(newest[context] for context in sorted(newest))

    def set_status(self, commit: str, status: CommitStatus) -> None:
        """Add one; twice the same is once."""
        body = {
            "context": status.context,
            "state": status.state.value,
            "description": status.description[:_LONGEST_STATUS],
            **({"target_url": status.url} if status.url else {}),
        }
        what = f"set the status {status.context} of {commit[:12]}"
        self.transport.ask(self._calls.send("POST", f"/statuses/{commit}", body=body, what=what, right=_STATUS_WRITE))

    def permission(self, login: str) -> Permission:
        """What an account may do here."""
        return github_rights.permission(self.transport, login)

    def branch_rights(self, branch: str) -> BranchRights:
        """What our account may do on a branch."""
        return github_rights.branch_rights(self.transport, branch)

    def secrets(self) -> Sequence[SecretStore]:
        """Those of the repository, of its organization, and of each environment."""
        return github_rights.secrets(self.transport)

    def close_connections(self) -> None:
        """Let the connections go."""
        self.transport.close()

    @property
    def _calls(self) -> RepositoryCalls:
        return RepositoryCalls(self.place)

    @property
    def _comments(self) -> IssueComments[GitHubComment]:
        return IssueComments(
            transport=self.transport,
            kind=GitHubComment,
            kinds=list[GitHubComment],
            read=_READ,
            write=_WRITE,
            page={"per_page": PAGE},
            logins=lambda: (self.account(), *self.place.job_accounts),
        )

    def _way(self) -> str:
        """How this repository lets a pull request be merged, preferably by a commit of its own."""
        call = self._calls.get("", what="learn how the repository merges", right=METADATA)
        found = self.transport.read(call, GitHubRepository)
        ways = (
            ("merge", found.allow_merge_commit),
            ("squash", found.allow_squash_merge),
            ("rebase", found.allow_rebase_merge),
        )
        return next((way for way, allowed in ways if allowed), "merge")
