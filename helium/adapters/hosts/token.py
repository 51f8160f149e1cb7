"""The token of Helium's account: where it came from, for sentences, and nothing of it in what they say."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class HostToken:
    """A token. `source`: what to renew or to set; `read`: what to send now, which may be another one each time."""

    source: str
    read: Callable[[], str] = field(repr=False)
    _sent: set[str] = field(default_factory=set, init=False, repr=False, compare=False)

    def current(self) -> str:
        """What to send now; it is remembered, to be kept out of sentences."""
        secret = self.read()
        self._sent.add(secret)
        return secret

    def redacted(self, text: str) -> str:
        """The text without any token that was sent, in whatever form it is."""
        for secret in self._sent:
            for each in (secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode().rstrip("=")):
                text = text.replace(each, "[redacted]")
        return text
