"""The cookie of a sign-in that is under way at the issuer: signed, for ten minutes, and good for one answer.

It comes back with a person whom another site sent, so it is `lax`; the session's own is strict. Each sign-in has one of
its own, so that two tabs do not end each other's.
"""

from __future__ import annotations

import hmac

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


class SignInStarts:
    """Makes these cookies, and takes each once."""

    def __init__(self, parts: ApiParts, ended: EndedSessions) -> None:
        self._parts, self._ended = parts, ended

    def cookie(self, start: SignInStart) -> Cookie:
        """What the browser keeps."""
        value = signed_text.signed(start, key=self._parts.session_key, purpose=_PURPOSE)
        return self._cookie(self._name(start.state), value, seconds=int(STARTED_FOR.total_seconds()))

    def over(self, state: str) -> Cookie:
        """What makes the browser forget it."""
        return self._cookie(self._name(state), "", seconds=0)

    def taken(self, connection: ASGIConnection, state: str) -> SignInStart | None:  # type: ignore[type-arg]
        """The sign-in that this browser began with that state, if it did, not long ago, and for the first time."""
        if not state or len(state) > _LONGEST or not state.isascii():
            return None
        text = connection.cookies.get(self._name(state), "")
        start = signed_text.opened(text, SignInStart, key=self._parts.session_key, purpose=_PURPOSE)
        now = self._parts.clock()
        if start is None or not hmac.compare_digest(start.state, state) or start.until <= now:
            return None
        if self._ended.has(state):
            return None
        self._ended.end(state, until=int(start.until.timestamp()), now=now)
        return start

    def _name(self, state: str) -> str:
        shown = "".join(each for each in state[:_SHOWN] if each.isalnum() or each in "-_")
        return f"{'' if self._parts.plain_http else '__Host-'}helium-sign-in-{shown}"

    def _cookie(self, name: str, value: str, *, seconds: int) -> Cookie:
        secure = not self._parts.plain_http
        return Cookie(name, "/", value, max_age=seconds, secure=secure, httponly=True, samesite="lax")
