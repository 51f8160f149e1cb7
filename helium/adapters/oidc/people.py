"""What an issuer's tokens say of people: an ID token of a sign-in, an access token of a call.

Refuses an ID token where an access token is meant, and the other way round: from the first we know who somebody is,
with the second they call us, and whoever got the one by chance must not use it as the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any

from helium.adapters.oidc.token_check import KeySource, TokenFlawError, instant, require_now, verified
from helium.core.sign_in import GOOD_FOR, SignInSettings

LEEWAY = timedelta(seconds=30)
"""How far the clocks of issuer and machine may be apart."""
_FRESH = timedelta(minutes=5)
_ACCESS = {"at+jwt", "application/at+jwt", "jwt", ""}
_OF_ID_TOKENS = ("nonce", "at_hash", "c_hash", "s_hash")
_OTHERS = {"id", "refresh", "logout", "offline"}
"""What Keycloak calls its other tokens, in a claim."""


def id_claims(
    token: str, settings: SignInSettings, *, keys: KeySource, now: datetime, nonce: str | None
) -> Mapping[str, Any]:
    """What an ID token says, fresh and for us alone. `nonce`: that of the sign-in; `None` at a renewal, which has none.

    `TokenFlawError`.
    """
    _, said = verified(token, keys)
    _require_issuer(said, settings)
    if said.get("aud") not in (settings.client_id, [settings.client_id]):
        raise TokenFlawError("its ID token is not made for this Helium alone")
    if said.get("azp", settings.client_id) != settings.client_id:
        raise TokenFlawError("its ID token was asked for by another client")
    _require_times(said, now=now, longest=_FRESH)
    given = said.get("nonce")
    if nonce is not None and not (isinstance(given, str) and compare_digest(given.encode(), nonce.encode())):
        raise TokenFlawError("its ID token belongs to another sign-in")
    return said


def access_claims(token: str, settings: SignInSettings, *, keys: KeySource, now: datetime) -> Mapping[str, Any]:
    """What an access token says that is made for our API. `TokenFlawError`."""
    head, said = verified(token, keys)
    _require_issuer(said, settings)
    kind = str(said.get("typ", "")).lower()
    if str(head.get("typ", "")).lower() not in _ACCESS or kind in _OTHERS or "events" in said:
        raise TokenFlawError("it is not an access token")
    if any(name in said for name in _OF_ID_TOKENS):
        raise TokenFlawError("it is an ID token, and only access tokens count here")
    audience = said.get("aud")
    if audience != settings.audience and not (isinstance(audience, list) and settings.audience in audience):
        raise TokenFlawError(f"it is not made for {settings.audience}")
    if "cnf" in said:
        raise TokenFlawError("it is bound to a key, and how to prove that is not supported here")
    _require_times(said, now=now, longest=GOOD_FOR)
    return said


def _require_issuer(said: Mapping[str, Any], settings: SignInSettings) -> None:
    if said.get("iss") != settings.issuer:
        raise TokenFlawError(f"it is of another issuer than {settings.issuer}")


def _require_times(said: Mapping[str, Any], *, now: datetime, longest: timedelta) -> None:
    """`longest`: how old it may be, whatever it says itself: what it says of roles is only as new as it is."""
    missing = [name for name in ("exp", "iat", "sub") if said.get(name) in (None, "")]
    if missing:
        raise TokenFlawError(f"it lacks {' and '.join(missing)}")
    require_now(said, now=now, leeway=LEEWAY, good_for="get another one from the issuer")
    if now - instant(said, "iat") > longest + LEEWAY:
        minutes = int(longest.total_seconds() // 60)
        raise TokenFlawError(f"it was issued more than {minutes} minutes ago, and roles may have changed since")
