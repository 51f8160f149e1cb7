"""Helium as a process: its signals, its exit code, and what is said when something happens that nobody foresaw."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType, TracebackType

from helium.cli.options import root
from helium.errors import unforeseen

REPORT = "this is a fault in Helium; HELIUM_DEBUG=1 shows where, and a report with that is welcome"


def main() -> None:
    """Run the command of this process's arguments, and exit with its code."""
    sys.excepthook = _unforeseen
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _once)
    try:
        root.main(prog_name="helium")
    except BrokenPipeError:
        # Nobody reads on: what Python still holds for them must not become another error at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _once(_number: int, _frame: FrameType | None) -> None:
    """The first signal ends what runs in good order; later ones would only tear that apart."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _again)
    raise KeyboardInterrupt


def _again(_number: int, _frame: FrameType | None) -> None:
    os.write(2, b"ending what runs, so that nothing is left behind; this takes a moment\n")


def _unforeseen(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if os.environ.get("HELIUM_DEBUG"):
        sys.__excepthook__(kind, error, trace)
        return
    sys.stderr.write(f"helium: {unforeseen(error)}\nhelium: {REPORT}\n")
