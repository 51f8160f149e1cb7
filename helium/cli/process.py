"""Helium as a process: its streams, its exit code, and what it says of an error that nobody foresaw."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from types import TracebackType
from typing import TYPE_CHECKING

from helium.cli.lost_reader import outlive_readers
from helium.cli.options import root
from helium.cli.signals import take_signals
from helium.errors import unforeseen

if TYPE_CHECKING:
    from helium.app.compose import EngineFactory

REPORT = "this is a bug in Helium. Please report it, with what HELIUM_DEBUG=1 shows"


def main(engine: EngineFactory | None = None) -> None:
    """Run the command of this process's arguments, and exit with its code. `engine`: instead of Pulumi's, in a test."""
    _open_what_is_closed()
    outlive_readers()
    sys.excepthook = _unforeseen
    take_signals()
    _look_for_no_garbage()
    try:
        root.main(prog_name="helium", obj=engine)
    except BrokenPipeError:
        # Nobody reads on: what Python still holds for them must not become another error at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open_what_is_closed() -> None:
    """Give a process that was started with closed streams (`>&-`) empty ones.

    Otherwise the next file that is opened takes their number, and what is printed would end up in it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "r" if number == 0 else "w", closefd=False))  # noqa: SIM115


def _look_for_no_garbage() -> None:
    """What is imported lives to the end; to search it, at start and once more at exit, takes a tenth of a command.

    A server still collects, since it allocates as much as this again and again.
    """
    gc.set_threshold(100_000, 10, 10)
    atexit.register(gc.freeze)


def _unforeseen(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if os.environ.get("HELIUM_DEBUG"):
        sys.__excepthook__(kind, error, trace)
        return
    sys.stderr.write(f"helium: {unforeseen(error)}\nhelium: {REPORT}\n")
