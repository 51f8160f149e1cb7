"""The port `Reviews`: which merged pull request a commit of main came from, and which removals its branch shows.

The host says which pull requests were merged, and who opened and approved them. What a pull request shows is computed
again from its commits, since anybody who may write can edit a comment. Refuses to guess: a pull request whose commits
cannot be had is an error, and not one that showed nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice, takewhile

from helium.adapters.git_repo import Clone, read
from helium.adapters.git_repo.commit_header import first_parents, header_of
from helium.adapters.git_repo.merging import changed, pull_request
from helium.core.fleet import Fleet
from helium.core.proposal import too_big
from helium.core.pull_request import PullRequest, approvers
from helium.core.reviews import FollowedPullRequest, MergedPullRequest
from helium.core.spec import Removal
from helium.ports.host import Host

_SLACK = timedelta(days=1)
"""How far a host's clock may be from the one that dated a commit. A rebased commit can be older than its merge."""
_IDENTITY = "--format=%an%x00%ae%x00%at%x00%s"
"""What a rebase leaves as it was."""

_Found = tuple[PullRequest, frozenset[str], str]
"""One that made a commit, the commits of main that it became, and where its branch left main."""


AskedBy = Callable[[PullRequest], Mapping[str, str]]


def by_its_author(_: PullRequest) -> Mapping[str, str]:
    """Where Helium opens none for others."""
    return {}


class HostReviews:
    """The merged pull requests of main at its host. `fleet` says whose account is whose.

    `asked`: who asked for each name of one that Helium opened, by what the ledger says of its head. `host` is called
    when somebody asks first: most passes see no file gone, and HTTP takes a while to import.
    """

    def __init__(self, host: Callable[[], Host], *, clone: Clone, fleet: Fleet, asked: AskedBy = by_its_author) -> None:
        self._open, self._clone, self._fleet, self._asked = host, clone, fleet, asked

    @cached_property
    def host(self) -> Host:
        """The host itself, opened once."""
        return self._open()

    def of(self, removals: Sequence[Removal]) -> tuple[MergedPullRequest, ...]:
        """Those that one of these removals came with. `SourceError` where host or remote does not answer."""
        if not removals:
            return ()
        since, commits = min(removal.time for removal in removals), {removal.commit for removal in removals}
        return tuple(
            self._described(each, became, base=base) for each, became, base in self._found(commits, since=since)
        )

    def that_made(self, commits: Collection[str], *, since: datetime) -> tuple[FollowedPullRequest, ...]:
        """Those that one of these commits came with, none of which is older than `since`. Errors as above."""
        found = self._found(commits, since=since)
        return tuple(FollowedPullRequest(each.number, self._touched(each, base=base)) for each, _, base in found)

    def _found(self, wanted: Collection[str], *, since: datetime) -> Iterator[_Found]:
        """Each while its commits are here: what is asked of it comes before the next one."""
        merged = self.host.merged_pull_requests(base=self._clone.main, since=since - _SLACK)
        ends = {each.merge_commit for each in merged}
        for each in merged:
            if not self._may_have_made(each, wanted, ends=ends):
                continue
            # One that was squashed or rebased is on no branch: its commits are fetched for as long as they are read.
            with ExitStack() as fetched:
                if each.head_commit not in self._clone.repository:
                    fetched.enter_context(pull_request(self._clone, each.number, head=each.head_commit))
                base = self._base(each)
                commits = self._commits(each, base=base)
                if commits & set(wanted):
                    yield each, commits, base

    def _may_have_made(self, each: PullRequest, wanted: Collection[str], *, ends: Collection[str]) -> bool:
        """Whether one of the commits can be this one's: it ends it, or comes after where the one before ended.

        What cannot is not fetched: there may be hundreds since an old removal. Nor can one that was merged after main
        was fetched.
        """
        repository, end = self._clone.repository, each.merge_commit
        if end in wanted or end not in repository:
            return end in wanted
        if len(header_of(repository, end).parents) != 1:
            return False
        earlier = takewhile(lambda commit: commit not in ends, islice(first_parents(repository, end), 1, None))
        return any(commit in wanted for commit in earlier)

    def _described(self, each: PullRequest, commits: frozenset[str], *, base: str) -> MergedPullRequest:
        asked = self._asked(each) if each.author == self.host.account() else {}
        approved = tuple(map(self._who, approvers(self.host.reviews(each.number), each)))
        return MergedPullRequest(
            number=each.number,
            url=each.url,
            by=self._who(each.author),
            approved_by=", ".join(approved or (self._merger(each, asked),)),
            commits=commits,
            shows=self._shown(each, base=base),
            asked_by=asked,
        )

    def _merger(self, each: PullRequest, asked: Mapping[str, str]) -> str:
        """Who merged it, which a list does not say. Helium merges what is routine, for others than itself."""
        login = self.host.pull_request(each.number).merged_by
        as_routine = login == self.host.account() and (login != each.author or bool(asked))
        return f"{self._who(login)}, as routine" if as_routine else self._who(login)

    def _who(self, login: str) -> str:
        return self._fleet.mail_of(login) or login

    def _commits(self, each: PullRequest, *, base: str) -> frozenset[str]:
        """The commits of main that it became: one, or as many as it had if they were rebased one by one."""
        repository = self._clone.repository
        if len(header_of(repository, each.merge_commit).parents) != 1:
            return frozenset((each.merge_commit,))
        own = self._identities(f"{base}..{each.head_commit}")
        chain = tuple(islice(first_parents(repository, each.merge_commit), len(own)))
        rebased = own and own == self._identities("--first-parent", f"--max-count={len(own)}", each.merge_commit)
        return frozenset(chain if rebased else (each.merge_commit,))

    def _identities(self, *which: str) -> list[str]:
        """Author, author's time and subject of commits, newest first."""
        printed = self._clone.program.run("log", "--no-merges", "--topo-order", _IDENTITY, *which)
        return printed.decode(errors="replace").splitlines()

    def _base(self, each: PullRequest) -> str:
        """Where its branch left main, as main was before the merge."""
        return self._clone.program.text("merge-base", f"{each.merge_commit}^1", each.head_commit)

    def _touched(self, each: PullRequest, *, base: str) -> frozenset[str]:
        """The names that its branch touches."""
        files = changed(self._clone, since=base, commit=each.head_commit)
        return frozenset(file.name for file in files if file.is_spec)

    def _shown(self, each: PullRequest, *, base: str) -> frozenset[str]:
        """The names that its branch takes away, which the comment on it said."""
        if too_big(changed(self._clone, since=base, commit=each.head_commit)):
            return frozenset()
        before, after = (self._names_at(commit) for commit in (base, each.head_commit))
        return before - after

    def _names_at(self, commit: str) -> frozenset[str]:
        return frozenset(entry.name for entry in read.entries(self._clone.repository, commit))
