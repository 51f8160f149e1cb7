"""One id for each request: in its answer, in the log, and in the trailer of its commit."""

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
    """The id, made at its first use. A caller cannot choose it: it becomes the trailer of a commit."""
    state = scope["state"]
    if _KEY not in state:
        state[_KEY] = secrets.token_hex(16)
    return str(state[_KEY])


def name_request(scope: Scope, id: str) -> None:
    """Give the request the id of its `Idempotency-Key`."""
    scope["state"][_KEY] = id


async def stamp(message: Message, scope: Scope) -> None:
    """Put the id and the security headers on each answer, unless the answer has its own."""
    if message["type"] != "http.response.start":
        return
    present = {name.lower() for name, _ in message["headers"]}
    added = ((b"x-request-id", request_id(scope).encode()), *_ALWAYS)
    message["headers"] = [*message["headers"], *(pair for pair in added if pair[0] not in present)]
