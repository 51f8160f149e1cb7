"""How what is going on is written: one line of JSON. What cannot be read is nothing, since nobody depends on it."""

from __future__ import annotations

import msgspec

from helium.core.live import Live

_decoder = msgspec.json.Decoder(Live)


def text_of(live: Live) -> bytes:
    """As one line."""
    return msgspec.json.encode(live, order="sorted") + b"\n"


def live_of(data: bytes) -> Live | None:
    """What a text says; `None` for any other text, such as a newer Helium's."""
    try:
        live = _decoder.decode(data)
    except (ValueError, RecursionError):
        return None
    naive = any(instant.tzinfo is None for instant in (live.at, live.until, *(each.since for each in live.stacks)))
    return None if naive else live
