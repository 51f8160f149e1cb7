"""An order: what a person asks of passes from CI's page or a clone, as one file of the ledger.

Values only. An order is given once, begun at most once, and ended once; what became of it stays in it. It can do what a
command can do, and nothing else: `core/order_kinds.py` names the command of each kind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from helium.core.deadlines import format_instant
from helium.core.fleet_record import Lease

FORMAT = 1
ORDER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
GOOD_FOR = timedelta(hours=2)
"""How long an order is good, where nobody says more: CI's clock may miss a turn."""
LONGEST_GOOD = timedelta(hours=24)
"""Whoever ordered something two days ago has seen another fleet."""
KEPT_FOR = timedelta(days=30)
"""How long an order that has ended is kept: for so long nobody can give it a second time."""


class OrderKind(StrEnum):
    """What is ordered."""

    RELEASE = "release"
    REPLACE = "replace"
    OVER_QUOTA = "over-quota"
    ASSUME_ABSENT = "assume-absent"
    CLOCK_IS_RIGHT = "clock-is-right"
    RETRY = "retry"
    ROLL = "roll"
    ROLL_ALL = "roll-all"
    UNLOCK = "unlock"
    DESTROY_ORPHAN = "destroy-orphan"
    FORGET_ORPHAN = "forget-orphan"
    FORGET = "forget"
    REBUILD = "rebuild"
    ACCEPT_LOSS = "accept-loss"
    ACCEPT_NEW_STATE = "accept-new-state"
    ACCEPT = "accept"
    ACCEPT_LOG = "accept-log"
    END_LEASE = "end-lease"
    PAUSE = "pause"
    RESUME = "resume"


class Ended(StrEnum):
    """How an order ended. `cut-short`: whoever began it was killed, and did not say how it went."""

    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    CUT_SHORT = "cut-short"


@dataclass(frozen=True, slots=True)
class OrderEnd:
    """What became of an order, when, and which run or person wrote that."""

    word: Ended
    sentence: str
    time: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What was ordered, by whom, and what became of it.

    `by`: the mail of the admin; `actor`: what the host, or git, calls that person. `head`, `commit`: ledger and main as
    they were then. `saw`: a digest of what the order is about, as it was then; empty where that does not matter.
    `expect`: the digest of the plan that the person saw, if one was given. `begun`: by which run, like a lease.
    """

    id: str
    kind: OrderKind
    names: tuple[str, ...] = ()
    argument: str = ""
    by: str
    actor: str
    why: str = ""
    run: str = ""
    run_url: str = ""
    at: datetime
    until: datetime
    head: str
    commit: str
    saw: str = ""
    expect: str | None = None
    begun: Lease | None = None
    ended: OrderEnd | None = None
    format: int = FORMAT

    @property
    def what(self) -> str:
        """The order in words: its kind and what it is about."""
        return " ".join((self.kind.value, *self.names, *([self.argument] if self.argument else [])))

    def __str__(self) -> str:
        return f"{self.what}, ordered by {self.by} at {format_instant(self.at)}"

    def end(self, word: Ended, sentence: str, *, now: datetime, by: str) -> Order:
        """The order with its end."""
        return replace(self, ended=OrderEnd(word, sentence, now, by))

    @property
    def status(self) -> str:
        """`waiting`, `begun`, or how it ended."""
        return self.ended.word.value if self.ended else "begun" if self.begun else "waiting"


@dataclass(frozen=True, slots=True)
class UnknownOrder:
    """An order that this Helium cannot read. It is named and left alone; `newer`: a newer Helium wrote it."""

    id: str
    sentence: str
    newer: bool = False
