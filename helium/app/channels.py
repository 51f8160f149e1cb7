"""Builds the channels of `notify:`, with the secrets that the environment has for them.

A secret comes from a variable that begins with HELIUM_NOTIFY_, and from no other: whoever writes `helium.yaml` must not
choose which of this machine's secrets signs what. What is missing is an answer of the channel, and ends nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from helium.app.host import find_host, required_host
from helium.app.open_fleet import OpenFleet
from helium.app.threads import ThreadFinder
from helium.core.host_place import NoHost
from helium.core.notify_settings import ChannelKind, ChannelSettings, NotifySettings
from helium.extras import EXTRAS, MissingExtraError, require
from helium.ports.channels import Channel, Outgoing, Receipt
from helium.reconcile.telling import rendering

WITHIN = 10.0
"""Seconds for a call of the host."""
_MAIL = ("smtp", "smtps")


@dataclass(frozen=True, slots=True)
class UnusableChannel:
    """A channel that cannot be used here, and why."""

    why: str

    def send(self, one: Outgoing, *, seconds: float) -> Receipt:
        """Nothing is sent."""
        return Receipt(False, self.why)

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True, slots=True)
class ChannelFactory:
    """Builds the channels of one fleet."""

    fleet: OpenFleet
    settings: NotifySettings

    def channel(self, name: str) -> Channel:
        """The channel of that name, ready or unusable."""
        said = self.settings.channels.get(name)
        if said is None:
            return UnusableChannel("helium.yaml has no such channel any more")
        why = self.unusable(said)
        return UnusableChannel(why) if why else self._built(said)

    def unusable(self, said: ChannelSettings) -> str:
        """Why a channel cannot be used on this machine; empty if it can."""
        if said.kind is ChannelKind.HOST:
            found = find_host(self.fleet.clone, self.fleet.fleet, settings=self.fleet.settings)
            return found.why if isinstance(found, NoHost) else ""
        secret = self._secret(said)
        if not secret:
            return f"{said.secret} is not set here"
        if said.kind is ChannelKind.MAIL and not _is_mail_url(secret):
            return f"{said.secret} must be like smtps://USER:PASSWORD@SERVER, or smtp:// for STARTTLS"
        if said.kind is ChannelKind.APPRISE:
            try:
                require("notify", among=EXTRAS)
            except MissingExtraError as error:
                return str(error)
        return ""

    def all_unusable(self) -> dict[str, str]:
        """Those that cannot be used on this machine, and why."""
        found = {name: self.unusable(each) for name, each in self.settings.channels.items()}
        return {name: why for name, why in found.items() if why}

    def _built(self, said: ChannelSettings) -> Channel:
        settings, environ = self.fleet.settings, self.fleet.settings.environ
        secret = self._secret(said)
        if said.kind is ChannelKind.WEBHOOK:
            from helium.adapters.notify.webhook import Webhook

            return Webhook(said.url, secret, settings.notify_networks, environ)
        if said.kind is ChannelKind.MAIL:
            from helium.adapters.notify.mail import Mail

            return Mail(secret, said.sender, rendering.plain, environ)
        if said.kind is ChannelKind.APPRISE:
            from helium.adapters.notify.apprise import AppriseChannel

            return AppriseChannel(secret, said.schemas, rendering.chat, environ)
        from helium.adapters.notify.host_comment import HostComment

        fleet = self.fleet
        finder = ThreadFinder(fleet)
        return HostComment(
            lambda: required_host(fleet.clone, fleet.fleet, settings=settings, within=WITHIN),
            finder.number,
            rendering.markdown,
        )

    def _secret(self, said: ChannelSettings) -> str:
        return self.fleet.settings.environ.get(said.secret, "").strip()


def _is_mail_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in _MAIL and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
