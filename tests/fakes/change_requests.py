"""What opens pull requests, in memory: the ledger has each request at once, under one number for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from helium.core.change_request import ChangeRequest, SharedPullRequest, request_with
from helium.errors import HeliumError
from helium.ports.commit_queue import View
from helium.ports.ledger import Writes
from helium.ports.repo import Edit
from tests.fakes.commit_queue import FakeCommitQueue
from tests.fakes.ledger import FakeLedger


@dataclass(slots=True)
class FakeChangeRequests:
    """Each request has a pull request of its own; `error` is raised by the next call."""

    ledger: FakeLedger
    commit_queue: FakeCommitQueue
    now: Callable[[], datetime]
    error: HeliumError | None = None
    asked: list[ChangeRequest] = field(default_factory=list)

    def submit(self, request: ChangeRequest, edit: Callable[[View], Sequence[Edit]]) -> SharedPullRequest | None:
        """Judged by main as it is."""
        if self.error is not None:
            raise self.error
        snapshot = self.ledger.read()
        if known := request_with(snapshot.pull_requests.values(), request.id):
            return known
        view = self.commit_queue.view()
        if all(view.read(each.path) == each.data for each in edit(view)):
            return None
        number = len(self.asked) + 1
        self.asked.append(request)
        shared = SharedPullRequest(
            id=f"p-{number}",
            branch=f"helium/requests-{number}",
            base=view.commit,
            head=f"head-{number}",
            requests=(request,),
            opened_at=self.now(),
            head_at=self.now(),
            number=number,
            url=f"https://git.example.com/acme/fleet/pulls/{number}",
        )
        self.ledger.write(Writes(pull_requests={shared.id: shared}), on=snapshot)
        return shared
