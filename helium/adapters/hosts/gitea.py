"""A repository at a Gitea, or at a Forgejo: each call tried on Gitea 1.26.

Refuses to take a merged pull request's head from the pull request: Gitea shows the branch's newest commit there, also
one that was pushed after the merge. What was merged is in `refs/pull/N/head`, to which nobody can push.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from helium.adapters.hosts import gitea_rights, one_merge
from helium.adapters.hosts.call import HostCall, RepositoryCalls, decoded
from helium.adapters.hosts.comments import IssueComments
from helium.adapters.hosts.gitea_answers import (
    GiteaComment,
    GiteaPullRequest,
    GiteaRef,
    GiteaRepository,
    GiteaReview,
    GiteaStatus,
    GiteaTimelineEvent,
    GiteaUser,
)
from helium.adapters.hosts.gitea_rights import PAGE, READ, WRITE
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

HEADERS = {"Accept": "application/json"}
_ISSUES, _ISSUES_WRITE = "the scope read:issue", "the scope write:issue"
_USER = "the scope read:user"
_SOON = "try again later"
"""What Gitea says while it still looks whether a pull request can be merged."""


@dataclass(slots=True)
class GiteaHost:
    """One repository at a Gitea."""

    transport: HostTransport
    _account: str = field(default="", init=False)

    @property
    def place(self) -> HostPlace:
        """Which host and which repository."""
        return self.transport.place

    @property
    def longest_comment(self) -> int:
        """Gitea sets no limit of its own; a page of this length still opens."""
        return 65536

    def account(self) -> str:
        """The login of our own account."""
        if not self._account:
            call = HostCall(method="GET", path="/user", what="learn which account its token is of", right=_USER)
            self._account = self.transport.read(call, GiteaUser).login
        return self._account

    def pull_request(self, number: int) -> PullRequest:
        """One pull request as it is now."""
        call = self._calls.get(f"/pulls/{number}", what=f"read pull request {number}", right=READ)
        return self._value(self.transport.read(call, GiteaPullRequest))

    def open_pull_requests(self, *, head: str) -> tuple[PullRequest, ...]:
        """The open ones of a branch of this repository."""
        call = self._calls.get("/pulls", what="list the open pull requests", right=READ, state="open", limit=PAGE)
        found = self.transport.pages(call, list[GiteaPullRequest])
        own = (each.value() for each in found if each.head.ref == head)
        return tuple(each for each in own if each.is_of(self.place.repository))

    def waiting_pull_requests(self, *, base: str) -> tuple[PullRequest, ...]:
        """All that are open for a branch, oldest first."""
        what = "list the open pull requests"
        call = self._calls.get("/pulls", what=what, right=READ, state="open", base_branch=base, limit=PAGE)
        found = (each.value() for each in self.transport.pages(call, list[GiteaPullRequest]) if each.base.ref == base)
        return tuple(sorted(found, key=lambda each: each.number))

    def merged_pull_requests(self, *, base: str, since: datetime) -> tuple[PullRequest, ...]:
        """Those merged into a branch at or after a moment, oldest first."""
        call = self._calls.get(
            "/pulls",
            what="list the merged pull requests",
            right=READ,
            state="closed",
            sort="recentupdate",
            base_branch=base,
            limit=PAGE,
        )
        found = self.transport.pages(call, list[GiteaPullRequest], until=lambda each: each.updated_at < since)
        merged = [each for each in found if each.base.ref == base and each.merged_at and each.merged_at >= since]
        return tuple(self._value(each) for each in sorted(merged, key=lambda each: (str(each.merged_at), each.number)))

    def pusher(self, pull_request: PullRequest) -> str:
        """By the newest push that brought its head; Gitea notes those that come after the opening."""
        what = f"learn who pushed to pull request {pull_request.number}"
        path = f"/issues/{pull_request.number}/timeline"
        call = self._calls.get(path, what=what, right=_ISSUES, limit=PAGE)
        events = sorted(self.transport.pages(call, list[GiteaTimelineEvent]), key=lambda each: each.id)
        pushes = [each for each in events if each.pushed(pull_request.head_commit)]
        if not pushes:
            return pull_request.author
        return pushes[-1].user.login if pushes[-1].user else ""

    def reviews(self, number: int) -> tuple[Review, ...]:
        """What was said of which commit, oldest first."""
        what = f"read the reviews of pull request {number}"
        call = self._calls.get(f"/pulls/{number}/reviews", what=what, right=READ, limit=PAGE)
        found = (each.value() for each in self.transport.pages(call, list[GiteaReview]))
        return tuple(sorted((each for each in found if each is not None), key=lambda each: each.at))

    def open(self, draft: PullRequestDraft) -> PullRequest:
        """Open one, or find the one that is open for this branch already."""
        body = {"title": draft.title, "body": draft.body, "head": draft.head, "base": draft.base}
        call = self._calls.send("POST", "/pulls", body=body, what="open a pull request", right=WRITE)
        # Asked twice, Gitea refuses the second time, so that a call that was cut short can be repeated.
        answer = self.transport.ask(replace(call, takes=frozenset((409,))))
        if answer.status != 409:
            return self._value(decoded(answer, GiteaPullRequest, place=self.place, what=call.what))
        if found := self._opened(draft):
            return found
        raise HostError(f"Helium cannot open a pull request: {self.place.name} says {answer.message!r}.")

    def edit(self, number: int, *, title: str, body: str) -> None:
        """Change what a pull request says about itself."""
        what = f"change the words of pull request {number}"
        self.transport.ask(
            self._calls.send("PATCH", f"/pulls/{number}", body={"title": title, "body": body}, what=what, right=WRITE)
        )

    def merge(self, number: int, *, head: str, message: str) -> str:
        """Merge exactly the commit `head`, and return the commit that main has now."""
        title, _, text = message.partition("\n")
        body = {"Do": self._way(), "head_commit_id": head, "MergeTitleField": title, "MergeMessageField": text.strip()}
        what = f"merge pull request {number}"
        call = self._calls.send("POST", f"/pulls/{number}/merge", body=body, what=what, right=WRITE)
        call = replace(call, creates=True, takes=frozenset((404, 405, 409)))
        calls = one_merge.MergeCalls(
            place=self.place,
            ask=lambda: self.transport.ask(call),
            look=lambda: self.pull_request(number),
            not_yet=lambda answer: _SOON in answer.message,
            patience=self.transport.patience,
        )
        return one_merge.merge(calls, head=head)

    def close(self, number: int) -> PullRequest:
        """Close one without a merge, and say what it is now."""
        what = f"close pull request {number}"
        call = self._calls.send("PATCH", f"/pulls/{number}", body={"state": "closed"}, what=what, right=WRITE)
        # 412: it is merged already.
        self.transport.ask(replace(call, takes=frozenset((412,))))
        return self.pull_request(number)

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
        call = self._calls.get(f"/commits/{commit}/statuses", what=what, right=READ, limit=PAGE)
        found = sorted(self.transport.pages(call, list[GiteaStatus]), key=lambda each: each.id)
        newest = {each.context: each.value() for each in found}
        return tuple(newest[context] for context in sorted(newest))

    def set_status(self, commit: str, status: CommitStatus) -> None:
        """Add one; twice the same is once."""
        body = {
            "context": status.context,
            "state": status.state.value,
            "description": status.description,
            "target_url": status.url,
        }
        what = f"set the status {status.context} of {commit[:12]}"
        self.transport.ask(self._calls.send("POST", f"/statuses/{commit}", body=body, what=what, right=WRITE))

    def permission(self, login: str) -> Permission:
        """What an account may do here."""
        return gitea_rights.permission(self.transport, login)

    def branch_rights(self, branch: str) -> BranchRights:
        """What our account may do on a branch."""
        return gitea_rights.branch_rights(self.transport, branch, account=self.account)

    def secrets(self) -> Sequence[SecretStore]:
        """The repository's. Gitea hands each of them to the workflows of every branch."""
        return gitea_rights.secrets(self.transport)

    def close_connections(self) -> None:
        """Let the connections go."""
        self.transport.close()

    @property
    def _calls(self) -> RepositoryCalls:
        return RepositoryCalls(self.place)

    @property
    def _comments(self) -> IssueComments[GiteaComment]:
        return IssueComments(
            transport=self.transport,
            kind=GiteaComment,
            kinds=list[GiteaComment],
            read=_ISSUES,
            write=_ISSUES_WRITE,
            page={"limit": PAGE},
            logins=lambda: (self.account(), *self.place.job_accounts),
        )

    def _opened(self, draft: PullRequestDraft) -> PullRequest | None:
        return next((each for each in self.open_pull_requests(head=draft.head) if each.base == draft.base), None)

    def _value(self, found: GiteaPullRequest) -> PullRequest:
        """In Helium's words, with what was merged as the head of one that is merged."""
        if not found.merged:
            return found.value()
        what = f"learn which commit of pull request {found.number} was merged"
        ref = f"pull/{found.number}/head"
        for each in self.transport.read(self._calls.get(f"/git/refs/{ref}", what=what, right=READ), list[GiteaRef]):
            if each.ref == f"refs/{ref}":
                return found.value(merged_head=each.object.sha)
        raise HostError(f"Helium cannot {what}: {self.place.name} does not keep refs/{ref}.")

    def _way(self) -> str:
        """How this repository lets a pull request be merged, preferably by a commit of its own."""
        call = self._calls.get("", what="learn how the repository merges", right=READ)
        found = self.transport.read(call, GiteaRepository)
        ways = (
            ("merge", found.allow_merge_commits),
            ("squash", found.allow_squash_merge),
            ("rebase", found.allow_rebase),
        )
        return next((way for way, allowed in ways if allowed), "merge")
