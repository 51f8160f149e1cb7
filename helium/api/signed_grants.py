"""What a CI job may do, signed: the text of the token that it gets, and back.

Nothing of it is stored: each process with the same session key takes what another one gave, also after a restart. The
purpose is signed along, so a session's cookie is never such a token, nor the other way round. It is no token of
an issuer either, since those are read in another form.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from helium.api import signed_text
from helium.core.job_access import JobGrant

PREFIX = "helium-job-"
"""How the text of such a token begins; others begin with `helium_`, or as a person chose them."""
_PURPOSE = b"helium job token 1\n"


@dataclass(frozen=True, slots=True)
class SignedGrant:
    """What one run may do, from when and until when. The rule is as it was at the exchange."""

    grant: JobGrant
    begins: datetime
    ends: datetime


def signed(given: SignedGrant, *, session_key: bytes) -> str:
    """The token."""
    return PREFIX + signed_text.signed(given, key=session_key, purpose=_PURPOSE).rstrip("=")


def opened(text: str, *, session_key: bytes, now: datetime) -> SignedGrant | None:
    """What a token says; `None` where its signature or its time is not good."""
    encoded = text.removeprefix(PREFIX)
    padded = encoded + "=" * (-len(encoded) % 4)
    given = signed_text.opened(padded, SignedGrant, key=session_key, purpose=_PURPOSE)
    return given if given is not None and now < given.ends else None
