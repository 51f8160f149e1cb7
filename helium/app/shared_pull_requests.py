"""Requests of the API and its pages where main takes only pull requests: those of a short time share one.

Read downwards: whoever comes takes all that wait along (`submit`), chooses the pull request that takes them
(`_settled`), and writes: first the ledger, then the branch, then the host. The ledger's line says what is about to be
pushed, so whoever comes after a crash goes on with it, and a branch that somebody else made is never taken for ours.
"""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from helium.adapters.hosts.request_branch import PREFIX, RequestBranch, RequestEdit, StackedRequests
from helium.core.change_request import (
    ChangeRequest,
    SharedPullRequest,
    by_name,
    key_is_used,
    request_with,
    takes_more,
)
from helium.core.host_errors import HostAwayError, HostError, HostMissingError, PullRequestTakenError
from helium.core.pull_request import PullRequestDraft, PullRequestState
from helium.errors import HeadMovedError, HeliumError, KeyReusedError, NameTakenError, SourceError, UsageError
from helium.ports.host import Host
from helium.ports.ledger import Ledger, Snapshot, Writes

_TRIES = 5
_NO_PASS = "No pass has run in this fleet yet, and the ledger keeps what people ask for. Run helium reconcile once."


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestParts:
    """What it takes. `main`: main's commit as fetched last, on which a new branch begins; `base`: main's name.

    `host` is called when the first pull request is opened. `interval`: how long one takes requests after it was opened.
    """

    branches: RequestBranch
    ledger: Ledger
    host: Callable[[], Host]
    main: Callable[[], str]
    base: str
    interval: Callable[[], timedelta]
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    request: ChangeRequest
    edit: RequestEdit
    answer: Future[SharedPullRequest | None] = field(default_factory=Future)


class SharedPullRequests:
    """The port `ChangeRequests`; any number of threads may call, and any number of processes serve one fleet."""

    def __init__(self, parts: RequestParts) -> None:
        self._parts = parts
        self._turn = threading.Lock()
        self._waiting: deque[_Asked] = deque()

    def submit(self, request: ChangeRequest, edit: RequestEdit) -> SharedPullRequest | None:
        """Its pull request; `None` where main has exactly that already."""
        asked = _Asked(request, edit)
        self._waiting.append(asked)
        with self._turn:
            if not asked.answer.done():
                self._settle([self._waiting.popleft() for _ in range(len(self._waiting))])
        return asked.answer.result()

    def _settle(self, waiting: Sequence[_Asked]) -> None:
        """Answer every one of them, whatever happens. A request that was sent twice at a time is done once."""
        first = {each.request.id: each for each in reversed(waiting)}
        self._settle_each([each for each in waiting if first[each.request.id] is each])
        for each in waiting:
            if not each.answer.done():
                _copy(first[each.request.id].answer, to=each.answer)

    def _settle_each(self, taken: Sequence[_Asked]) -> None:
        try:
            for turn in range(_TRIES):
                try:
                    self._settled([each for each in taken if not each.answer.done()])
                    return
                except PullRequestTakenError:
                    # Another process was first. What it asked for may be in the way of this, so judge it all again.
                    if turn == _TRIES - 1:
                        raise
        except HeliumError as error:
            for each in taken:
                if not each.answer.done():
                    each.answer.set_exception(error)
        finally:
            for each in taken:
                if not each.answer.done():
                    each.answer.set_exception(SourceError("Helium failed while it wrote this. Its log says why."))

    def _settled(self, taken: Sequence[_Asked]) -> None:
        snapshot = self._parts.ledger.read()
        if snapshot.fleet_record is None:
            raise UsageError(_NO_PASS)
        known = tuple(snapshot.pull_requests.values())
        asked = [each for each in taken if not self._is_known(each, known)]
        if not asked:
            return
        shared = self._joined(known) or self._new()
        others = tuple(each for each in known if each.id != shared.id)
        fresh = [each for each in asked if not _is_taken(each, others)]
        stack = self._parts.branches.stacked([(each.request, each.edit) for each in fresh], on=shared.head)
        _answer_others(fresh, stack)
        if stack.written:
            opened = self._opened(shared, stack, snapshot=snapshot)
            for each in fresh:
                if not each.answer.done():
                    each.answer.set_result(opened)

    def _is_known(self, asked: _Asked, known: Sequence[SharedPullRequest]) -> bool:
        """Whether it was asked before, or its key was: then it is answered."""
        if shared := request_with(known, asked.request.id):
            asked.answer.set_result(shared)
        elif asked.request.keyed and key_is_used(known, asked.request.id):
            asked.answer.set_exception(KeyReusedError())
        return asked.answer.done()

    def _joined(self, known: Sequence[SharedPullRequest]) -> SharedPullRequest | None:
        """The one that was opened a moment ago, if it is still as Helium left it, and open."""
        now = self._parts.clock()
        for shared in known:
            if not takes_more(shared, now=now, interval=self._parts.interval()):
                continue
            try:
                found = self._parts.host().pull_request(shared.number)
            except (HostAwayError, HostMissingError):
                return None
            # By the remote's own word: a host takes a moment to see what was pushed last.
            if found.state is PullRequestState.OPEN and self._parts.branches.at(shared.branch) == shared.head:
                if not self._parts.branches.has(shared.head):
                    # Another process wrote it.
                    self._parts.branches.fetch(shared.branch)
                return shared
        return None

    def _new(self) -> SharedPullRequest:
        """Its branch has a random name, so nobody can have made it before."""
        main, id, now = self._parts.main(), secrets.token_hex(8), self._parts.clock()
        return SharedPullRequest(
            id=id, branch=f"{PREFIX}{id}", base=main, head=main, requests=(), opened_at=now, head_at=now
        )

    def _opened(self, shared: SharedPullRequest, stack: StackedRequests, *, snapshot: Snapshot) -> SharedPullRequest:
        """The ledger, the branch, the host, in this order; what could not be done is taken back from the ledger."""
        requests = (*shared.requests, *stack.written)
        is_new = not shared.requests
        before = "" if is_new else shared.head
        planned = replace(shared, before=before, head=stack.head, head_at=self._parts.clock(), requests=requests)
        snapshot = self._announced(planned, before=None if is_new else shared, on=snapshot)
        try:
            self._push(planned)
            return self._at_host(planned, snapshot=snapshot)
        except HostAwayError:
            # The branch is there and the ledger knows what for: whoever comes next opens it.
            return planned
        except SourceError as error:
            self._note(None if is_new else shared, on=snapshot, id=shared.id)
            if isinstance(error, HeadMovedError):
                # Somebody pushed to the branch, so it is no longer Helium's. The next turn opens another one.
                raise PullRequestTakenError from None
            if is_new:
                self._parts.branches.remove(planned.branch, at=planned.head)
            raise

    def _announced(self, planned: SharedPullRequest, *, before: SharedPullRequest | None, on: Snapshot) -> Snapshot:
        """The ledger with it. `PullRequestTakenError` where another process was first with what this one did not see.

        That may have the same name, or the last place of a quota. The ledger has one order, so only the second of two
        takes its line back, and judges again.
        """
        noted = self._note(planned, on=on)
        if _requests_beside(noted, planned.id) <= _requests_beside(on, planned.id):
            return noted
        self._note(before, on=noted, id=planned.id)
        raise PullRequestTakenError

    def _push(self, planned: SharedPullRequest) -> None:
        try:
            self._parts.branches.push(planned.branch, planned.head, over=planned.before)
        except SourceError:
            # The answer may have been lost, or whoever follows it took it for one that was left and pushed it.
            if not self._is_there(planned):
                raise

    def _is_there(self, planned: SharedPullRequest) -> bool:
        with suppress(SourceError):
            return self._parts.branches.at(planned.branch) == planned.head
        return False

    def _at_host(self, planned: SharedPullRequest, *, snapshot: Snapshot) -> SharedPullRequest:
        host = self._parts.host()
        if planned.number:
            # Somebody may have merged or closed it before the push, which then brings nothing to main.
            if host.pull_request(planned.number).state is not PullRequestState.OPEN and not self._is_merged(planned):
                raise PullRequestTakenError
            # Its title is for people; what it brings is in its branch.
            with suppress(HostError):
                host.edit(planned.number, title=planned.title, body=planned.body)
            return planned
        opened = opened_at_host(host, planned, base=self._parts.base)
        self._note(opened, on=snapshot)
        return opened

    def _is_merged(self, planned: SharedPullRequest) -> bool:
        """Whether exactly this was merged, after its push."""
        return self._parts.branches.merged_at(planned.number) == planned.head

    def _note(self, shared: SharedPullRequest | None, *, on: Snapshot, id: str = "") -> Snapshot:
        key = shared.id if shared else id
        writes = Writes(pull_requests={key: shared}, message=f"Note what pull request {key} is for", claims=True)
        return self._parts.ledger.write(writes, on=on)[0]


def _copy(answer: Future[SharedPullRequest | None], *, to: Future[SharedPullRequest | None]) -> None:
    if error := answer.exception():
        to.set_exception(error)
    else:
        to.set_result(answer.result())


def _requests_beside(snapshot: Snapshot, id: str) -> set[str]:
    """What people asked for in other pull requests than this one."""
    others = (each for each in snapshot.pull_requests.values() if each.id != id)
    return {request.id for each in others for request in each.requests}


def opened_at_host(host: Host, shared: SharedPullRequest, *, base: str) -> SharedPullRequest:
    """The same with its number and address; the one that is open for its branch, if an earlier call was cut short."""
    draft = PullRequestDraft(title=shared.title, body=shared.body, head=shared.branch, base=base)
    opened = host.open(draft)
    return replace(shared, number=opened.number, url=opened.url)


def _is_taken(asked: _Asked, others: Sequence[SharedPullRequest]) -> bool:
    """Whether another open pull request brings this name already: two of them could not both be merged."""
    request = asked.request
    if not request.brings:
        return False
    for each in by_name(others).get(request.name, ()):
        if each.waits and each.brings:
            by = f"pull request {each.shared.number} asks for it already"
            asked.answer.set_exception(NameTakenError(request.name, by, has_file=False))
            return True
    return False


def _answer_others(asked: Sequence[_Asked], stack: StackedRequests) -> None:
    """Those that have no commit: refused, or main has it already."""
    for each in asked:
        if error := stack.refused.get(each.request.id):
            each.answer.set_exception(error)
        elif each.request.id in stack.idle:
            each.answer.set_result(None)
