"""How a signal ends Helium: in good order, and never in the middle of a lock.

Helium handles SIGINT and SIGTERM however it was started. A shell starts what runs in the background with SIGINT
ignored, and a process hands an ignored signal on to its children; a handled one is the default again in a child. So
`nohup make test &` interrupts as a terminal does, and Pulumi, its workers and git begin with signals that work.

Python raises `KeyboardInterrupt` between any two instructions of the main thread, also in the middle of `threading`,
whose conditions and pools are written in Python. What was just locked there stays locked, another thread waits for it,
and the process never ends. In `__del__` the exception is swallowed. There the signal waits a moment.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType

_SOON = 0.01
"""Seconds until a signal that waits looks again."""
_LOOKS = 5
"""So often it finds the main thread at one and the same instruction before it is sure that the thread waits there."""
_LOCKING = ("threading", "queue", "weakref", "_weakrefset", "concurrent.futures")
"""The modules that lock in Python, and let an object's end call back."""
_STARTS_A_CHILD = frozenset({"__init__", "_execute_child"})
"""In `subprocess`: in these functions a child runs that nobody knows of yet."""


@dataclass(slots=True)
class _Waiting:
    """Where a signal that waits found the main thread last, and how often in a row."""

    place: tuple[int, int] = (0, 0)
    looks: int = 0

    def waits(self, frame: FrameType | None) -> bool:
        """Whether the main thread does nothing but wait: then nothing can be torn."""
        place = (id(frame), frame.f_lasti if frame else 0)
        self.looks = self.looks + 1 if place == self.place else 1
        self.place = place
        return self.looks >= _LOOKS


_waiting = _Waiting()


def take_signals() -> None:
    """Let SIGINT, SIGTERM and the end of the terminal raise `KeyboardInterrupt`, once."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, _once)
    # Whoever writes nohup wants a closed terminal to end nothing. Without nohup, it ends Helium as SIGTERM does.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _hang_up)


def _once(_number: int, frame: FrameType | None) -> None:
    """The first signal ends what runs in good order; later ones would only tear that apart."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _again)
    if any(map(_may_tear, _within(frame))) and not _waiting.waits(frame):
        signal.setitimer(signal.ITIMER_REAL, _SOON)
        return
    raise KeyboardInterrupt


def _within(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _may_tear(frame: FrameType) -> bool:
    module, function = str(frame.f_globals.get("__name__")), frame.f_code.co_name
    return (
        module.startswith(_LOCKING) or function == "__del__" or (module == "subprocess" and function in _STARTS_A_CHILD)
    )


def _hang_up(_number: int, _frame: FrameType | None) -> None:
    # As a new signal, because a server has replaced our handler of SIGTERM by its own.
    signal.raise_signal(signal.SIGTERM)


def _again(_number: int, _frame: FrameType | None) -> None:
    os.write(2, b"still stopping what runs, so that nothing is left behind; please wait\n")
