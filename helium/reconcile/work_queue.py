"""What is at work, what waits for a slot, and which goes first.

There is no barrier between creates, updates and destroys: whatever is free to start starts. It decides nothing about a
change; `one_change` carries each out, and an outcome stands here only once the ledger's writer has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from threading import Lock

from helium.core.plan import Code, Destroy, Outcome, Work
from helium.reconcile.workers import Workers

USUAL = 60.0
"""Seconds that a change is thought to take, as long as nobody knows better."""
SHORTEST_USUAL = 20.0
"""What usually takes less may take so long without being slow."""
WAITED_LONG = 600.0
"""Seconds after which a change that found no slot goes before all others."""


@dataclass(frozen=True, slots=True)
class AtWork:
    """One change under way. `since`: by the workers' clock; `usual`: how many seconds it takes as a rule."""

    change: Work
    since: float
    usual: float = USUAL

    def slow(self, now: float) -> bool:
        """Whether it takes so long that others need not wait for its slot."""
        return now - self.since > 2 * self.usual


def fitting(
    work: Sequence[Work], at_work: Sequence[AtWork], *, slots: int, now: float, since: Mapping[str, float]
) -> tuple[Work, ...]:
    """The changes that may start now, in their order. `since`: from when each has waited.

    What is slow leaves its slot, up to twice as many as there are slots. Retries never take the last slot, so that
    whatever hangs again and again leaves one to everybody else.
    """
    free = min(slots - sum(1 for each in at_work if not each.slow(now)), 2 * slots - len(at_work))
    retries = max(slots - 1, 1) - sum(1 for each in at_work if each.change.code is Code.RETRY)
    chosen: list[Work] = []
    for change in sorted(work, key=lambda change: now - since.get(change.name, now) < WAITED_LONG):
        if len(chosen) >= free:
            break
        if change.code is Code.RETRY:
            if retries < 1:
                continue
            retries -= 1
        chosen.append(change)
    return tuple(chosen)


class WorkQueue:
    """The changes of one pass that were announced: those that wait, those at work, and what became of the others.

    `usual`: how many seconds a change takes as a rule. All methods belong to the thread of the pass.
    """

    def __init__(self, workers: Workers, *, slots: int, usual: Callable[[Work], float] = lambda _: USUAL) -> None:
        self._workers = workers
        self._usual = usual
        self._slots = slots
        self._lock = Lock()
        self._waiting: list[tuple[Work, Callable[[], Outcome]]] = []
        self._at_work: dict[str, AtWork] = {}
        self._ended: list[Outcome] = []
        self._seen = 0
        self._lost: set[str] = set()
        self._since: dict[str, float] = {}

    @property
    def names(self) -> frozenset[str]:
        """The names that are announced and not ended. Whoever wants to leave them out asks before reading anything."""
        with self._lock:
            return frozenset(self._at_work) | {change.name for change, _ in self._waiting}

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is at work."""
        return not self.names

    @property
    def slow(self) -> bool:
        """Whether something at work takes so long that others need not wait for it."""
        with self._lock:
            return any(each.slow(self._workers.now()) for each in self._at_work.values())

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What became of each, in the order in which they ended."""
        with self._lock:
            return tuple(self._ended)

    def chosen(self, work: Sequence[Work]) -> tuple[Work, ...]:
        """The changes that find a slot now. What finds none is remembered, so that it goes first one day."""
        now = self._workers.now()
        self._since = {change.name: self._since.get(change.name, now) for change in work}
        return self._fitting(work)

    def early(self, work: Sequence[Work]) -> tuple[Work, ...]:
        """The changes that find no slot and may be announced all the same, so that the next free slot needs no push.

        Not what deletes: until there is a slot, its owner may still put the file back. Not a retry either, which may
        not take every slot that gets free.
        """
        room = self._slots - len(self._waiting)
        may = (change for change in work if not isinstance(change, Destroy) and not change.replaces)
        return tuple(change for change in may if change.code is not Code.RETRY)[: max(0, room)]

    def withdrawn(self) -> tuple[Work, ...]:
        """Take back what was announced and has not begun."""
        with self._lock:
            taken, self._waiting = tuple(change for change, _ in self._waiting), []
        return taken

    def add(self, change: Work, carry_out: Callable[[], Outcome]) -> None:
        """A change that was announced. It starts as soon as it finds a slot."""
        self._waiting.append((change, carry_out))

    def start(self) -> None:
        """Start what finds a slot."""
        calls = {change.name: call for change, call in self._waiting}
        for change in self._fitting([change for change, _ in self._waiting]):
            self._waiting = [each for each in self._waiting if each[0].name != change.name]
            usual = max(SHORTEST_USUAL, self._usual(change))
            with self._lock:
                self._at_work[change.name] = AtWork(change, self._workers.now(), usual)
            with ExitStack() as unless_begun:
                # The machine may have no thread left. What never began must not be waited for.
                unless_begun.callback(self._drop, change.name)
                self._workers.start(partial(self._run, change, calls[change.name]))
                unless_begun.pop_all()

    def wait(self, seconds: float) -> tuple[Outcome, ...]:
        """Wait for an end, at most so long, if anything is at work; what has ended since the last call."""
        if not self.idle:
            self._workers.wait(seconds)
        return self.ended()

    def ended(self) -> tuple[Outcome, ...]:
        """What has ended since the last call of this or of `wait`. Raises what nobody foresaw."""
        while self._lost:
            self._workers.wait(1)
        with self._lock:
            new, self._seen = self._ended[self._seen :], len(self._ended)
        return tuple(new)

    def give_up(self) -> None:
        """Start nothing more, and wait for what is at work."""
        self._waiting = []
        while not self.idle:
            self._workers.wait(1)

    def _fitting(self, work: Sequence[Work]) -> tuple[Work, ...]:
        with self._lock:
            at_work = tuple(self._at_work.values())
        return fitting(work, at_work, slots=self._slots, now=self._workers.now(), since=self._since)

    def _drop(self, name: str) -> None:
        with self._lock:
            del self._at_work[name]

    def _run(self, change: Work, carry_out: Callable[[], Outcome]) -> None:
        outcome: Outcome | None = None
        try:
            outcome = carry_out()
        finally:
            # Only now: until the writer has the outcome, a look at the ledger shows the name as it was before.
            with self._lock:
                del self._at_work[change.name]
                if outcome is None:
                    self._lost.add(change.name)
                else:
                    self._ended.append(outcome)
