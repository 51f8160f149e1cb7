"""The pull requests of Helium's own account, for whoever serves or controls a fleet: opened, and followed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from time import monotonic

from helium.adapters.commit_queue.single_writer import MainView
from helium.adapters.git_repo import Clone, GitRepo
from helium.adapters.hosts.request_branch import RequestBranch, RequestEdit
from helium.adapters.ledger import GitLedger
from helium.app.edit_context import WalkedAdditions
from helium.app.host import required_host
from helium.app.open_fleet import OpenFleet
from helium.app.request_follower import RequestFollower
from helium.app.run import clock
from helium.app.shared_pull_requests import RequestParts, SharedPullRequests
from helium.core.change_request import ChangeRequest, SharedPullRequest, new_owners
from helium.core.fleet import SETTINGS, Fleet
from helium.core.record import CorruptRecord, Record
from helium.core.spec import Entry
from helium.edits import EditContext, Requester
from helium.edits.replaying import editing_of
from helium.errors import NotSupportedError, SourceError, UsageError
from helium.ports.host import Host
from helium.ports.specs import Specs
from helium.settings import Settings

_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 900.0
"""Seconds."""


@dataclass(slots=True)
class MergeTries:
    """When a pull request that waits for its host is tried again: soon at first, then less and less often.

    Each try is two pushes of the ledger and a call that the host counts. `now`: seconds that only grow.
    """

    now: Callable[[], float] = monotonic
    _next: dict[str, tuple[str, str, float, float]] = field(default_factory=dict)

    def is_due(self, shared: SharedPullRequest, *, main: str) -> bool:
        """Whether its head or main has moved since the last try, or that was long enough ago."""
        head, known, at, _ = self._next.get(shared.id, ("", "", 0.0, 0.0))
        return (head, known) != (shared.head, main) or self.now() >= at

    def tried(self, shared: SharedPullRequest, *, main: str) -> None:
        """It was tried now."""
        head, known, _, pause = self._next.get(shared.id, ("", "", 0.0, 0.0))
        again = (head, known) == (shared.head, main)
        pause = min(2 * pause, _LONGEST_PAUSE) if again else _FIRST_PAUSE
        self._next[shared.id] = (shared.head, main, self.now() + pause, pause)


@dataclass(frozen=True)
class RequestsOfFleet:
    """What it takes. `ledger`: one of its own, since others read theirs meanwhile. `main`: main's commit as fetched.

    `opened`: the fleet as main has it now, to plan with.
    """

    clone: Clone
    repo: GitRepo
    ledger: GitLedger
    specs: Specs
    settings: Settings
    main: Callable[[], str]
    opened: Callable[[], OpenFleet]
    tries: MergeTries = field(default_factory=MergeTries)

    @cached_property
    def opening(self) -> SharedPullRequests:
        """Opens them."""
        return SharedPullRequests(self._parts)

    @cached_property
    def following(self) -> RequestFollower:
        """Follows them."""
        return RequestFollower(self._parts, self._editing, self._red)

    def use(self, host: Host) -> None:
        """Speak to the host by this from now on."""
        self.__dict__["host"] = host

    @cached_property
    def host(self) -> Host:
        """The host, as Helium's account; `NotSupportedError` says what to set."""
        try:
            return required_host(self.clone, self._fleet(), settings=self.settings)
        except UsageError as error:
            raise NotSupportedError(f"helium.yaml says write: pull-request. {error}") from None

    @cached_property
    def _added(self) -> WalkedAdditions:
        return WalkedAdditions(self.repo, main=self.main)

    @cached_property
    def _parts(self) -> RequestParts:
        return RequestParts(
            branches=RequestBranch(self.clone, self._view),
            ledger=self.ledger,
            host=lambda: self.host,
            main=self.main,
            base=self.clone.main,
            interval=self._interval,
            clock=clock,
        )

    def _fleet(self) -> Fleet:
        """By main as it is now."""
        return self.specs.fleet(self.repo.read(self.main(), SETTINGS) or b"")

    def _interval(self) -> timedelta:
        return self._fleet().write_interval

    def _view(self, commit: str) -> MainView:
        return MainView(self.repo, commit, self.repo.entries(commit))

    def _editing(self, request: ChangeRequest) -> RequestEdit:
        context = EditContext(
            specs=self.specs,
            requester=Requester(request.owner, request.admin),
            now=clock(),
            records=self._records(),
            addition=self._added.of,
            asked=lambda: self._asked_before(request),
            by_pull_request=True,
            seen=self.ledger.known().seen,
        )
        return editing_of(request, context=context, repo=self.repo)

    def _red(self, head: str) -> Mapping[str, str]:
        from helium.app.proposal import of_commit

        found = of_commit(self.opened(), head)
        for each in found.issues:
            if not each.path:
                # It could not be read at all now, for whatever reason. That must end nobody's request.
                raise SourceError(each.sentence)
        refused = {name: each.sentence for each in found.refusals for name in each.names or ("",)}
        return refused | {Entry(each.path, "").name: each.sentence for each in found.issues}

    def _asked_before(self, request: ChangeRequest) -> Mapping[str, str]:
        return new_owners(self.ledger.known().pull_requests.values(), now=clock(), before=request)

    def _records(self) -> Mapping[str, Record | CorruptRecord]:
        return self.ledger.known().records
