"""One id for each request: in the answer, in the log, and as the trailer of the commit that it makes."""

from __future__ import annotations

import secrets

from litestar.types import Message, Scope

_KEY = "helium_request_id"
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"content-security-policy", _POLICY.encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


def request_id(scope: Scope) -> str:
    """The id, made when it is first asked for. A caller's own is not taken: it would be a commit's."""
    state = scope["state"]
    if _KEY not in state:
        state[_KEY] = secrets.token_hex(16)
    return str(state[_KEY])


def name_request(scope: Scope, id: str) -> None:
    """Give the request the id that an `Idempotency-Key` makes."""
    scope["state"][_KEY] = id


async def stamp(message: Message, scope: Scope) -> None:
    """Put the id, and what every answer says, on each answer."""
    if message["type"] != "http.response.start":
        return
    present = {name.lower() for name, _ in message["headers"]}
    added = ((b"x-request-id", request_id(scope).encode()), *_ALWAYS)
    message["headers"] = [*message["headers"], *(pair for pair in added if pair[0] not in present)]
