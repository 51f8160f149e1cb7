"""Who is told of what, and how, as `notify:` of `helium.yaml` says it. Pure. Secrets are in it by name alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from helium.core.deadlines import format_instant
from helium.core.message import OF_WORKSPACES, Delivery, Message, MessageKind

OWNER = "owner"
"""A reader who is another one for each workspace: its owner."""


class ChannelKind(StrEnum):
    """What carries messages."""

    WEBHOOK = "webhook"
    APPRISE = "apprise"
    MAIL = "mail"
    HOST = "host"


USUAL_OF_HOST = (
    MessageKind.ENDS_SOON,
    MessageKind.GRACE,
    MessageKind.ENDED,
    MessageKind.HELD,
    MessageKind.GIVEN,
)
"""Whether it is ready or failed, the comment with the plan says already, once the pass has gone on in it."""


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """One channel. `secret`: the variable of the environment that opens it. `events`: of what it tells.

    `teams`: only of theirs; empty: of all. `to`: who gets mail. `schemas`: what an apprise URL may begin with.
    """

    name: str
    kind: ChannelKind
    events: tuple[MessageKind, ...] = OF_WORKSPACES
    teams: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    url: str = ""
    secret: str = ""
    sender: str = ""
    schemas: tuple[str, ...] = ()

    def wants(self, kind: MessageKind, *, team: str) -> bool:
        """Whether it tells of such a thing, of such a team's workspace."""
        return kind in self.events and (not self.teams or team in self.teams)

    def deliveries(self, *, owner: str, former: str = "") -> tuple[Delivery, ...]:
        """To whom a message about this owner's workspace goes, and `former`, whose it was. Nobody twice."""
        if self.kind is not ChannelKind.MAIL:
            return (Delivery(self.name),)
        owners = (owner, former)
        readers = dict.fromkeys(reader for each in self.to for reader in (owners if each == OWNER else (each,)))
        return tuple(Delivery(self.name, reader) for reader in readers if reader)

    def sent_with(self, message: Message) -> str | None:
        """What tells which messages of a kind, to one reader, are sent as one; `None`: each by itself.

        A program has one call for each workspace. What one commit brought to main was asked for in one place.
        """
        if self.kind is ChannelKind.WEBHOOK or not message.name:
            return None
        if self.kind is ChannelKind.HOST:
            return format_instant(message.added_at) if message.added_at else None
        return ""


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """`url`: where the pages are, for links; empty: nobody serves any."""

    url: str = ""
    channels: Mapping[str, ChannelSettings] = field(default_factory=dict)

    def page_of(self, name: str) -> str:
        """The page of a workspace; empty where there are no pages."""
        return f"{self.url}/workspace/{name}" if self.url else ""

    def more_time_for(self, name: str, length: str, *, ends: datetime) -> str:
        """The page that asks whether a workspace that `ends` then is to live longer. Opening it changes nothing."""
        return f"{self.url}/workspaces/{name}/extend?by={length}&ends={format_instant(ends)}"
