"""What people ask for where main takes only pull requests: requests, and the pull request that several of them share.

Pure. A request is data, so that it can be made again on another main, by another process. The ledger keeps each pull
request as one file with its requests, from before its branch is pushed until a week after its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from helium.core.digest import Json

FORMAT = 1
KEPT_FOR = timedelta(days=7)
"""How long it is kept how a pull request ended: so long its requesters can read what became of what they asked for."""
_FETCHED = timedelta(minutes=1)
"""How long a process may take to fetch what was merged."""
_MOST = 50
"""Requests in one pull request: a person can still read it, and a host shows it whole."""


class Verb(StrEnum):
    """What a request does to the file of its name. `put`: create it, or update the one that is there."""

    CREATE = "create"
    PUT = "put"
    UPDATE = "update"
    REMOVE = "remove"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRequest:
    """What one person asked for. `by` is `Name <mail>`; `owner` and `admin`: as whom that person was judged.

    `id` is in the trailer of its commit. `keyed`: the first half of it stands for the sender's own key. `refused`: why
    it ended although its pull request did not.
    """

    id: str
    verb: Verb
    name: str
    by: str
    owner: str
    message: str
    at: datetime
    admin: bool = False
    fields: Mapping[str, Json] = field(default_factory=dict)
    blobs: tuple[str, ...] = ()
    keyed: bool = False
    refused: str = ""

    @property
    def brings(self) -> bool:
        """Whether it asks for a workspace that is not there; a destroyed one, asked for again, is one."""
        return self.verb in (Verb.CREATE, Verb.PUT) or (self.verb is Verb.RESTORE and bool(self.fields.get("empty")))


class SharedState(StrEnum):
    """What became of a shared pull request. `closed`: without a merge."""

    OPEN = "open"
    MERGED = "merged"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedPullRequest:
    """A pull request of Helium's own account, for the requests of several people.

    `head`: the commit that its branch has, or is about to have, on `base`, a commit of main; `before`: what the branch
    had until then (empty: it was not there); `head_at`: since when the ledger says so. `number`: 0 until the host has
    opened it. `merging`: Helium merges it as soon as the host lets it. `why`: what it waits for, or how it ended.
    """

    id: str
    branch: str
    base: str
    head: str
    requests: tuple[ChangeRequest, ...]
    opened_at: datetime
    head_at: datetime
    before: str = ""
    number: int = 0
    url: str = ""
    state: SharedState = SharedState.OPEN
    merging: bool = False
    why: str = ""
    ended_at: datetime | None = None
    format: int = FORMAT

    @property
    def standing(self) -> tuple[ChangeRequest, ...]:
        """The requests that have not ended by themselves."""
        return tuple(each for each in self.requests if not each.refused)

    @property
    def askers(self) -> Mapping[str, str]:
        """Who asks for the change of each name: the mail of its requester. Nobody, where two people ask for one."""
        mails: dict[str, set[str]] = {}
        for each in self.standing:
            mails.setdefault(each.name, set()).add(each.owner.lower())
        return {name: next(iter(of)) if len(of) == 1 else "" for name, of in mails.items()}

    @property
    def title(self) -> str:
        """What the host shows in its list."""
        first, *others = self.standing or self.requests
        subject = first.message.partition("\n")[0]
        if not others:
            return subject
        return f"{subject}, and {len(others)} other {'change' if len(others) == 1 else 'changes'}"

    @property
    def body(self) -> str:
        """What the host shows below it: who asked for what."""
        lines = (f"* {code(each.message.partition(chr(10))[0])} for {code(each.by)}" for each in self.standing)
        return "\n".join(("Asked for with Helium. A comment says what merging it does.", "", *lines))

    def ended(self, state: SharedState, why: str, *, now: datetime) -> SharedPullRequest:
        """The same, over."""
        return replace(self, state=state, why=why, merging=False, ended_at=now)

    def moved(self, head: str, *, base: str, requests: Sequence[ChangeRequest], now: datetime) -> SharedPullRequest:
        """The same with another head, which is to be pushed over the one that it has."""
        return replace(
            self,
            before=self.head,
            head=head,
            head_at=now,
            base=base,
            requests=tuple(requests),
            merging=False,
            why="",
        )


def code(text: str) -> str:
    """Text of a person in Markdown: it stays what it is, and calls nobody."""
    return f"`{' '.join(text.replace('`', chr(39)).split())}`"


def takes_more(shared: SharedPullRequest, *, now: datetime, interval: timedelta) -> bool:
    """Whether another request may join it: it was opened a moment ago, and the host has it."""
    is_open = shared.state is SharedState.OPEN and shared.number > 0 and not shared.merging
    return is_open and timedelta(0) <= now - shared.opened_at < interval and len(shared.requests) < _MOST


def askers_of(shared: Iterable[SharedPullRequest], *, number: int, head: str) -> Mapping[str, str] | None:
    """Who asks for each name of a pull request at exactly that head; `None` where the ledger does not say."""
    found = (each for each in shared if each.number == number and each.head == head)
    return next((each.askers for each in found), None)


def request_with(shared: Iterable[SharedPullRequest], id: str) -> SharedPullRequest | None:
    """The pull request that has a request already, the newest first."""
    return next((each for each in _newest(shared) if any(one.id == id for one in each.requests)), None)


def key_is_used(shared: Iterable[SharedPullRequest], id: str) -> bool:
    """Whether another request came with the key that the first half of this id stands for."""
    half = id[: len(id) // 2]
    return any(
        one.keyed and one.id != id and one.id[: len(one.id) // 2] == half for each in shared for one in each.requests
    )


def outdated(shared: Iterable[SharedPullRequest], *, now: datetime) -> tuple[str, ...]:
    """The ids of those whose end nobody needs to read any more."""
    return tuple(each.id for each in shared if each.ended_at is not None and now - each.ended_at > KEPT_FOR)


class RequestProgress(StrEnum):
    """How a request stands. `requested`: people look at its pull request; `merging`: Helium merges it."""

    REQUESTED = "requested"
    MERGING = "merging"
    MERGED = "merged"
    CLOSED = "closed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RequestInProgress:
    """One request, and the pull request that carries it."""

    request: ChangeRequest
    shared: SharedPullRequest

    @property
    def progress(self) -> RequestProgress:
        """How it stands, in a word."""
        if self.request.refused:
            return RequestProgress.REFUSED
        if self.shared.state is SharedState.OPEN:
            return RequestProgress.MERGING if self.shared.merging else RequestProgress.REQUESTED
        return RequestProgress(self.shared.state.value)

    @property
    def waits(self) -> bool:
        """Whether it may still come to main."""
        return self.progress in (RequestProgress.REQUESTED, RequestProgress.MERGING)

    def lands(self, now: datetime) -> bool:
        """Whether it was merged a moment ago, so that not everybody has fetched that main yet."""
        ended_at = self.shared.ended_at
        return self.progress is RequestProgress.MERGED and ended_at is not None and now - ended_at < _FETCHED

    @property
    def brings(self) -> bool:
        """Whether it asks for a workspace that is not there."""
        return self.request.brings

    @property
    def sentence(self) -> str:
        """How it stands, in words."""
        which = f"pull request {self.shared.number}" if self.shared.number else "its pull request"
        words = {
            RequestProgress.REQUESTED: self.shared.why or f"{which} waits until somebody merges it",
            RequestProgress.MERGING: self.shared.why or f"Helium merges {which} as soon as its checks are green",
            RequestProgress.MERGED: f"{which} was merged",
            RequestProgress.CLOSED: f"{which} was closed: {self.shared.why}"
            if self.shared.why
            else f"{which} was closed",
            RequestProgress.REFUSED: self.request.refused,
        }
        return words[self.progress]


def in_progress(shared: Iterable[SharedPullRequest]) -> Iterator[RequestInProgress]:
    """Every request that the ledger has, the newest pull request first."""
    for each in _newest(shared):
        for request in reversed(each.requests):
            yield RequestInProgress(request, each)


def asked_for(requests: Sequence[RequestInProgress], *, now: datetime) -> RequestInProgress | None:
    """The newest request for a workspace that did not come to main; for a name with neither file nor record.

    One that was merged is not among them, since its file is on main, or was; but for the moments until everybody has
    fetched that main.
    """
    newest = next((each for each in requests if each.brings), None)
    if newest is None or newest.progress is not RequestProgress.MERGED:
        return newest
    return newest if newest.lands(now) else None


def new_owners(
    shared: Iterable[SharedPullRequest], *, now: datetime, before: ChangeRequest | None = None
) -> Mapping[str, str]:
    """Who asks for each new workspace that is about to come to main, by its name. `before`: only what was asked first.

    What was merged counts too, until everybody has fetched that main. A file that is there already is nobody's new one.
    """
    owners: dict[str, str] = {}
    for each in in_progress(shared):
        request = each.request
        first = before is None or (request.at, request.id) < (before.at, before.id)
        if each.brings and (each.waits or each.lands(now)) and first:
            owners.setdefault(request.name, request.owner)
    return owners


def by_name(shared: Iterable[SharedPullRequest]) -> Mapping[str, tuple[RequestInProgress, ...]]:
    """The same by the names that they are about."""
    found: dict[str, list[RequestInProgress]] = {}
    for each in in_progress(shared):
        found.setdefault(each.request.name, []).append(each)
    return {name: tuple(listed) for name, listed in found.items()}


def _newest(shared: Iterable[SharedPullRequest]) -> list[SharedPullRequest]:
    return sorted(shared, key=lambda each: (each.opened_at, each.id), reverse=True)
