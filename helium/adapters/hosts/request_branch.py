"""The branch of a pull request that several requests share: one commit for each, on a commit of main.

Refuses to push over anything but the commit that the ledger says Helium pushed last: what somebody else pushed stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from helium.adapters.git_repo import Clone, merging
from helium.adapters.git_repo.push import push
from helium.adapters.git_repo.trees import writing
from helium.adapters.git_repo.write import CommitDraft, beside_main
from helium.core.change_request import ChangeRequest
from helium.errors import HeliumError
from helium.ports.commit_queue import View
from helium.ports.repo import Edit

PREFIX = "helium/requests-"
"""How their names begin."""
RequestEdit = Callable[[View], Sequence[Edit]]


@dataclass(frozen=True, slots=True)
class StackedRequests:
    """The last commit, the requests that have one, and why the others have none. `idle`: main has those already."""

    head: str
    written: tuple[ChangeRequest, ...] = ()
    refused: dict[str, HeliumError] = field(default_factory=dict)
    idle: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RequestBranch:
    """Writes such branches in one clone. `view`: the files at a commit."""

    clone: Clone
    view: Callable[[str], View]

    def stacked(self, requests: Sequence[tuple[ChangeRequest, RequestEdit]], *, on: str) -> StackedRequests:
        """One commit for each request, on the one before. Each is judged by what those before it leave."""
        head, written, idle = on, list[ChangeRequest](), set[str]()
        refused = dict[str, HeliumError]()
        for request, edit in requests:
            try:
                changes = edit(self.view(head))
                commit = self._commit(request, changes, on=head) if changes else head
            except HeliumError as error:
                refused[request.id] = error
                continue
            if commit == head:
                idle.add(request.id)
                continue
            head = commit
            written.append(request)
        return StackedRequests(head, tuple(written), refused, frozenset(idle))

    def _commit(self, request: ChangeRequest, changes: Sequence[Edit], *, on: str) -> str:
        trailers = {"Helium-Request": request.id, "Helium-By": request.by}
        draft = CommitDraft(tuple(changes), request.by, request.message, trailers)
        with writing(self.clone.repository):
            return beside_main(self.clone, draft, head=on)

    def push(self, branch: str, commit: str, *, over: str) -> None:
        """`HeadMovedError` where the branch is not at `over` (empty: it must not exist)."""
        ref = f"refs/heads/{branch}"
        push(self.clone.program, commit, remote=str(self.clone.remote), ref=ref, over=over)

    def has(self, commit: str) -> bool:
        """Whether this clone has that commit: another process may have written it."""
        return commit in self.clone.repository

    def fetch(self, branch: str) -> None:
        """Bring what the branch has into this clone."""
        self.clone.fetch(branch)

    def at(self, branch: str) -> str:
        """The commit that the remote has there; empty where it has no such branch."""
        return self._there(f"refs/heads/{branch}")

    def merged_at(self, number: int) -> str:
        """The head that a pull request was merged with: later pushes to its branch do not move this; or empty."""
        return self._there(f"refs/pull/{number}/head")

    def brought(self, number: int, *, head: str, base: str) -> frozenset[str]:
        """The ids of the requests whose commits a pull request brought with that head."""
        key = "--format=%(trailers:key=Helium-Request,valueonly)"
        with ExitStack() as fetched:
            if not self.has(head):
                fetched.enter_context(merging.pull_request(self.clone, number, head=head))
            return frozenset(self.clone.program.text("log", key, f"{base}..{head}").split())

    def _there(self, ref: str) -> str:
        said = self.clone.program.text("ls-remote", str(self.clone.remote), ref).split()
        return said[0] if said else ""

    def remove(self, branch: str, *, at: str) -> None:
        """Take the branch away if it still is at that commit; a branch that is left harms nobody."""
        ref = f"refs/heads/{branch}"
        remote = str(self.clone.remote)
        self.clone.program.ask("push", "--quiet", f"--force-with-lease={ref}:{at}", remote, f":{ref}", remote=remote)
