"""A comment on the pull request or issue that asked for a workspace: one for each message, found again by its marker.

So it is there once, however often it is sent. Nobody is mentioned in it who has not asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from helium.adapters.notify.within import within
from helium.core.message import Message
from helium.errors import HeliumError
from helium.ports.channels import MessageText, Outgoing, Receipt
from helium.ports.host import Host

PURPOSE = "told"
_SIGNS = 20
"""Of the delivery's id in a comment's marker: enough to be the only one on a page."""


@dataclass(frozen=True, slots=True)
class HostComment:
    """The port `Channel`. `thread_of`: the number of what asked for a message's workspace; `None`: nothing did."""

    host: Callable[[], Host]
    thread_of: Callable[[Host, Message], int | None]
    render: Callable[[MessageText], str]

    def send(self, one: Outgoing, *, seconds: float) -> Receipt:
        """Have it say this."""
        return within(seconds, lambda: self._comment(one))

    def close(self) -> None:
        """Whoever opened the host lets it go."""

    def _comment(self, one: Outgoing) -> Receipt:
        try:
            host = self.host()
            found = (self.thread_of(host, each) for each in (one.message, *one.others))
            numbers = [each for each in dict.fromkeys(found) if each is not None]
            if not numbers:
                return Receipt(False, "no pull request or issue asked for it", moot=True)
            for number in numbers:
                host.put_comment(number, purpose=f"{PURPOSE}-{one.id[:_SIGNS]}", body=self.render(one.text))
        except HeliumError as error:
            return Receipt(False, str(error))
        return Receipt(True)
