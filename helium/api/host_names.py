"""The names that a request gives: `Host` and `Origin`. Neither can be trusted to be one, and both reach `urlsplit`.

A browser also says whether the page that sends a request is one of ours.
"""

from __future__ import annotations

import re
from typing import cast
from urllib.parse import urlsplit

from litestar.datastructures import Headers
from litestar.types import ASGIApp, Receive, Scope, Send

from helium.api.problems import problem

_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")
_NO_HOST = b"invalid.invalid"
"""Stands for a `Host` that is not one; `.invalid` is nobody's for ever."""


def named(app: ASGIApp) -> ASGIApp:
    """Around the whole application: the framework makes an address of `Host`, so it must be a name before that."""

    async def around(scope: Scope, receive: Receive, send: Send) -> None:
        if not all(_is_host(*each) for each in scope.get("headers", ())):
            headers = [(name, value if _is_host(name, value) else _NO_HOST) for name, value in scope.get("headers", ())]
            scope = cast(Scope, {**scope, "headers": headers})
        await app(scope, receive, send)

    return around


def refuse_no_host(app: ASGIApp) -> ASGIApp:
    """A middleware: 400 for a `Host` that was not one, as a problem or a page."""

    async def around(scope: Scope, receive: Receive, send: Send) -> None:
        if any(name == b"host" and value == _NO_HOST for name, value in scope.get("headers", ())):
            raise problem(
                400, "The Host header of this request is not the name of a host. Use the address of this Helium."
            )
        await app(scope, receive, send)

    return around


def host_of(origin: str) -> str | None:
    """Host and port of an `Origin`; `None` where it names none."""
    try:
        return urlsplit(origin).netloc or None
    except ValueError:
        return None


def sent_from_here(headers: Headers) -> bool | None:
    """Whether a page of this Helium sent the request, as the browser says; `None` where none says anything."""
    site, origin = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    if site is not None:
        return site == "same-origin"
    if origin is None:
        return None
    sent_from = host_of(origin)
    return sent_from is not None and sent_from == headers.get("Host")


def _is_host(name: bytes, value: bytes) -> bool:
    if name != b"host" or not value:
        return True
    found = _HOST.fullmatch(value)
    return found is not None and int((found[2] or b":0")[1:]) < 1 << 16
