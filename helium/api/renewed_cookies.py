"""A session's cookie that was renewed while a request was answered goes along with the answer, whatever that is."""

from __future__ import annotations

from litestar.datastructures import Cookie
from litestar.types import Message, Scope

_KEY = "helium_renewed_cookie"


def remember(scope: Scope, cookie: Cookie) -> None:
    """For the answer to this request."""
    scope["state"][_KEY] = cookie


async def carry(message: Message, scope: Scope) -> None:
    """Put it on the answer, unless the answer sets that cookie itself."""
    cookie: Cookie | None = scope["state"].get(_KEY)
    if cookie is None or message["type"] != "http.response.start":
        return
    header = cookie.to_header(header="").strip().encode("latin-1")
    own = f"{cookie.key}=".encode()
    if not any(name.lower() == b"set-cookie" and value.startswith(own) for name, value in message["headers"]):
        message["headers"] = [*message["headers"], (b"set-cookie", header)]
