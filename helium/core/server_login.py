"""Where a person signed in from the command line: a server, and the token that it takes from them.

Pure. A server is an origin, such as `https://helium.example.com`. Refuses one that is reached by http, except on this
machine: whoever is on the way could read the token.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from helium.errors import UsageError

_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLogin:
    """`owner` and `scope` are as the server said at the sign-in. `expires`: of the token; `None`: it does not end."""

    server: str
    owner: str
    scope: str
    token: str = field(repr=False)
    expires: datetime | None = None


def server_address(text: str) -> str:
    """The server that a person means; `https://` may be left out."""
    whole = text.strip() if "://" in text else f"https://{text.strip()}"
    try:
        parts = urlsplit(whole)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or parts.username is not None or parts.path.strip("/") or parts.query or parts.fragment:
        raise UsageError(
            f"{text[:100]!r} is not the address of a server. Write one such as https://helium.example.com."
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _HERE):
        raise UsageError(f"{text[:100]!r} does not begin with https://, so others could read your token on the way.")
    name = f"[{host}]" if ":" in host else host
    usual = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{name}" + (f":{port}" if port not in (None, usual) else "")
