"""What a CI job may do, signed: the text of the token that it gets, and back.

Nothing of it is stored: each process with the same session key takes what another one gave, also after a restart. The
signature has a key of its own, so a session's cookie is never such a token, nor the other way round. It is no token of
an issuer either, since those are read in another form.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

import msgspec

from helium.core.job_access import JobGrant

PREFIX = "helium-job-"
"""How the text of such a token begins; others begin with `helium_`, or as a person chose them."""
_PURPOSE = b"helium job token 1\n"
_SIGNATURE = hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True)
class SignedGrant:
    """What one run may do, from when and until when. The rule is as it was at the exchange."""

    grant: JobGrant
    begins: datetime
    ends: datetime


def signed(given: SignedGrant, *, session_key: bytes) -> str:
    """The token."""
    data = msgspec.json.encode(given)
    return PREFIX + base64.urlsafe_b64encode(_signature(data, session_key) + data).decode().rstrip("=")


def opened(text: str, *, session_key: bytes, now: datetime) -> SignedGrant | None:
    """What a token says; `None` where its signature or its time is not good."""
    encoded = text.removeprefix(PREFIX)
    try:
        whole = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        signature, data = whole[:_SIGNATURE], whole[_SIGNATURE:]
        if not hmac.compare_digest(signature, _signature(data, session_key)):
            return None
        given = msgspec.json.decode(data, type=SignedGrant)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        return None
    return given if now < given.ends else None


def _signature(data: bytes, session_key: bytes) -> bytes:
    return hmac.digest(hmac.digest(session_key, _PURPOSE, "sha256"), data, "sha256")
