"""Reads what a process writes to a terminal."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def plain(said: str) -> str:
    """Without colours and without what moves the cursor."""
    return _CONTROL.sub("", said)


def read_terminal(terminal: int, *, until: str = "", then: Callable[[], object] = lambda: None) -> str:
    """All that is written until the other end is closed. `then` is called once, when `until` has been written."""
    said = b""
    waits = bool(until)
    with suppress(OSError):  # the end of a terminal is an error
        while data := os.read(terminal, 65536):
            said += data
            if waits and until.encode() in said:
                waits = False
                then()
    os.close(terminal)
    return said.decode(errors="replace")
