"""Text that only this Helium reads: what an issuer gave for renewals, while it is in a browser's cookie.

It is bound to whose it is, so nobody gains by putting another person's into their own cookie.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os

_PURPOSE = b"helium renewal 1\n"
_NONCE = 12


def sealed(text: str, *, key: bytes, whose: str) -> str:
    """The text, for whoever has the key alone."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE)
    hidden = AESGCM(_key(key)).encrypt(nonce, text.encode(), whose.encode())
    return base64.urlsafe_b64encode(nonce + hidden).decode()


def unsealed(text: str, *, key: bytes, whose: str) -> str:
    """What was sealed; empty where that is not ours, or not theirs."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        whole = base64.b64decode(text, altchars=b"-_", validate=True)
        return AESGCM(_key(key)).decrypt(whole[:_NONCE], whole[_NONCE:], whose.encode()).decode()
    except (InvalidTag, binascii.Error, ValueError):
        return ""


def _key(key: bytes) -> bytes:
    return hashlib.sha256(_PURPOSE + key).digest()
