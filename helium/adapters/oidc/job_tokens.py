"""The token of a CI job, checked: who signed it, for whom, when, and that it says all that Helium goes by.

Refuses every algorithm but two with a public key, so that nobody signs with what everybody can read, and a token that
is for others as well as for us.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from helium.adapters.oidc.issuer_keys import Fetch, IssuerKeys, fetched
from helium.core.job_access import LEEWAY, JobClaims, JobSettings
from helium.core.job_errors import JobTokenError

ALGORITHMS = {"RS256": "RSA", "ES256": "EC"}
"""Each with the kind of key that belongs to it."""
LONGEST = 16 << 10
_NEEDED = ("iss", "aud", "exp", "iat", "jti", "repository_id", "run_id", "run_attempt")
_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_SMALLEST_RSA = 2048


@dataclass(slots=True)
class OidcJobs:
    """The port `JobIdentities`. It keeps the keys of the issuer that it was last asked about."""

    fetch: Fetch = fetched
    _keys: IssuerKeys | None = field(default=None, init=False)
    _turn: Lock = field(default_factory=Lock, init=False, repr=False)

    def claims(self, token: str, *, settings: JobSettings, now: datetime) -> JobClaims:
        """What a token proves."""
        if len(token) > LONGEST or not _FORM.fullmatch(token):
            raise JobTokenError(f"it is not a token of at most {LONGEST} characters, in three parts with dots between")
        said = self._verified(token, settings=settings)
        if said.get("iss") != settings.issuer:
            raise JobTokenError(f"it is of another issuer than `jobs.issuer` in helium.yaml ({settings.issuer})")
        if said.get("aud") not in (settings.audience, [settings.audience]):
            raise JobTokenError(f"it is not made for `jobs.audience` in helium.yaml ({settings.audience}) alone")
        missing = [name for name in _NEEDED if said.get(name) in (None, "")]
        if missing:
            raise JobTokenError(f"it lacks {' and '.join(missing)}")
        _require_now(said, now=now)
        return _claims(said)

    def _verified(self, token: str, *, settings: JobSettings) -> Mapping[str, Any]:
        import jwt

        try:
            head = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            raise JobTokenError("its parts cannot be read") from None
        algorithm, id = head.get("alg"), head.get("kid")
        if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
            raise JobTokenError(f"it is signed with {str(algorithm)[:20]!r}, and only {' and '.join(ALGORITHMS)} count")
        if not isinstance(id, str) or not id:
            raise JobTokenError("it does not say with which key it is signed")
        key = self._issuer(settings.issuer).key(id)
        if key.get("kty") != ALGORITHMS[algorithm] or key.get("alg", algorithm) != algorithm:
            raise JobTokenError(f"its key is not one for {algorithm}")
        try:
            public = jwt.PyJWK(dict(key), algorithm=algorithm)
            if getattr(public.key, "key_size", 0) < _SMALLEST_RSA and algorithm == "RS256":
                raise JobTokenError("its key is too short")
            # The signature alone: what it says is judged by the caller, by one clock and in our own words.
            said: Mapping[str, Any] = jwt.decode(
                token,
                public,
                algorithms=[algorithm],
                options={
                    "verify_signature": True,
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                    "verify_aud": False,
                    "verify_iss": False,
                    "verify_sub": False,
                    "verify_jti": False,
                },
            )
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
            raise JobTokenError("its signature is not that of the issuer's key") from None
        return said

    def _issuer(self, issuer: str) -> IssuerKeys:
        with self._turn:
            if self._keys is None or self._keys.issuer != issuer:
                self._keys = IssuerKeys(issuer, self.fetch)
            return self._keys


def _require_now(said: Mapping[str, Any], *, now: datetime) -> None:
    """By the caller's clock, which is also that of deadlines."""
    begins = [_instant(said, name) for name in ("iat", "nbf") if name in said]
    if now >= _instant(said, "exp") + LEEWAY:
        raise JobTokenError("it has expired; a job's token is good for a few minutes")
    if any(now < begin - LEEWAY for begin in begins):
        raise JobTokenError("it is not valid yet; are the clocks of its issuer and of this machine right?")


def _claims(said: Mapping[str, Any]) -> JobClaims:
    return JobClaims(
        issuer=said["iss"],
        repository_id=_number(said, "repository_id"),
        repository=_text(said, "repository"),
        run_id=_number(said, "run_id"),
        run_attempt=_number(said, "run_attempt"),
        environment=_text(said, "environment"),
        ref=_text(said, "ref"),
        token_id=_text(said, "jti"),
        issued_at=_instant(said, "iat"),
        expires_at=_instant(said, "exp"),
    )


def _number(said: Mapping[str, Any], name: str) -> int:
    """Hosts write them as text."""
    value = said[name]
    if isinstance(value, bool) or not re.fullmatch(r"[1-9][0-9]{0,17}", str(value)):
        raise JobTokenError(f"its {name} is not a number")
    return int(value)


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name, "")
    if not isinstance(value, str) or len(value) > 1000 or not value.isprintable():
        raise JobTokenError(f"its {name} is not a text")
    return value


def _instant(said: Mapping[str, Any], name: str) -> datetime:
    try:
        if isinstance(said[name], bool) or not isinstance(said[name], int | float):
            raise ValueError
        return datetime.fromtimestamp(said[name], UTC)
    except (ValueError, OverflowError, OSError):
        raise JobTokenError(f"its {name} is not a time") from None
