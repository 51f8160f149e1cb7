"""The token of a CI job, checked: who signed it, for whom, when, and that it says all that Helium goes by.

Refuses a token that is for others as well as for us.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

from helium.adapters.oidc.issuer_keys import Fetch, IssuerKeys, fetched
from helium.adapters.oidc.token_check import TokenFlawError, instant, require_now, verified
from helium.core.job_access import LEEWAY, JobClaims, JobSettings
from helium.core.job_errors import JobTokenError

_NEEDED = ("iss", "aud", "exp", "iat", "jti", "repository_id", "run_id", "run_attempt")


@dataclass(slots=True)
class OidcJobs:
    """The port `JobIdentities`. It keeps the keys of the issuer that it was last asked about."""

    fetch: Fetch = fetched
    _keys: IssuerKeys | None = field(default=None, init=False)
    _turn: Lock = field(default_factory=Lock, init=False, repr=False)

    def claims(self, token: str, *, settings: JobSettings, now: datetime) -> JobClaims:
        """What a token proves."""
        try:
            return self._claims(token, settings=settings, now=now)
        except TokenFlawError as flaw:
            raise JobTokenError(str(flaw)) from None

    def _claims(self, token: str, *, settings: JobSettings, now: datetime) -> JobClaims:
        _, said = verified(token, self._issuer(settings.issuer))
        if said.get("iss") != settings.issuer:
            raise JobTokenError(f"it is of another issuer than `jobs.issuer` in helium.yaml ({settings.issuer})")
        if said.get("aud") not in (settings.audience, [settings.audience]):
            raise JobTokenError(f"it is not made for `jobs.audience` in helium.yaml ({settings.audience}) alone")
        missing = [name for name in _NEEDED if said.get(name) in (None, "")]
        if missing:
            raise JobTokenError(f"it lacks {' and '.join(missing)}")
        require_now(said, now=now, leeway=LEEWAY, good_for="a job's token is good for a few minutes")
        return _claims(said)

    def _issuer(self, issuer: str) -> IssuerKeys:
        with self._turn:
            if self._keys is None or self._keys.issuer != issuer:
                self._keys = IssuerKeys(issuer, self.fetch)
            return self._keys


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
        issued_at=instant(said, "iat"),
        expires_at=instant(said, "exp"),
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
