"""A person signs in from the command line at their server's issuer: by a browser here, or by a code that they confirm.

The command line has no secret there; a proof of its own (PKCE) binds the code to this process. Refuses redirects,
and an issuer that is not what the server calls it.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from helium.adapters.logins.issuer_http import Http
from helium.core.server_login import LONGEST_PAUSE, DeviceCode, IssuerClient, IssuerTokens
from helium.errors import SourceError, UsageError

OLD_AFTER = timedelta(minutes=10)
"""A server takes no access token that is fifteen minutes old."""
_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
_LONGEST = timedelta(minutes=30)
_SHORTEST_PAUSE, _SLOW_DOWN = 0.01, 5.0


@dataclass(frozen=True, slots=True)
class BrowserSignIn:
    """One that was begun: where the browser goes, and what only this process knows of it."""

    address: str
    state: str
    redirect: str
    verifier: str = field(repr=False)


class CommandLineIssuer:
    """One issuer, of which one server speaks."""

    def __init__(self, client: IssuerClient, *, http: Http | None = None) -> None:
        self._client, self._http = client, http or Http(client.issuer)
        self._about: Mapping[str, Any] | None = None

    def begin(self, redirect: str) -> BrowserSignIn:
        """Where the browser goes."""
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        query = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": redirect,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **self._wanted(),
            **({"prompt": "consent"} if "offline_access" in self._client.scopes else {}),
        }
        place = self._endpoint("authorization_endpoint")
        return BrowserSignIn(f"{place}{'&' if '?' in place else '?'}{urlencode(query)}", state, redirect, verifier)

    def finish(self, begun: BrowserSignIn, *, answer: Mapping[str, str], now: datetime) -> IssuerTokens:
        """What the browser came back with, for tokens."""
        wants_name = self._known().get("authorization_response_iss_parameter_supported") is True
        if (answer.get("iss") or wants_name) and answer.get("iss") != self._client.issuer:
            raise SourceError("The answer is of another issuer than the one that was asked. Nobody is signed in.")
        if "error" in answer or not answer.get("code"):
            raise UsageError(f"{self._client.issuer} did not sign you in ({_shown(answer.get('error', 'no code'))}).")
        form = {
            "grant_type": "authorization_code",
            "code": answer["code"],
            "redirect_uri": begun.redirect,
            "code_verifier": begun.verifier,
        }
        return self._tokens(self._asked(form), now=now)

    def device(self, now: datetime) -> DeviceCode:
        """A code that a person confirms elsewhere. `UsageError` where the issuer has no such thing."""
        place = self._endpoint("device_authorization_endpoint", missing="no codes; leave out --no-browser")
        said = self._http.sent(place, {"client_id": self._client.client_id, **self._wanted()})
        try:
            length = min(timedelta(seconds=float(said["expires_in"])), _LONGEST)
            address = str(said["verification_uri"])
            code = DeviceCode(
                secret=str(said["device_code"]),
                code=str(said["user_code"]),
                address=address,
                whole=str(said.get("verification_uri_complete", address)),
                until=now + length,
                # In this order, since what is no number is neither less nor more.
                pause=max(_SHORTEST_PAUSE, min(LONGEST_PAUSE, float(said.get("interval", 5)))),
            )
        except (KeyError, TypeError, ValueError, OverflowError):
            why = _shown(said.get("error", "its answer has another form"))
            raise SourceError(f"{self._client.issuer} gives no code ({why}).") from None
        if not all(each.isprintable() and len(each) < 1000 for each in (code.code, code.address, code.whole)):
            raise SourceError(f"{self._client.issuer} gives a code that cannot be shown.")
        for each in (code.address, code.whole):
            self._http.require_safe(each)
        return code

    def confirmed(self, code: DeviceCode, *, now: datetime) -> IssuerTokens | DeviceCode:
        """The tokens, or the code to ask about again. `UsageError` once nothing comes of it."""
        said = self._asked({"grant_type": _DEVICE, "device_code": code.secret})
        error = said.get("error")
        if error is None:
            return self._tokens(said, now=now)
        if error in ("authorization_pending", "slow_down") and now < code.until:
            return code.slower(_SLOW_DOWN) if error == "slow_down" else code
        if error == "access_denied":
            raise UsageError("The code was refused, so nobody is signed in.")
        if error in ("authorization_pending", "slow_down", "expired_token"):
            raise UsageError(f"Nobody confirmed the code {code.code} in time. Run the command again for another one.")
        raise UsageError(f"{self._client.issuer} did not sign you in ({_shown(error)}).")

    def renew(self, refresh: str, *, now: datetime) -> IssuerTokens | None:
        """Newer tokens; `None` where the issuer gives none any more."""
        said = self._asked({"grant_type": "refresh_token", "refresh_token": refresh})
        return None if "error" in said else self._tokens(said, now=now)

    def revoke(self, refresh: str) -> None:
        """Tell the issuer to forget it, where it can be told."""
        if place := self._known().get("revocation_endpoint"):
            form = {"token": refresh, "token_type_hint": "refresh_token", "client_id": self._client.client_id}
            self._http.sent(str(place), form, empty=True)

    def _asked(self, form: Mapping[str, str]) -> Mapping[str, Any]:
        audience = {"resource": self._client.audience} if self._client.audience else {}
        place = self._endpoint("token_endpoint")
        return self._http.sent(place, {**form, "client_id": self._client.client_id, **audience})

    def _wanted(self) -> Mapping[str, str]:
        """`resource` is the standard's word, `audience` that of Auth0; each leaves the other's alone."""
        audience = self._client.audience
        named = {"resource": audience, "audience": audience} if audience else {}
        return {"scope": " ".join(self._client.scopes), **named}

    def _tokens(self, said: Mapping[str, Any], *, now: datetime) -> IssuerTokens:
        access, refresh, length = said.get("access_token"), said.get("refresh_token"), said.get("expires_in", 600)
        if not isinstance(access, str) or not access.isascii() or not access.isprintable():
            why = _shown(said.get("error", "it gave no access token"))
            raise UsageError(f"{self._client.issuer} did not sign you in ({why}).")
        # JSON knows no bounds, and Python's also what is no number.
        usual = OLD_AFTER.total_seconds()
        seconds = length - 30 if isinstance(length, int | float) and 0 <= length < usual + 30 else usual
        lasts = timedelta(seconds=max(seconds, 0))
        return IssuerTokens(access=access, refresh=refresh if isinstance(refresh, str) else "", renew_at=now + lasts)

    def _endpoint(self, name: str, *, missing: str = "") -> str:
        place = self._known().get(name)
        if not isinstance(place, str) or not place:
            raise UsageError(f"{self._client.issuer} has {missing or f'no {name}'}.")
        self._http.require_safe(place)
        return place

    def _known(self) -> Mapping[str, Any]:
        if self._about is None:
            self._about = self._http.discovered()
        return self._about


def _shown(text: object) -> str:
    return "".join(each for each in str(text)[:80] if each.isprintable())
