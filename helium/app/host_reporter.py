"""Says on merged pull requests what became of them, while a pass works on it: one comment each, edited as it goes on.

It runs beside the pass and never holds it up. It refuses to fail one: a host that does not answer is one sentence to
whoever ran the pass, and the ledger has everything all the same.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from helium.app.live_reporter import reporting
from helium.app.open_fleet import OpenFleet
from helium.app.run import clock
from helium.app.summaries import summarized
from helium.core.live import LiveStack
from helium.core.plan import Change, Outcome
from helium.core.pull_request import PLAN_COMMENT, marker, own_comments
from helium.core.reviews import FollowedPullRequest
from helium.errors import HeliumError
from helium.ports import Ports
from helium.ports.host import Host
from helium.ports.progress import Progress
from helium.ports.reviews import Reviews
from helium.reconcile import comments, pass_summary

EVERY = 5.0
"""Seconds between two edits. GitHub takes 500 an hour that people see."""
LONGEST = 30.0
"""Seconds that the last edits may take once the pass is over."""
COMMITS = 3
"""Of how many of a file's last commits pull requests are told: what one asked for may be mended by the next."""
STILL_READ = timedelta(days=14)
"""How long after its merge anybody still looks at a pull request."""


class HostReporter:
    """The port `Progress`: hands everything on, and keeps the comments of the pull requests that names came with."""

    def __init__(self, fleet: OpenFleet, progress: Progress, *, reviews: Reviews) -> None:
        self._fleet, self._progress, self._reviews = fleet, progress, reviews
        self._changed = threading.Event()
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._names: set[str] = set()
        self._pulls: dict[int, FollowedPullRequest] = {}
        self._looked_up: set[str] = set()
        self._planned: dict[int, str] = {}
        self._said: dict[int, str] = {}
        self._thread = threading.Thread(target=self._keep, name="comments", daemon=True)

    def planned(self, changes: Sequence[Change]) -> None:
        """Handed on."""
        self._progress.planned(changes)

    def started(self, change: Change) -> None:
        """Worth an edit."""
        self._progress.started(change)
        self._note(change)

    def doing(self, stack: LiveStack) -> None:
        """Handed on."""
        self._progress.doing(stack)

    def finished(self, change: Change, outcome: Outcome) -> None:
        """Worth an edit."""
        self._progress.finished(change, outcome)
        self._note(change)

    def note(self, sentence: str) -> None:
        """Handed on."""
        self._progress.note(sentence)

    def end(self) -> None:
        """The pass is over, and the ledger has all of it: say so once more."""
        self._over.set()
        self._changed.set()
        if self._thread.is_alive():
            self._thread.join(LONGEST)

    def tell(self, names: Collection[str]) -> None:
        """Say now what became of these names: of a pass whose work was done on other machines."""
        self._names |= set(names)
        self._try(self._say)

    def _note(self, change: Change) -> None:
        with self._lock:
            if not self._names:
                # Most passes have nothing to tell.
                self._thread.start()
            self._names.add(change.name)
        self._changed.set()

    def _keep(self) -> None:
        self._try(self._go_on)

    def _go_on(self) -> None:
        while not self._over.is_set():
            self._changed.wait()
            self._changed.clear()
            self._say()
            self._over.wait(EVERY)
        self._say()

    def _try(self, say: Callable[[], None]) -> None:
        try:
            say()
        except HeliumError as error:
            self._progress.note(f"The pull requests are not told what becomes of them: {error}")

    def _say(self) -> None:
        with self._lock:
            names = frozenset(self._names)
        self._look_up(names)
        touched = {name for each in self._pulls.values() for name in each.touches}
        if not touched:
            return
        now = clock()
        seen = summarized(self._fleet, touched, now=now, snapshot=self._fleet.ledger.known())
        lines = pass_summary.of_workspaces(self._fleet.ledger.log(since=now - STILL_READ))
        last = {line.name: line for line in lines if line.name in touched}
        rows = pass_summary.all_rows(
            {name: seen.rows[name] for name in touched & seen.rows.keys()}, last, links=seen.links
        )
        for each in self._pulls.values():
            self._put(each.number, [row for row in rows if row.name in each.touches])

    def _look_up(self, names: frozenset[str]) -> None:
        """Find the pull requests of names that are new here."""
        repo, unknown = self._fleet.repo, names - self._looked_up
        if not unknown:
            return
        recent = repo.recent(repo.head(), newer=clock() - STILL_READ)
        commits = {each.id: each.time for name in unknown for each in recent.get(name, ())[:COMMITS]}
        if commits:
            found = self._reviews.that_made(commits, since=min(commits.values()))
            self._pulls |= {each.number: each for each in found}
        self._looked_up |= unknown

    def _put(self, number: int, rows: Sequence[pass_summary.PassRow]) -> None:
        host = self._reviews.host
        if number not in self._planned:
            self._planned[number] = _comment_on(number, host)
        body = comments.went_on(self._planned[number], rows, url=self._fleet.settings.run_url)
        if body != self._said.get(number):
            host.put_comment(number, purpose=PLAN_COMMENT, body=body)
            self._said[number] = body


def _comment_on(number: int, host: Host) -> str:
    """What Helium's comment says, once for a pass: after the merge, nobody plans it again."""
    # A plan is most often the comment of a job, whose token another account has.
    logins = (host.account(), *host.place.job_accounts)
    own = own_comments(host.comments(number), purpose=PLAN_COMMENT, logins=logins)
    return own[0].body.removeprefix(marker(PLAN_COMMENT)).lstrip("\n") if own else ""


@contextmanager
def commenting(fleet: OpenFleet, progress: Progress, *, reviews: Reviews | None) -> Iterator[Progress]:
    """Progress for one pass that pull requests tell of; the same one where nobody keeps any."""
    if reviews is None:
        yield progress
        return
    reporter = HostReporter(fleet, progress, reviews=reviews)
    try:
        yield reporter
    finally:
        reporter.end()


@contextmanager
def telling(fleet: OpenFleet, progress: Progress, *, ports: Ports) -> Iterator[Progress]:
    """Progress for one pass that all hear of: whoever looks at the fleet, and the pull requests that asked for it."""
    with (
        reporting(fleet, progress, engine=ports.engine) as reported,
        commenting(fleet, reported, reviews=ports.reviews) as heard,
    ):
        yield heard
