"""The session cookie: who signed in, by which token, and the nonce that every form of the session carries.

Signed, never stored: there is nothing to clean up, and several processes with one key share their sessions. It ends
with its token, by expiry, by revocation, or when another token takes the name. It opens the pages, never `/v1/api`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from helium.api.deps import Deps
from helium.api.tokens import Token

LIFETIME = timedelta(days=7)
_PURPOSE = b"helium session 1\n"
_SIGNATURE = hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True)
class PageSession:
    """`token` is its name, empty before the sign-in; `mark` says which token of that name. `until` in Unix seconds."""

    nonce: str
    until: int
    token: str = ""
    mark: str = ""


class PageSessions:
    """Makes cookies and reads them back."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self.name = "helium" if deps.plain_http else "__Host-helium"

    def begun(self, token: Token | None = None) -> PageSession:
        """A new session, of a token or of nobody yet; its nonce was never used before."""
        until = int((self._deps.clock() + LIFETIME).timestamp())
        name, mark = (token.name, _mark(token)) if token else ("", "")
        return PageSession(secrets.token_urlsafe(24), until, name, mark)

    def of(self, connection: ASGIConnection) -> PageSession | None:  # type: ignore[type-arg]
        """The session that the cookie proves, if it does."""
        session = self._read(connection.cookies.get(self.name, ""))
        if session is None or datetime.fromtimestamp(session.until, UTC) <= self._deps.clock():
            return None
        return session

    def token(self, session: PageSession) -> Token | None:
        """The token that the session began with, while it holds."""
        token = self._deps.tokens.named(session.token, now=self._deps.clock()) if session.token else None
        return token if token is not None and hmac.compare_digest(_mark(token), session.mark) else None

    def cookie(self, session: PageSession) -> Cookie:
        """What the browser keeps."""
        data = msgspec.json.encode(session)
        value = base64.urlsafe_b64encode(self._signature(data) + data).decode()
        return self._cookie(value, seconds=int(LIFETIME.total_seconds()))

    def ended(self) -> Cookie:
        """What makes the browser forget."""
        return self._cookie("", seconds=0)

    def _cookie(self, value: str, *, seconds: int) -> Cookie:
        secure = not self._deps.plain_http
        return Cookie(self.name, "/", value, max_age=seconds, secure=secure, httponly=True, samesite="strict")

    def _read(self, text: str) -> PageSession | None:
        try:
            whole = base64.b64decode(text, altchars=b"-_", validate=True)
            signature, data = whole[:_SIGNATURE], whole[_SIGNATURE:]
            if not hmac.compare_digest(signature, self._signature(data)):
                return None
            return msgspec.json.decode(data, type=PageSession)
        except (binascii.Error, ValueError, msgspec.MsgspecError):
            return None

    def _signature(self, data: bytes) -> bytes:
        return hmac.digest(self._deps.session_key, _PURPOSE + data, "sha256")


def _mark(token: Token) -> str:
    """Tells two tokens of one name apart, and tells nothing of the token."""
    return hashlib.sha256(_PURPOSE + token.hash.encode()).hexdigest()[:16]
