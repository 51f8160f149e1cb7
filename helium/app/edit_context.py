"""What an edit of an open fleet is judged by: its records, its history, and what others ask for by pull requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from helium.app.open_fleet import OpenFleet
from helium.app.run import clock
from helium.core.change_request import new_owners
from helium.core.spec import Addition
from helium.edits import EditContext, Requester
from helium.ports.repo import Repo


class WalkedAdditions:
    """Who added a file, and when. All of history is walked for that, so once for each main, and only if asked."""

    def __init__(self, repo: Repo, *, main: Callable[[], str]) -> None:
        self._repo, self._main = repo, main
        self._walked: tuple[str, Mapping[str, Addition]] = ("", {})

    def of(self, name: str) -> Addition | None:
        """By main as it is now; `None` where main does not have that file."""
        main = self._main()
        if self._walked[0] != main:
            self._walked = (main, self._repo.additions(main, since=None))
        return self._walked[1].get(name)


def edit_context(fleet: OpenFleet, requester: Requester) -> EditContext:
    """For whoever submits the edit by `app/submit.py`, or in a pull request of its own."""
    snapshot = fleet.ledger.read()
    return EditContext(
        specs=fleet.specs,
        requester=requester,
        now=clock(),
        records=snapshot.records,
        addition=WalkedAdditions(fleet.repo, main=fleet.repo.head).of,
        asked=lambda: new_owners(snapshot.pull_requests.values(), now=clock()),
        by_pull_request=True,
        seen=snapshot.seen,
    )
