"""Whether a terminal gets colours: one answer for whatever is printed in a command, before one, and after it failed."""

from __future__ import annotations

import os


def colours() -> bool | None:
    """`False` where `NO_COLOR` wants none; else click sees whether anybody looks at a terminal.

    What is said before a command begins, or after it failed, has no context of click's that knows this.
    """
    return False if os.environ.get("NO_COLOR") else None
