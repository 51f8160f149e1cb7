"""The branch of records as the port `Ledger`: read whole, written by compare-and-swap, never checked out.

Where the fleet serves one machine, the branch is this repository's own; else it is the remote's, and every write is
pushed. Refuses to overwrite what a newer Helium wrote, and to rewrite the log.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from helium.adapters.git_repo.clone import Clone
from helium.adapters.ledger import snapshot
from helium.core.fleet import Fleet
from helium.errors import HeadMovedError
from helium.ports.ledger import Snapshot

# A command that only reads the newest records does not wait for what writes, or reads the log.
if TYPE_CHECKING:
    from helium.adapters.ledger.live_file import LiveFile
    from helium.adapters.ledger.live_ref import LiveRef
    from helium.core.fleet_record import FleetRecord
    from helium.core.log_line import LogLine
    from helium.core.removal_requests import RemovalRequest
    from helium.core.sharded_plan import ShardedPlan
    from helium.ports.ledger import Writes

__all__ = ["GitLedger"]

_MAX_TRIES = 12
_LONGEST = 5.0
"""The longest wait between two tries, in seconds. Waits begin at a tenth, double, and are jittered."""
_NOTE_TRIES, _NOTE_LONGEST = 10, 1.0
"""The same for a note on which a person's removal waits: some seconds in all."""


class GitLedger:
    """The port `Ledger` on the fleet's own repository. `wait` sleeps for some seconds between tries.

    `live`: what is going on, which goes by the lease that is written here, and along with each push. `rest`: seconds
    between two pushes of a pass, `None` for what the host asks.
    """

    def __init__(
        self,
        clone: Clone,
        fleet: Fleet,
        *,
        wait: Callable[[float], None] = time.sleep,
        live: LiveRef | LiveFile | None = None,
        rest: float | None = None,
    ) -> None:
        self._clone = clone
        self._branch = fleet.ledger
        self._shared = fleet.pushes(clone.remote)
        self._wait = wait
        self._live = live
        self._rest = rest
        self._last = Snapshot()

    @property
    def clone(self) -> Clone:
        """The repository that the branch is in."""
        return self._clone

    def known_tip(self) -> str | None:
        """The branch's newest commit that this clone has, without a look at the remote."""
        return self._clone.tip(self._ref)

    @property
    def rest(self) -> float:
        """Of the remote that the branch is pushed to; its own repository needs none."""
        if not self._shared:
            return 0.0
        if self._rest is None:
            from helium.adapters.git_repo.push_rest import rest_of

            self._rest = rest_of(self._clone.program.text("remote", "get-url", "--push", str(self._clone.remote)))
        return self._rest

    @property
    def _ref(self) -> str:
        return self._clone.ref(self._branch, shared=self._shared)

    def read(self) -> Snapshot:
        """The newest state. Only records that changed since this object last read are parsed again."""
        self._last = snapshot.at(self._clone.repository, self.tip(), known=self._last)
        return self._last

    def known(self) -> Snapshot:
        """The newest state that this clone has, without a look at the remote."""
        return snapshot.at(self._clone.repository, self._clone.tip(self._ref), known=self._last)

    def fleet_record(self) -> FleetRecord | None:
        """The newest `fleet.json` alone."""
        return snapshot.fleet_record_at(self._clone.repository, self.tip())

    def plan(self, commit: str) -> ShardedPlan:
        """The plan for shards in that commit, which must be part of this branch as it is now."""
        from helium.adapters.ledger import plans

        return plans.at(self._clone.repository, commit, tip=self.tip())

    def tip(self) -> str | None:
        """The branch's newest commit, fetched where there is a remote."""
        if self._shared:
            self._clone.fetch(self._branch, optional=True)
        return self._clone.tip(self._ref)

    def write(self, writes: Writes, *, on: Snapshot, accepts_log: bool = False) -> tuple[Snapshot, frozenset[str]]:
        """The new snapshot, and the names not written: somebody else changed them, or a newer Helium wrote them.

        Without a change there is no commit. `accepts_log`: a person accepts the log as it is. `SourceError` when other
        writers were first for a minute, or the push is refused.
        """
        from helium.adapters.git_repo.trees import writing
        from helium.adapters.ledger import merge, tree

        head = on
        if self._live is not None and writes.fleet_record is not None:
            self._live.under(writes.fleet_record.lease)
        for turn in range(_MAX_TRIES):
            due, dropped = merge.due(writes, on=on, head=head)
            with writing(self._clone.repository):
                new = tree.commit(self._clone, due, on=head, accepts_log=accepts_log)
            if new is None or new == head.head:
                return head, dropped
            try:
                self.publish(new, old=head.head)
            except HeadMovedError:
                if turn == _MAX_TRIES - 1:
                    raise
                self._pause(turn, longest=_LONGEST)
                head = self.read()
            else:
                self._last = snapshot.at(self._clone.repository, new, known=head)
                return self._last, dropped
        raise AssertionError("the last try returns or raises")

    def note_requests(self, requests: Sequence[RemovalRequest]) -> None:
        """One commit on the branch as it was fetched last, so that nobody waits longer than for one push."""
        from helium.adapters.git_repo.trees import writing
        from helium.adapters.ledger import merge, tree

        tip = self._clone.tip(self._ref) or self.tip()
        for turn in range(_NOTE_TRIES):
            fleet_record = snapshot.fleet_record_at(self._clone.repository, tip)
            if fleet_record is None:
                return
            due = merge.with_requests(fleet_record, requests)
            with writing(self._clone.repository):
                new = tree.commit(self._clone, due, on=Snapshot(tip, fleet_record))
            if new is None:
                return
            try:
                self.publish(new, old=tip)
                return
            except HeadMovedError:
                if turn == _NOTE_TRIES - 1:
                    raise
                self._pause(turn, longest=_NOTE_LONGEST)
                tip = self.tip()

    def _pause(self, turn: int, *, longest: float) -> None:
        """Longer each time, and never as long as the others who lost the same race."""
        self._wait(min(longest, 0.1 * 2**turn) * random.uniform(0.5, 1.0))

    def publish(self, new: str, *, old: str | None) -> None:
        """Move the branch to a commit on `old`; `HeadMovedError` when it is elsewhere by now."""
        if not self._shared:
            self._clone.program.swap(self._ref, new, old=old)
            return
        from helium.adapters.git_repo.push import push

        remote, ref = str(self._clone.remote), f"refs/heads/{self._branch}"

        def pushed(along: str) -> str:
            return push(self._clone.program, new, remote=remote, ref=ref, along=along)

        if self._live is None:
            pushed("")
        else:
            self._live.along(pushed)
        self._clone.program.ask("update-ref", self._ref, new, old or "")

    def diagnostics(self, name: str) -> str:
        """As text, whatever it is by now: a person may have edited it."""
        from helium.adapters.git_repo.read import read
        from helium.adapters.ledger.serialization import failure_path

        head = self._clone.tip(self._ref)
        data = read(self._clone.repository, head, path=failure_path(name)) if head else None
        return (data or b"").decode(errors="replace").rstrip("\n")

    def log(self, *, name: str | None = None, since: datetime | None = None) -> Iterator[LogLine]:
        """The log as fetched last, oldest first. A line that cannot be read is shown as `illegible`, not hidden."""
        from helium.adapters.ledger import history

        head = self._clone.tip(self._ref) or self.tip()
        return history.lines(self._clone.repository, head, name=name, since=since)
