"""The token of Helium's account: where it came from, for sentences, and nothing of it in what they say."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class HostToken:
    """A token. `source`: what to renew or to set; `read`: what to send now."""

    source: str
    read: Callable[[], str] = field(repr=False)

    def redacted(self, text: str) -> str:
        """The text without the token, in whatever form it is."""
        secret = self.read()
        for each in (secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode().rstrip("=")):
            text = text.replace(each, "[redacted]")
        return text
