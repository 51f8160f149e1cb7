"""Signing in by OpenID Connect: the authorization code with PKCE, renewals, and the sign-out at the issuer.

It keeps the keys of the issuer that it was last asked about, and nothing of people.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from helium.adapters.oidc.issuer_call import Call, IssuerRequest, asked, away, called, credentials, endpoint
from helium.adapters.oidc.issuer_keys import Fetch, IssuerKeys, fetched
from helium.adapters.oidc.people import access_claims, id_claims
from helium.adapters.oidc.sealed import sealed, unsealed
from helium.adapters.oidc.token_check import TokenFlawError, instant
from helium.core.sign_in import CALLBACK, Person, SignedIn, SignInSettings, SignInStart, person_of
from helium.core.sign_in_errors import SignInAgainError, SignInError
from helium.errors import HeliumError

LOG = logging.getLogger(__name__)
_LONGEST_RENEWAL = 2600
"""Characters: a browser keeps no cookie of more than 4,096, and the rest of a session needs some."""


@dataclass(slots=True)
class OidcSignIns:
    """The port `SignIns`. `secret`: what the issuer knows us by, if it gave one; `key`: seals what renews a session."""

    secret: str = field(repr=False)
    key: bytes = field(repr=False)
    fetch: Fetch = fetched
    call: Call = called
    clock: Callable[[], float] = time.monotonic
    _keys: IssuerKeys | None = field(default=None, init=False)
    _turn: Lock = field(default_factory=Lock, init=False, repr=False)

    def address(self, settings: SignInSettings, *, start: SignInStart) -> str:
        """The issuer's page, with all that binds its answer to this browser."""
        about = self._issuer(settings).about()
        place = endpoint(about, "authorization_endpoint", issuer=settings.issuer)
        if not place:
            raise away(settings.issuer, "it has no authorization_endpoint")
        digest = hashlib.sha256(start.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": settings.client_id,
            "redirect_uri": settings.url + CALLBACK,
            "scope": " ".join(settings.scopes),
            "state": start.state,
            "nonce": start.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
            **({"prompt": "none"} if start.silent else {}),
            **({"prompt": "consent"} if "offline_access" in settings.scopes and not start.silent else {}),
        }
        return f"{place}{'&' if '?' in place else '?'}{urlencode(query)}"

    def finish(self, settings: SignInSettings, *, start: SignInStart, code: str, named: str, now: datetime) -> SignedIn:
        """The code is good once, for whoever has the verifier."""
        about = self._issuer(settings).about()
        wants_name = about.get("authorization_response_iss_parameter_supported") is True
        if (named or wants_name) and named != settings.issuer:
            raise SignInError("the answer is of another issuer than the one that was asked")
        said = self._tokens(
            settings,
            grant_type="authorization_code",
            code=code,
            redirect_uri=settings.url + CALLBACK,
            code_verifier=start.verifier,
        )
        if "error" in said:
            raise SignInError(f"the issuer refuses the code ({said['error']})")
        return self._signed_in(settings, said, now=now, nonce=start.nonce)

    def renew(self, settings: SignInSettings, *, old: SignedIn, now: datetime) -> SignedIn:
        """By what the issuer gave for that."""
        token = unsealed(old.renewal, key=self.key, whose=old.person.id) if old.renewal else ""
        if not token or old.person.issuer != settings.issuer:
            raise SignInAgainError("nothing is there to renew it with")
        said = self._tokens(settings, grant_type="refresh_token", refresh_token=token)
        if "error" in said:
            raise SignInAgainError(f"the issuer does not renew it ({said['error']})")
        try:
            new = self._signed_in(settings, {"refresh_token": token, **said}, now=now, nonce=None)
        except SignInError as error:
            raise SignInAgainError(error.why) from None
        if not new.person.is_same(old.person):
            raise SignInAgainError("the issuer renewed it for somebody else")
        return new

    def caller(self, settings: SignInSettings, *, token: str, now: datetime) -> Person:
        """Its roles are as old as it is."""
        try:
            said = access_claims(token, settings, keys=self._issuer(settings), now=now)
            return person_of(said, settings, now=min(instant(said, "iat"), now))
        except TokenFlawError as flaw:
            raise SignInError(str(flaw)) from None

    def leave(self, settings: SignInSettings, *, old: SignedIn, to: str) -> str:
        """With an ID token as a hint where one can be had, so that the issuer need not ask who leaves."""
        try:
            about = self._issuer(settings).about()
            hint = self._revoked(settings, about, old=old)
            place = endpoint(about, "end_session_endpoint", issuer=settings.issuer)
        except HeliumError as error:
            LOG.warning("a sign-out did not reach the issuer: %s", error)
            return ""
        query = {"client_id": settings.client_id, "post_logout_redirect_uri": to, **hint}
        return f"{place}{'&' if '?' in place else '?'}{urlencode(query)}" if place else ""

    def _revoked(self, settings: SignInSettings, about: Mapping[str, Any], *, old: SignedIn) -> Mapping[str, str]:
        token = unsealed(old.renewal, key=self.key, whose=old.person.id) if old.renewal else ""
        if not token:
            return {}
        said = self._tokens(settings, grant_type="refresh_token", refresh_token=token)
        newest = said.get("refresh_token", token)
        if place := endpoint(about, "revocation_endpoint", issuer=settings.issuer):
            headers, fields = credentials(about, client_id=settings.client_id, secret=self.secret)
            try:
                self.call(
                    IssuerRequest(place, headers, {**fields, "token": newest, "token_type_hint": "refresh_token"})
                )
            except OSError as error:
                LOG.warning("a refresh token is not revoked: %s", error)
        return {"id_token_hint": said["id_token"]} if isinstance(said.get("id_token"), str) else {}

    def _tokens(self, settings: SignInSettings, **form: str) -> Mapping[str, Any]:
        about = self._issuer(settings).about()
        place = endpoint(about, "token_endpoint", issuer=settings.issuer)
        if not place:
            raise away(settings.issuer, "it has no token_endpoint")
        headers, fields = credentials(about, client_id=settings.client_id, secret=self.secret)
        return asked(self.call, place, issuer=settings.issuer, form={**form, **fields}, headers=headers)

    def _signed_in(
        self, settings: SignInSettings, said: Mapping[str, Any], *, now: datetime, nonce: str | None
    ) -> SignedIn:
        """`nonce` is that of a sign-in, which has an ID token; at a renewal the issuer may leave that out."""
        claims: Mapping[str, Any] = {}
        token = said.get("id_token")
        if isinstance(token, str):
            try:
                claims = id_claims(token, settings, keys=self._issuer(settings), now=now, nonce=nonce)
            except TokenFlawError as flaw:
                raise SignInError(str(flaw)) from None
        elif nonce is not None:
            raise SignInError("the issuer gave no ID token")
        person = person_of(self._with_more(settings, said, claims=claims), settings, now=now)
        renewal = said.get("refresh_token")
        hidden = sealed(renewal, key=self.key, whose=person.id) if isinstance(renewal, str) and renewal else ""
        if len(hidden) > _LONGEST_RENEWAL:
            LOG.info("the issuer's refresh token is too long for a cookie, so people are sent to it instead")
        return SignedIn(person, hidden if len(hidden) <= _LONGEST_RENEWAL else "")

    def _with_more(
        self, settings: SignInSettings, said: Mapping[str, Any], *, claims: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """The claims, with what only the issuer's userinfo has; that must be about the same person."""
        root = settings.roles.claim
        wanted = root if root in claims else root.partition(".")[0]
        token, about = said.get("access_token"), self._issuer(settings).about()
        place = endpoint(about, "userinfo_endpoint", issuer=settings.issuer)
        if (claims and wanted in claims and "email" in claims) or not place or not isinstance(token, str):
            return claims
        more = asked(self.call, place, issuer=settings.issuer, form={}, headers={"Authorization": f"Bearer {token}"})
        if "error" in more:
            return claims
        if claims and more.get("sub") != claims.get("sub"):
            raise SignInError("the issuer's userinfo is about somebody else")
        # Whether a mail is verified is said of that mail alone.
        other = "email" in claims and more.get("email") != claims["email"]
        more = {name: value for name, value in more.items() if not (other and name == "email_verified")}
        return {**more, **claims}

    def _issuer(self, settings: SignInSettings) -> IssuerKeys:
        with self._turn:
            if self._keys is None or self._keys.issuer != settings.issuer:
                self._keys = IssuerKeys(settings.issuer, self.fetch, setting="signIn.issuer", clock=self.clock)
            return self._keys
