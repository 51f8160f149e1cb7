"""A guarded plan that is left for shards: each carries out its part on a machine of its own, and one step finishes it.

Values only; `plans/RUN.json` of the ledger is their form. Nothing in it is decided again: which shard has a name, and
what happens to it, was fixed when the guard had seen the whole fleet's plan.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from helium.core.plan import Code, Create, Destroy, Outcome, Refusal, Update, Work
from helium.core.record import Phase, Record
from helium.errors import Issue

FORMAT = 2
MOST_SHARDS = 256
"""A CI host's matrix has no more jobs (GitHub's limit)."""
ROUNDS_OF_A_SHARD = 2
"""How often a machine is filled at least. Its start takes as long as a few creates, so for less it saves nothing."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One shard: `number`, counted from 1, of so many."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def shards_for(work: Collection[Work], *, parallel: int, most: int = MOST_SHARDS) -> tuple[Shard, ...]:
    """All shards of this work, as many as are worth a machine each. `parallel`: stacks at once on each machine.

    All rolls are the first shard's, so a roll calls for no machine.
    """
    if not work:
        return ()
    dealt = sum(change.code is not Code.ROLLED for change in work)
    count = shard_count(dealt, parallel=parallel, most=most)
    return tuple(Shard(number, count) for number in range(1, count + 1))


def shard_count(dealt: int, *, parallel: int, most: int) -> int:
    """How many shards so many changes are worth, beside the rolls."""
    return max(1, min(dealt // (ROUNDS_OF_A_SHARD * parallel), most, MOST_SHARDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardedPlan:
    """The work of one pass, and what it rests on. `run` and `counter` are those of the lease that all shards share.

    `commit` is main's, `seen` the one that the ledger had seen before. `before` are the records as the plan found them,
    `announced` as it left them: no shard touches a name whose record has changed since. `stuck`: something is kept that
    only a person can put right. `failed_before`: what failed, and waits. `trusted`: the clock may be noted.
    """

    fleet: str
    run: str
    counter: int
    commit: str
    now: datetime
    seen: str | None
    creates: tuple[Create, ...] = ()
    updates: tuple[Update, ...] = ()
    destroys: tuple[Destroy, ...] = ()
    before: Mapping[str, Record]
    announced: Mapping[str, Record]
    refusals: tuple[Refusal, ...] = ()
    issues: tuple[Issue, ...] = ()
    counts: Mapping[str, int]
    stuck: bool = False
    failed_before: tuple[str, ...] = ()
    trusted: bool = True
    format: int = FORMAT

    @property
    def work(self) -> tuple[Work, ...]:
        """Everything that is to be applied: creates first, then updates, then destroys."""
        return (*self.creates, *self.updates, *self.destroys)

    def part(self, shard: Shard) -> tuple[Work, ...]:
        """What one shard applies. All rolls are the first one's: one goes ahead, and its failure stops the rest."""
        names = [change.name for change in self.work if change.code is not Code.ROLLED]
        mine = frozenset(names[shard.number - 1 :: shard.of])
        return tuple(
            change for change in self.work if change.name in mine or (change.code is Code.ROLLED and shard.number == 1)
        )

    def outcome(self, change: Work, record: Record | None) -> Outcome:
        """What became of a change, as its record says after all shards have ended."""
        ok = _gone(record) if isinstance(change, Destroy) else self._up(change, record)
        return Outcome(
            change.name, change.kind, change.code.value, ok=ok, sentence=self._sentence(change, record, ok=ok)
        )

    def _up(self, change: Create | Update, record: Record | None) -> bool:
        done = record is not None and record.phase is Phase.READY and record.spec_blob == change.blob
        return done and record != self.before.get(change.name)

    def _sentence(self, change: Work, record: Record | None, *, ok: bool) -> str:
        if ok:
            return "destroyed" if isinstance(change, Destroy) else "ready"
        announced = self.announced.get(change.name)
        if record is not None and announced is not None and record.attempts > announced.attempts:
            return record.error
        return "no shard finished it; the next pass continues"


def _gone(record: Record | None) -> bool:
    return record is None or record.phase is Phase.GONE
