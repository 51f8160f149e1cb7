"""The session cookie: who signed in, by which token or issuer, and the nonce that every form of the session carries.

Signed, never stored: processes with the same key share their sessions. A session ends with the sign-out, and with its
token: when that expires, is revoked, or gives its name to another. It opens the pages, never `/v1/api`.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from helium.api import signed_text
from helium.api.pages.ended_sessions import EndedSessions
from helium.api.parts import ApiParts
from helium.api.tokens import Token
from helium.core.sign_in import SignedIn

LIFETIME = timedelta(days=7)
_PURPOSE = b"helium session 1\n"


@dataclass(frozen=True, slots=True)
class PageSession:
    """`token` is a name, empty before the sign-in; `fingerprint` says which token of it. `until`: Unix seconds.

    `signed_in`: the person whom an issuer signed in, which knows this Helium as `client`.
    """

    nonce: str
    until: int
    token: str = ""
    fingerprint: str = ""
    signed_in: SignedIn | None = None
    client: str = ""

    @property
    def whose(self) -> str:
        """By whom it was begun, in any browser; empty before a sign-in."""
        if self.signed_in is not None:
            return f"person {self.signed_in.person.issuer} {self.signed_in.person.subject}"
        return f"token {self.token} {self.fingerprint}" if self.token else ""


class PageSessions:
    """Makes cookies and reads them back."""

    def __init__(self, parts: ApiParts) -> None:
        self._parts = parts
        self.ended_before = EndedSessions(parts.ended_sessions)
        self.name = "helium" if parts.plain_http else "__Host-helium"

    def begun(self, token: Token | None = None) -> PageSession:
        """A new session with a new nonce, for a token or, before the sign-in, for nobody."""
        until = int((self._parts.clock() + LIFETIME).timestamp())
        name, fingerprint = (token.name, _fingerprint(token)) if token else ("", "")
        return PageSession(secrets.token_urlsafe(24), until, name, fingerprint)

    def begun_by(self, signed_in: SignedIn, *, client: str) -> PageSession:
        """A new session of a person whom an issuer signed in."""
        return replace(self.begun(), signed_in=signed_in, client=client)

    async def of(self, connection: ASGIConnection) -> PageSession | None:  # type: ignore[type-arg]
        """The session of the cookie, if its signature and its end are good, and nobody ended it before."""
        text = connection.cookies.get(self.name, "")
        session = signed_text.opened(text, PageSession, key=self._parts.session_key, purpose=_PURPOSE)
        if session is None or datetime.fromtimestamp(session.until, UTC) <= self._parts.clock():
            return None
        if not session.whose:
            return session
        ended = partial(self.ended_before.has, session.nonce, whose=session.whose, until=session.until)
        return None if await asyncio.to_thread(ended) else session

    async def end(self, session: PageSession) -> None:
        """End a session before its time, whoever has its cookie. One of nobody opens nothing, and strangers have it."""
        if session.whose:
            now, end = self._parts.clock(), self.ended_before.end
            await asyncio.to_thread(end, session.nonce, until=session.until, now=now, whose=session.whose)

    def token(self, session: PageSession) -> Token | None:
        """The token that the session began with, if it is still valid."""
        token = self._parts.tokens.named(session.token, now=self._parts.clock()) if session.token else None
        return token if token is not None and hmac.compare_digest(_fingerprint(token), session.fingerprint) else None

    def cookie(self, session: PageSession) -> Cookie:
        """The cookie that the browser keeps."""
        value = signed_text.signed(session, key=self._parts.session_key, purpose=_PURPOSE)
        return self._cookie(value, seconds=int(LIFETIME.total_seconds()))

    def ended(self) -> Cookie:
        """The cookie that makes the browser forget its session."""
        return self._cookie("", seconds=0)

    def _cookie(self, value: str, *, seconds: int) -> Cookie:
        secure = not self._parts.plain_http
        return Cookie(self.name, "/", value, max_age=seconds, secure=secure, httponly=True, samesite="strict")


def _fingerprint(token: Token) -> str:
    """Tells two tokens of one name apart, and reveals nothing of the token."""
    return hashlib.sha256(_PURPOSE + token.hash.encode()).hexdigest()[:16]
