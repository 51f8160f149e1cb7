"""Who a CI job is: what its host's issuer signed for it, checked.

Refuses a token that is not exactly for us, now, and signed by the issuer's own key.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from helium.core.job_access import JobClaims, JobSettings


class JobIdentities(Protocol):
    """The issuer of one fleet's settings, whose keys are fetched when they are needed. Several threads may ask."""

    def claims(self, token: str, *, settings: JobSettings, now: datetime) -> JobClaims:
        """What a token proves.

        `JobTokenError` with why it proves nothing; `UnreachableError` while the issuer's keys cannot be fetched, of
        which nothing follows about the token.
        """
