"""What becomes of the pull requests that Helium opened for people: merged, closed, made again on a newer main.

Refuses to touch one whose branch somebody else pushed to: from then on it is theirs, and people decide about it.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

from helium.adapters.git_repo import merging
from helium.adapters.hosts.request_branch import RequestEdit, StackedRequests
from helium.app.shared_pull_requests import RequestParts, opened_at_host
from helium.core.change_request import ChangeRequest, SharedPullRequest, SharedState, outdated
from helium.core.host_errors import HostAwayError, HostError, HostMissingError, PullRequestTakenError
from helium.core.pull_request import PullRequest, PullRequestState
from helium.errors import NotPlannedError, SourceError
from helium.ports.ledger import Snapshot, Writes
from helium.reconcile.markdown import cell

LOG = logging.getLogger(__name__)
NOT_OURS = "somebody else pushed to its branch, so people decide about it"
_ALREADY = "Main has exactly that already."
_CLOSED = "somebody closed it without a merge"
_LATE = "its pull request was merged without it. Ask again."
_MISSING = "the host does not have it any more"
_AT_IT = timedelta(minutes=2)
"""How long whoever wrote its line may take to push and open it: a host has a minute to answer."""
_REMEMBERED = 1000
_NOTHING_LEFT = "nothing of it can be done any more"


def nothing_is_red(_head: str) -> Mapping[str, str]:
    """Where nobody plans."""
    return {}


@dataclass(frozen=True, slots=True)
class RequestFollower:
    """Follows every one that is open. `editing`: the edit of a request by the records of now.

    `red`: what a pass would refuse of a head, by name (of all of it: by the empty name). `fitting`: heads that were
    found to merge with a main, and not to be red beside it, so that nobody is asked twice. `longest`: seconds after
    which one look begins with no other pull request.
    """

    parts: RequestParts
    editing: Callable[[ChangeRequest], RequestEdit]
    red: Callable[[str], Mapping[str, str]] = nothing_is_red
    fitting: set[tuple[str, str]] = field(default_factory=set)
    longest: float = 60.0

    def follow(self) -> Snapshot:
        """Look at each once, and write down what became of it; the ledger as it is then.

        `HostAwayError` where the host does not answer.
        """
        snapshot = self.parts.ledger.read()
        # Of too many, others come first each time, so that none is left out for ever.
        ids, until = list(snapshot.pull_requests), time.monotonic() + self.longest
        random.shuffle(ids)
        for id in ids:
            # As the newest look has it: what was read before the last write may be of another head.
            shared = snapshot.pull_requests.get(id)
            if shared is None or shared.state is not SharedState.OPEN or time.monotonic() > until:
                continue
            try:
                snapshot = self._followed(shared, snapshot)
            except PullRequestTakenError:
                # Another process follows it as well, or somebody's request has joined it. The next look sees that.
                return self.parts.ledger.read()
            except HostAwayError:
                raise
            except SourceError as error:
                LOG.warning("pull request %s (%s) cannot be followed now: %s", shared.number, shared.branch, error)
        return self._forget(snapshot)

    def _followed(self, shared: SharedPullRequest, on: Snapshot) -> Snapshot:
        if not shared.number:
            return self._taken_over(shared, on)
        try:
            found = self.parts.host().pull_request(shared.number)
        except HostMissingError:
            return self._noted(shared.ended(SharedState.CLOSED, _MISSING, now=self.parts.clock()), on=on)
        if found.state is not PullRequestState.OPEN:
            ended = self._ended(shared, found)
            self.parts.branches.remove(shared.branch, at=shared.head)
            return self._noted(ended, on=on)
        # By the remote's own word: a host takes a moment to see what was pushed last.
        there = self.parts.branches.at(shared.branch)
        if there == shared.head:
            return self._judged_again(replace(shared, why="") if shared.why == NOT_OURS else shared, on)
        if there == shared.before:
            return self._taken_over(shared, on)
        return self._noted(replace(shared, why=NOT_OURS, merging=False), on=on)

    def _judged_again(self, shared: SharedPullRequest, on: Snapshot) -> Snapshot:
        on = self._noted(shared, on=on)
        refused = self._misfit(shared)
        return on if refused is None else self._made_again(shared, on, refused=refused)

    def _taken_over(self, shared: SharedPullRequest, on: Snapshot) -> Snapshot:
        """The host was away when it was to be opened, or Helium ended in the middle; not while somebody is at it."""
        now = self.parts.clock()
        if now - shared.head_at < _AT_IT:
            return on
        branches = self.parts.branches
        is_there = branches.at(shared.branch) == shared.head
        mine = replace(shared, head_at=now)
        if not is_there and not branches.has(shared.head):
            # Another process wrote its commits. They are written once more, on the same commit of main.
            stack = self._stacked(shared, on=shared.base)
            mine = replace(mine, head=stack.head, requests=_judged(shared, stack))
            if not stack.written:
                return self._noted(self._closed(mine), on=on)
        # Two who open it at the same moment would open two: only one of them can write this.
        on = self._noted(mine, on=on)
        if not is_there:
            branches.push(mine.branch, mine.head, over=mine.before)
        return on if mine.number else self._noted(self._opened(mine), on=on)

    def _opened(self, shared: SharedPullRequest) -> SharedPullRequest:
        """At the host; or over, where it will not have it."""
        try:
            return opened_at_host(self.parts.host(), shared, base=self.parts.base)
        except HostAwayError:
            raise
        except HostError as error:
            self.parts.branches.remove(shared.branch, at=shared.head)
            return shared.ended(SharedState.CLOSED, str(error), now=self.parts.clock())

    def _noted(self, after: SharedPullRequest, *, on: Snapshot) -> Snapshot:
        if after == on.pull_requests[after.id]:
            return on
        message = f"Note what became of pull request {after.number or after.id}"
        # Two who write the same words in the same second would otherwise make one commit, and both be first.
        return self.parts.ledger.write(Writes(pull_requests={after.id: after}, message=message, claims=True), on=on)[0]

    def _forget(self, snapshot: Snapshot) -> Snapshot:
        gone = outdated(snapshot.pull_requests.values(), now=self.parts.clock())
        if gone:
            writes = Writes(pull_requests=dict.fromkeys(gone), message="Forget pull requests that ended a week ago")
            with suppress(PullRequestTakenError):
                return self.parts.ledger.write(writes, on=snapshot)[0]
        return snapshot

    def _stacked(self, shared: SharedPullRequest, *, on: str) -> StackedRequests:
        return self.parts.branches.stacked([(each, self.editing(each)) for each in shared.standing], on=on)

    def _misfit(self, shared: SharedPullRequest) -> Mapping[str, str] | None:
        """`None` where it can be merged as it is; else what of it is red, or nothing, where git cannot merge it."""
        main, branches = self.parts.main(), self.parts.branches
        if (shared.head, main) in self.fitting:
            return None
        if not branches.has(shared.head):
            branches.fetch(shared.branch)
        try:
            merging.merge(branches.clone, shared.head, main=main, now=self.parts.clock())
        except NotPlannedError:
            return {}
        if red := self.red(shared.head):
            return red
        if len(self.fitting) >= _REMEMBERED:
            self.fitting.clear()
        self.fitting.add((shared.head, main))
        return None

    def _made_again(self, shared: SharedPullRequest, on: Snapshot, *, refused: Mapping[str, str]) -> Snapshot:
        """Make the requests again on main as it is: those that are refused now end, and the others go on."""
        main = self.parts.main()
        shared = replace(shared, requests=_without(shared.requests, refused))
        stack = self._stacked(shared, on=main)
        requests = _judged(shared, stack)
        if not stack.written:
            return self._noted(self._closed(replace(shared, requests=requests)), on=on)
        moved = shared.moved(stack.head, base=main, requests=requests, now=self.parts.clock())
        # First the ledger, as for every push: its line says what the branch is about to have.
        noted = self._noted(moved, on=on)
        self.parts.branches.push(moved.branch, moved.head, over=shared.head)
        with suppress(HostError):
            self.parts.host().edit(moved.number, title=moved.title, body=moved.body)
        return noted

    def _closed(self, shared: SharedPullRequest) -> SharedPullRequest:
        if not shared.number:
            return shared.ended(SharedState.CLOSED, _NOTHING_LEFT, now=self.parts.clock())
        host = self.parts.host()
        found = host.close(shared.number)
        reasons = "\n".join(f"* {cell(each.name)}: {cell(each.refused)}" for each in shared.requests if each.refused)
        with suppress(HostError):
            host.put_comment(shared.number, purpose="closed", body=f"Helium closed this: {_NOTHING_LEFT}.\n\n{reasons}")
        if found.state is PullRequestState.MERGED:
            return self._ended(shared, found)
        self.parts.branches.remove(shared.branch, at=shared.head)
        return shared.ended(SharedState.CLOSED, _NOTHING_LEFT, now=self.parts.clock())

    def _ended(self, shared: SharedPullRequest, found: PullRequest) -> SharedPullRequest:
        """What was merged brought what its head had then: what joined too late did not come to main."""
        now = self.parts.clock()
        if found.state is not PullRequestState.MERGED:
            return shared.ended(SharedState.CLOSED, _CLOSED, now=now)
        branches = self.parts.branches
        merged = branches.merged_at(shared.number) or found.head_commit
        if merged != shared.head:
            came = branches.brought(shared.number, head=merged, base=shared.base)
            late = (
                replace(each, refused=each.refused or ("" if each.id in came else _LATE)) for each in shared.requests
            )
            shared = replace(shared, requests=tuple(late))
        return shared.ended(SharedState.MERGED, f"merged by {found.merged_by}" if found.merged_by else "", now=now)


def _without(requests: Sequence[ChangeRequest], refused: Mapping[str, str]) -> tuple[ChangeRequest, ...]:
    """The same, with those over that are refused by their names, or all, where it is nobody's alone."""
    ours = {each.name for each in requests}
    of_all = refused.get("", "") or next((why for name, why in refused.items() if name not in ours), "")
    return tuple(replace(each, refused=each.refused or refused.get(each.name, of_all)) for each in requests)


def _judged(shared: SharedPullRequest, stack: StackedRequests) -> tuple[ChangeRequest, ...]:
    """All requests, those with their reasons that ended now."""
    why = {id: str(error) for id, error in stack.refused.items()} | dict.fromkeys(stack.idle, _ALREADY)
    return tuple(replace(each, refused=why.get(each.id, each.refused)) for each in shared.requests)
