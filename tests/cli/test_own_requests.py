"""What every caller does with the pull requests that Helium opened for people, with a host in memory and real git."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest

from helium.adapters.backends import FolderBackends
from helium.adapters.backends.committed import stacks_at
from helium.app.change_requests import RequestsOfFleet
from helium.app.host_turns import AFTER_FAILURE, HostTurns
from helium.app.own_requests import finish, requests_of
from helium.core.change_request import ChangeRequest, SharedPullRequest, Verb
from helium.core.host_errors import HostAwayError
from helium.core.pull_request import PullRequest, PullRequestDraft
from helium.errors import SourceError
from helium.ports.ledger import Writes
from tests.cli.test_routine_judged import GitForgeHost, JudgedFleet, base, judged

__all__ = ["base", "judged"]


@dataclass(slots=True)
class ShyHost(GitForgeHost):
    """A host that does not answer the first call to open one, and sees the branches of the remote."""

    shy: list[PullRequestDraft] = field(default_factory=list)

    def open(self, draft: PullRequestDraft) -> PullRequest:
        """The second time."""
        self.shy.append(draft)
        if len(self.shy) == 1:
            raise HostAwayError("the host does not answer")
        assert self.clone is not None
        self.forge.branches[draft.head] = self.clone.git("ls-remote", "origin", draft.head).split()[0]
        return GitForgeHost.open(self, draft)


def asked(requests: RequestsOfFleet, name: str = "new") -> SharedPullRequest:
    """Ada asks for a workspace; the ledger's line."""
    request = ChangeRequest(
        id=f"id-{name}",
        verb=Verb.CREATE,
        name=name,
        by="Ada <ada@example.com>",
        owner="ada@example.com",
        message=f"Add {name}",
        at=datetime.now(UTC),
    )
    shared = requests.opening.submit(request, requests.following.editing(request))
    assert shared is not None
    return shared


def test_what_no_host_has_opened_yet_is_opened_by_whoever_comes(judged: JudgedFleet) -> None:
    """Its line has no number, and it may be the only one."""
    host = ShyHost("robot", judged.host.forge, clone=judged.fleet)
    requests = requests_of(judged.open())
    requests.use(host)
    waits = asked(requests)
    assert (0, []) == (waits.number, list(finish(requests)))

    ledger = requests.ledger
    old = replace(waits, head_at=waits.head_at - timedelta(minutes=3))
    ledger.write(Writes(pull_requests={old.id: old}), on=ledger.read())
    list(finish(requests))

    (shared,) = ledger.read().pull_requests.values()
    assert (2, True) == (len(host.shy), shared.number > 0)


def test_what_cannot_be_read_now_ends_nobody_s_request(judged: JudgedFleet) -> None:
    """It is no word about the request: the next turn looks again."""
    head, fleet = judged.push({"workspaces/new.yaml": "owner: ada@example.com\n"}, to="refs/heads/asked"), judged.open()
    main = fleet.repo.head()

    def files(commit: str) -> Mapping[str, bytes]:
        if commit != main:
            raise SourceError("git cannot be started")
        return stacks_at(fleet.clone, commit)

    worn = replace(fleet, backends=FolderBackends(files, cache=fleet.settings.cache / "backends"))

    assert {} == requests_of(fleet).following.red(head)
    with pytest.raises(SourceError, match="git cannot be started"):
        requests_of(worn).following.red(head)


@pytest.mark.parametrize(("wants", "least"), [(timedelta(hours=1), 3500.0), (timedelta(0), AFTER_FAILURE - 5)])
def test_a_control_plane_waits_as_long_as_the_host_asks(judged: JudgedFleet, wants: timedelta, least: float) -> None:
    """And five minutes at least."""

    def away(_: object) -> GitForgeHost:
        raise HostAwayError("too many calls", retry_at=datetime.now(UTC) + wants)

    turns = HostTurns(every=0.0, find=away)
    turns.go(judged.open())

    assert least <= turns._next - monotonic() <= least + 110
