"""A quota where main takes only pull requests: of several processes at one real remote, no two give the last place."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from helium.adapters.git_repo import GitRepo
from helium.adapters.ledger import GitLedger
from helium.app.shared_pull_requests import SharedPullRequests
from helium.core.change_request import ChangeRequest, new_owners
from helium.core.fleet import Fleet
from helium.core.fleet_record import FleetRecord
from helium.core.quota import QuotaError
from helium.edits import EditContext, Editing, Requester
from helium.edits.replaying import editing_of
from helium.errors import NameTakenError
from helium.ports.ledger import Writes
from tests.adapters.git_repos import begun, cloned, opened
from tests.app.remote_host import FollowingHost
from tests.app.test_shared_pull_requests import Desk, request
from tests.builders import NOW
from tests.edits.test_edits import SPECS

SETTINGS = b"fleet: x\nbackends:\n  gcp-namespace: {}\nwrite: pull-request\nlimits: {perOwner: 3}\n"


class QuotaDesk(Desk):
    """One that judges as the API does. It reads the ledger by its own clone, as the index of pages does."""

    def editing(self, asked: ChangeRequest) -> Editing:
        """By what the ledger has at that moment."""
        ledger = GitLedger(opened(self.folder), Fleet("x", state="file:///state"))
        context = EditContext(
            SPECS,
            Requester(asked.owner),
            NOW,
            asked=lambda: new_owners(ledger.read().pull_requests.values(), now=NOW),
            by_pull_request=True,
        )
        return editing_of(asked, context=context, repo=GitRepo(opened(self.folder)))

    def gets(self, name: str, id: str = "") -> bool:
        """Whether it may have one more."""
        asked = request(name, id=id or f"id-{name}")
        try:
            self.opening.submit(asked, self.editing(asked))
        except (QuotaError, NameTakenError):
            return False
        return True


@pytest.fixture
def desks(tmp_path: Path) -> tuple[QuotaDesk, ...]:
    """Three of them, before one host. Ada has one of three."""
    remote = begun(
        tmp_path,
        {"helium.yaml": SETTINGS, "workspaces/old.yaml": b"owner: ada@example.com\n"},
        clones=("begun",),
        time=NOW,
    )
    host = FollowingHost(remote)
    found = tuple(QuotaDesk(cloned(remote, tmp_path / name), host) for name in ("one", "two", "three"))
    found[0].ledger.write(Writes(fleet_record=FleetRecord("x")), on=found[0].ledger.read())
    return found


@pytest.mark.parametrize("interval", [0, 60])
def test_of_many_at_once_only_as_many_as_there_are_get_one(desks: tuple[QuotaDesk, ...], interval: int) -> None:
    """Each in a pull request of its own, or several in one."""
    for desk in desks:
        desk.opening = SharedPullRequests(replace(desk.parts, interval=lambda: timedelta(seconds=interval)))
    with ThreadPoolExecutor(12) as pool:
        given = list(pool.map(lambda each: desks[each % 3].gets(f"w-{each}"), range(12)))
    asked = [each.name for shared in desks[0].known() for each in shared.requests]

    assert 2 == sum(given)
    assert sorted(f"w-{each}" for each, got in enumerate(given) if got) == sorted(asked)
    assert not desks[1].gets("late")


def test_of_two_processes_one_gets_a_name(desks: tuple[QuotaDesk, ...]) -> None:
    """Two pull requests for one name could not both be merged."""
    with ThreadPoolExecutor(3) as pool:
        given = list(pool.map(lambda desk: desk.gets("same", id=f"id-{desk.folder.name}"), desks))

    assert 1 == sum(given)
