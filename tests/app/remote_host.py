"""A host in memory whose branches are those of a real remote: its pull requests follow what is pushed there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from helium.core.pull_request import PullRequest, PullRequestState
from tests.adapters.git_repos import git
from tests.fakes import FakeHost, Forge


class RemoteBranches(dict[str, str]):
    """The branches of a bare repository, as they are when somebody asks."""

    def __init__(self, remote: Path) -> None:
        super().__init__()
        self._remote = remote

    def __getitem__(self, branch: str) -> str:
        return git(self._remote, "rev-parse", f"refs/heads/{branch}").strip()

    def __contains__(self, branch: object) -> bool:
        return branch in list(self)

    def __iter__(self) -> Iterator[str]:
        return iter(git(self._remote, "for-each-ref", "--format=%(refname:short)", "refs/heads").split())


class FollowingHost(FakeHost):
    """Helium's account there. `merge_by_hand` is a person who presses the button."""

    def __init__(self, remote: Path) -> None:
        super().__init__(forge=Forge(branches=RemoteBranches(remote)))
        self.remote = remote

    def pull_request(self, number: int) -> PullRequest:
        """With the head that its branch has now."""
        found = super().pull_request(number)
        if found.state is not PullRequestState.OPEN or found.head not in self.forge.branches:
            return found
        now = replace(found, head_commit=self.forge.branches[found.head])
        self.forge.pull_requests[number] = now
        return now

    def merge_by_hand(self, number: int) -> None:
        """A merge commit on main, as git makes one."""
        found = self.pull_request(number)
        main = self.forge.branches["main"]
        tree = git(self.remote, "merge-tree", "--write-tree", main, found.head_commit).split()[0]
        who = {f"GIT_{role}_{key}": "ann" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
        parents = ("-p", main, "-p", found.head_commit)
        commit = git(self.remote, "commit-tree", tree, *parents, "-m", found.title, extra=who).strip()
        git(self.remote, "update-ref", "refs/heads/main", commit)
        # What was merged stays where hosts show it, whatever is pushed to the branch later.
        git(self.remote, "update-ref", f"refs/pull/{number}/head", found.head_commit)
        self.forge.pull_requests[number] = replace(
            found,
            state=PullRequestState.MERGED,
            merge_commit=commit,
            merged_at=self.forge.now(),
            merged_by="ann",
        )
