"""Says what a pass is at while it works: to whoever ran it, and to everybody who looks.

It refuses to stop a pass: where others cannot see it, that is one sentence to whoever ran it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from helium.app.run import clock
from helium.core.live import Doing, LiveStack
from helium.core.plan import Change, Outcome
from helium.core.run import Clock
from helium.core.stack import StackId
from helium.core.usual import SINCE, Usual, usual_count, usual_seconds
from helium.ports.live import LiveStatus
from helium.ports.progress import Progress

if TYPE_CHECKING:
    from helium.adapters.ledger import GitLedger
    from helium.app.open_fleet import OpenFleet
    from helium.ports.engine import Engine


class LiveReporter:
    """The port `Progress`: hands everything on, and keeps in `live` which names are at work, and at what."""

    def __init__(self, ledger: GitLedger, progress: Progress, *, live: LiveStatus, clock: Clock = clock) -> None:
        self._ledger = ledger
        self._progress = progress
        self._live = live
        self._clock = clock
        # Never held while somebody is told: a terminal that blocks must not hold up the stacks.
        self._lock = Lock()
        self._stacks: dict[str, LiveStack] = {}
        self._usual: Usual | None = None
        # The first changes of a pass begin at once, and a month of the log is read for all of them.
        self._reads = Lock()

    def planned(self, changes: Sequence[Change]) -> None:
        """Handed on."""
        self._progress.planned(changes)

    def started(self, change: Change) -> None:
        """One more is at work."""
        self._progress.started(change)
        of = usual_count(change.name, backend=change.backend, records=self._ledger.known().records)
        usual = self._usual_seconds().get((change.kind, change.backend), 0.0)
        stack = LiveStack(change.name, change.kind, self._clock(), of=of, usual=usual)
        with self._lock:
            self._stacks[change.name] = stack
        self._show()
        self._progress.doing(stack)

    def tell(self, stack: StackId, doing: Doing) -> None:
        """The engine's word about one of them. Other stacks are none of this pass's changes: the marker is one."""
        with self._lock:
            known = self._stacks.get(stack.name)
            if known is None:
                return
            now = self._stacks[stack.name] = replace(known, doing=doing)
        self._show()
        self._progress.doing(now)

    def doing(self, stack: LiveStack) -> None:
        """Handed on."""
        self._progress.doing(stack)

    def finished(self, change: Change, outcome: Outcome) -> None:
        """One less."""
        with self._lock:
            self._stacks.pop(change.name, None)
        self._show()
        self._progress.finished(change, outcome)

    def note(self, sentence: str) -> None:
        """Handed on."""
        self._progress.note(sentence)

    def end(self) -> None:
        """Nothing is at work any more."""
        with self._lock:
            self._stacks.clear()
        self._live.close()
        self._told()

    def _show(self) -> None:
        with self._lock:
            self._live.show(tuple(self._stacks.values()), now=self._clock())
        self._told()

    def _told(self) -> None:
        if said := self._live.trouble():
            self._progress.note(said)

    def _usual_seconds(self) -> Usual:
        with self._reads:
            if self._usual is None:
                self._usual = usual_seconds(self._ledger.log(since=self._clock() - SINCE))
            return self._usual


@contextmanager
def reporting(fleet: OpenFleet, progress: Progress, *, engine: Engine) -> Iterator[Progress]:
    """Progress for one pass, which everybody sees while it works."""
    reporter = LiveReporter(fleet.ledger, progress, live=fleet.live)
    engine.report_to(reporter.tell)
    try:
        yield reporter
    finally:
        reporter.end()
