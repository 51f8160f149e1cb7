"""The cookie of a sign-in that is under way at the issuer: signed, for ten minutes, and good for one answer.

It comes back with a person whom another site sent, so it is `lax`; the session's own is strict. Each sign-in has one of
its own, so that two tabs do not end each other's.
"""

from __future__ import annotations

import asyncio
import hmac
from collections import OrderedDict

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from helium.api import signed_text
from helium.api.pages.ended_sessions import EndedSessions
from helium.api.parts import ApiParts
from helium.api.people import STARTED_FOR
from helium.core.sign_in import SignInStart

_PURPOSE = b"helium sign-in start 1\n"
_SHOWN = 12
_LONGEST = 1000
_REMEMBERED = 10_000
"""What this process took. Whoever comes back a second time has a code that the issuer takes only once, too."""


class SignInStarts:
    """Makes these cookies, and takes each once."""

    def __init__(self, parts: ApiParts, ended: EndedSessions) -> None:
        self._parts, self._ended = parts, ended
        self._taken: OrderedDict[str, None] = OrderedDict()

    def cookie(self, start: SignInStart) -> Cookie:
        """What the browser keeps."""
        value = signed_text.signed(start, key=self._parts.session_key, purpose=_PURPOSE)
        return self._cookie(self._name(start.state), value, seconds=int(STARTED_FOR.total_seconds()))

    def over(self, state: str) -> Cookie:
        """What makes the browser forget it."""
        return self._cookie(self._name(state), "", seconds=0)

    async def taken(self, connection: ASGIConnection, state: str) -> SignInStart | None:  # type: ignore[type-arg]
        """The sign-in that this browser began with that state, if it did, not long ago, and for the first time."""
        if not state or len(state) > _LONGEST or not state.isascii():
            return None
        text = connection.cookies.get(self._name(state), "")
        start = signed_text.opened(text, SignInStart, key=self._parts.session_key, purpose=_PURPOSE)
        if start is None or not hmac.compare_digest(start.state, state) or start.until <= self._parts.clock():
            return None
        if state in self._taken:
            return None
        self._taken[state] = None
        if len(self._taken) > _REMEMBERED:
            self._taken.popitem(last=False)
        return None if await asyncio.to_thread(self._ended.has, state) else start

    async def used(self, start: SignInStart) -> None:
        """Somebody signed in with it, so that no process takes it again. A stranger does not come so far."""
        until, now = int(start.until.timestamp()), self._parts.clock()
        await asyncio.to_thread(self._ended.end, start.state, until=until, now=now)

    def _name(self, state: str) -> str:
        shown = "".join(each for each in state[:_SHOWN] if each.isalnum() or each in "-_")
        return f"{'' if self._parts.plain_http else '__Host-'}helium-sign-in-{shown}"

    def _cookie(self, name: str, value: str, *, seconds: int) -> Cookie:
        secure = not self._parts.plain_http
        return Cookie(name, "/", value, max_age=seconds, secure=secure, httponly=True, samesite="lax")
