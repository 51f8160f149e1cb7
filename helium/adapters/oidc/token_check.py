"""A token that an issuer signed: its signature and its times, checked in our own words.

Refuses every algorithm but two with a public key, so that nobody signs with what everybody can read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

ALGORITHMS = {"RS256": "RSA", "ES256": "EC"}
"""Each with the kind of key that belongs to it."""
LONGEST = 16 << 10
_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_SMALLEST_RSA = 2048


class TokenFlawError(Exception):
    """Why a token proves nothing, as the end of a sentence. The room that reads the token says whose it is."""


class KeySource(Protocol):
    """Where keys come from."""

    def key(self, id: str) -> Mapping[str, Any]:
        """The key of that id. `TokenFlawError` for none such."""


def verified(token: str, keys: KeySource) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The header and the claims of a token that one of the keys signed. What it claims is not judged."""
    import jwt

    if len(token) > LONGEST or not _FORM.fullmatch(token):
        raise TokenFlawError(f"it is not a token of at most {LONGEST} characters, in three parts with dots between")
    try:
        head = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise TokenFlawError("its parts cannot be read") from None
    algorithm, id = head.get("alg"), head.get("kid")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise TokenFlawError(f"it is signed with {str(algorithm)[:20]!r}, and only {' and '.join(ALGORITHMS)} count")
    if not isinstance(id, str) or not id:
        raise TokenFlawError("it does not say with which key it is signed")
    key = keys.key(id)
    if key.get("kty") != ALGORITHMS[algorithm] or key.get("alg", algorithm) != algorithm:
        raise TokenFlawError(f"its key is not one for {algorithm}")
    return head, _claims(token, key, algorithm=algorithm)


def _claims(token: str, key: Mapping[str, Any], *, algorithm: str) -> Mapping[str, Any]:
    import jwt

    try:
        public = jwt.PyJWK(dict(key), algorithm=algorithm)
        if getattr(public.key, "key_size", 0) < _SMALLEST_RSA and algorithm == "RS256":
            raise TokenFlawError("its key is too short")
        # The signature alone: what it says is judged by the caller, by one clock and in our own words.
        checks = ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")
        said: Mapping[str, Any] = jwt.decode(
            token,
            public,
            algorithms=[algorithm],
            options={"verify_signature": True, **{f"verify_{each}": False for each in checks}},  # type: ignore[arg-type]
        )
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        raise TokenFlawError("its signature is not that of the issuer's key") from None
    return said


def require_now(said: Mapping[str, Any], *, now: datetime, leeway: timedelta, good_for: str) -> None:
    """By the caller's clock, which is also that of deadlines. `good_for`: what people should know of its length."""
    begins = [instant(said, name) for name in ("iat", "nbf") if name in said]
    if now - leeway >= instant(said, "exp"):
        raise TokenFlawError(f"it has expired; {good_for}")
    if any(now + leeway < begin for begin in begins):
        raise TokenFlawError("it is not valid yet; are the clocks of its issuer and of this machine right?")


def instant(said: Mapping[str, Any], name: str) -> datetime:
    """A claim that is a time."""
    try:
        if isinstance(said[name], bool) or not isinstance(said[name], int | float):
            raise ValueError
        return datetime.fromtimestamp(said[name], UTC)
    except (ValueError, OverflowError, OSError):
        raise TokenFlawError(f"its {name} is not a time") from None
