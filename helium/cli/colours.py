"""What a terminal can show: one answer for whatever is printed in a command, before one, and after it failed."""

from __future__ import annotations

import os
from typing import TextIO


def colours() -> bool | None:
    """`False` where `NO_COLOR` wants none, or the terminal knows none; else click sees whether anybody looks at one.

    What is said before a command begins, or after it failed, has no context of click's that knows this.
    """
    return False if os.environ.get("NO_COLOR") or _is_dumb() else None


def redraws(stream: TextIO) -> bool:
    """Whether somebody looks at this stream on a terminal that can be drawn on again. An editor's shell cannot."""
    return stream.isatty() and not _is_dumb()


def _is_dumb() -> bool:
    return os.environ.get("TERM") in ("dumb", "unknown")
