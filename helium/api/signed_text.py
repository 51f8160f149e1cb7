"""Text that this Helium signed, and knows again: whoever has the same session key reads it, and nothing is stored.

A purpose is part of what is signed, so what is signed for one purpose is good for no other.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TypeVar

import msgspec

T = TypeVar("T")
_SIGNATURE = hashlib.sha256().digest_size


def signed(value: object, *, key: bytes, purpose: bytes) -> str:
    """The value with its signature, as text for a header or a cookie."""
    data = msgspec.json.encode(value)
    return base64.urlsafe_b64encode(_signature(data, key, purpose=purpose) + data).decode()


def opened(text: str, kind: type[T], *, key: bytes, purpose: bytes) -> T | None:
    """The value; `None` where that is no such text, its signature is not good, or what was signed has another form."""
    data = _data(text, key, purpose=purpose)
    if data is None:
        return None
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.MsgspecError:
        return None


def _data(text: str, key: bytes, *, purpose: bytes) -> bytes | None:
    try:
        whole = base64.b64decode(text, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    signature, data = whole[:_SIGNATURE], whole[_SIGNATURE:]
    return data if hmac.compare_digest(signature, _signature(data, key, purpose=purpose)) else None


def _signature(data: bytes, key: bytes, *, purpose: bytes) -> bytes:
    return hmac.digest(key, purpose + data, "sha256")
