"""Edits of spec files as pull requests: one branch and one pull request each, for main as it is now.

People merge them, or whoever may. Refuses to push over anything: a branch that is there already, with another commit,
is somebody else's. Only the standing branch of expired files is moved, and only from where it was when it was read.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from helium.adapters.git_repo import Clone
from helium.adapters.git_repo.push import push
from helium.adapters.git_repo.trees import writing
from helium.adapters.git_repo.write import CommitDraft, beside_main
from helium.core.host_errors import HostRightsError, NotMergeableError, PullRequestMovedError
from helium.core.pull_request import PullRequest, PullRequestDraft
from helium.errors import UsageError
from helium.ports.commit_queue import Request, View
from helium.ports.host import Host

PREFIX = "helium/"
"""How the branches of such pull requests begin."""
BODY = "Asked for with Helium. A comment says what merging it does."


class PullRequestWriter:
    """Opens pull requests in the name of the token's account. `view`: main as fetched last.

    `host` is called when the first one is opened.
    """

    def __init__(self, clone: Clone, *, view: Callable[[], View], host: Callable[[], Host]) -> None:
        self._clone, self._view, self._open = clone, view, host

    @cached_property
    def host(self) -> Host:
        """The host itself, opened once."""
        return self._open()

    def submit(
        self, request: Request, *, standing: str = "", body: str = BODY, again: bool = False
    ) -> tuple[str, PullRequest]:
        """The commit, and the pull request that is open for it. The edit is judged on main as fetched last.

        `standing`: the name of a branch that is made again from main each time, instead of one for this request alone.
        `again`: an earlier try of this very request may have pushed its branch, and not opened the pull request.
        """
        # First: without a host, a branch that nobody looks at would be left.
        host, view = self.host, self._view()
        trailers = {"Helium-Request": request.id, "Helium-By": request.by}
        draft = CommitDraft(tuple(request.edit(view)), request.by, request.message, trailers)
        with writing(self._clone.repository):
            commit = beside_main(self._clone, draft, head=view.commit)
        if commit == view.commit:
            raise UsageError("Main has exactly that already, so there is nothing to ask for.")
        branch = f"{PREFIX}{standing or request.id}"
        ref = f"refs/heads/{branch}"
        if again:
            self._require_ours(ref, request)
        self._push(commit, ref=ref, moves=bool(standing) or again)
        title, _, _ = request.message.partition("\n")
        return commit, host.open(PullRequestDraft(title=title, body=body, head=branch, base=self._clone.main))

    def merged(self, opened: PullRequest, commit: str) -> bool:
        """Merge exactly that commit. False where the host wants a person's word first, or has another head by now."""
        try:
            self.host.merge(opened.number, head=commit, message=opened.title)
        except (NotMergeableError, PullRequestMovedError, HostRightsError):
            return False
        return True

    def _require_ours(self, ref: str, request: Request) -> None:
        """Raise where the branch is there with anything but this request's one commit: that is somebody's work."""
        remote, program = str(self._clone.remote), self._clone.program
        there = program.text("ls-remote", remote, ref).split()
        if not there:
            return
        program.run("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", remote, ref)
        text = program.run("log", "--max-count=2", "--format=%B%x00", there[0], f"^{self._view().commit}").decode()
        messages = [each.splitlines() for each in text.split("\0") if each.strip()]
        if len(messages) != 1 or f"Helium-Request: {request.id}" not in messages[0]:
            branch = ref.removeprefix("refs/heads/")
            raise UsageError(f"The branch {branch} is there already, with something else. Delete it, then try again.")

    def _push(self, commit: str, *, ref: str, moves: bool) -> None:
        remote, program = str(self._clone.remote), self._clone.program
        there = program.text("ls-remote", remote, ref).split() if moves else []
        push(program, commit, remote=remote, ref=ref, over=there[0] if there else "")
