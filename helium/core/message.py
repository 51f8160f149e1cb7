"""What people are told of a workspace, and what became of each telling. Pure.

A message is told once to each who wants it. So it is written down before it is sent, beside what it is about: the
incarnation, and for a warning the very deadline that it warns of. An extended workspace is warned again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from helium.core.deadlines import to_the_minute
from helium.core.digest import digest

FORMAT = 1


class MessageKind(StrEnum):
    """What a message may be about. A kind that is added here needs its sentence in `reconcile/telling/words.py`."""

    READY = "ready"
    FAILED = "failed"
    ENDS_SOON = "ends-soon"
    GRACE = "grace"
    ENDED = "ended"
    HELD = "held"
    GIVEN = "given"
    DIGEST = "digest"
    TEST = "test"


OF_WORKSPACES = (
    MessageKind.READY,
    MessageKind.FAILED,
    MessageKind.ENDS_SOON,
    MessageKind.GRACE,
    MessageKind.ENDED,
    MessageKind.HELD,
    MessageKind.GIVEN,
)
"""What is told as it happens. A digest comes once a week, and a test when somebody asks for it."""


class DeliveryState(StrEnum):
    """How far a message is on one way. `CLAIMED`: a process is about to send it, and may have died since.

    `DROPPED`: nobody wants to hear it any more, or it was tried for too long; `why` says which.
    """

    WAITING = "waiting"
    CLAIMED = "claimed"
    SENT = "sent"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way through one channel to one reader (`to`; empty: whoever reads the channel).

    `until`: for how long a claim holds; of one that waits, when it is tried again. `run`: who claimed it. `bundle`: the
    id under which it is sent together with others; it stays, so that a receiver can tell a second one.
    """

    channel: str
    to: str = ""
    state: DeliveryState = DeliveryState.WAITING
    tries: int = 0
    until: datetime | None = None
    run: str = ""
    why: str = ""
    bundle: str = ""

    @property
    def open(self) -> bool:
        """Whether it is still to be sent."""
        return self.state in (DeliveryState.WAITING, DeliveryState.CLAIMED)

    def is_due(self, now: datetime) -> bool:
        """Whether somebody may claim it: it waits no longer, or whoever claimed it has not lived to say more."""
        return self.open and (self.until is None or self.until <= now)


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell. `of` tells it from others of its kind: the deadline that it warns of, the commit that failed.

    `at`: when it became so. `noted`: when it was written down. `stale`: nobody wants to hear it after that.
    `deliveries`: decided when it was written down; none for what was so before anybody wanted to hear of it.
    `former`: whose it was before it was given away. `said`: who did that, or asked for its end.
    """

    kind: MessageKind
    name: str
    of: str
    at: datetime
    noted: datetime
    stale: datetime
    added_at: datetime | None = None
    owner: str = ""
    team: str = ""
    deadline: datetime | None = None
    said: str = ""
    former: str = ""
    deliveries: tuple[Delivery, ...] = ()

    @property
    def key(self) -> tuple[str, str, str]:
        """What no two messages of a book share."""
        return (self.kind.value, self.of, self.added_at.isoformat() if self.added_at else "")

    @property
    def open(self) -> bool:
        """Whether something of it is still to be sent."""
        return any(each.open for each in self.deliveries)

    def with_delivery(self, changed: Delivery) -> Message:
        """The same, with what became of one delivery."""
        way = (changed.channel, changed.to)
        return replace(
            self, deliveries=tuple(changed if (one.channel, one.to) == way else one for one in self.deliveries)
        )


@dataclass(frozen=True, slots=True)
class MessageBook:
    """What was told of one name, or one week's digests. `owner`, `team` and the rest: of the incarnation seen last."""

    id: str
    owner: str = ""
    team: str = ""
    backend: str = ""
    added_at: datetime | None = None
    deadline: datetime | None = None
    messages: tuple[Message, ...] = ()
    format: int = FORMAT

    def of_kinds(self, *kinds: MessageKind) -> list[Message]:
        """Those of the incarnation seen last, oldest first."""
        return [each for each in self.messages if each.kind in kinds and each.added_at == self.added_at]

    def with_message(self, changed: Message) -> MessageBook:
        """The same, with this message in the place of the one with its key, or behind the others."""
        known = any(each.key == changed.key for each in self.messages)
        kept = tuple(changed if each.key == changed.key else each for each in self.messages)
        return replace(self, messages=kept if known else (*kept, changed))


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How a channel does. `since`: it is there since then. `failing`: it takes nothing since then, and `why`.

    `tries`: how often in a row it took nothing. `next_at`: it is not tried before. `waiting`: how many
    messages wait for it. `dropped`: how many it never took.
    """

    since: datetime
    failing: datetime | None = None
    why: str = ""
    tries: int = 0
    next_at: datetime | None = None
    waiting: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class ChannelStates:
    """How all channels do, by name."""

    channels: dict[str, ChannelState] = field(default_factory=dict)
    format: int = FORMAT

    def failing(self) -> Sequence[str]:
        """Those that take nothing now, a sentence each."""
        return [
            f"{name} takes no messages since {to_the_minute(state.failing)}: {state.why} ({state.waiting} wait)"
            for name, state in sorted(self.channels.items())
            if state.failing is not None
        ]


def delivery_id(fleet: str, message: Message, *, delivery: Delivery) -> str:
    """The same however often it is sent, so that who gets it twice can tell: 32 hex digits."""
    return digest([fleet, message.name, *message.key, delivery.channel, delivery.to])
