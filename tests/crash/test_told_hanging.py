"""A receiver that never answers, and somebody who presses Ctrl-C at a real terminal meanwhile."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

import pytest

from helium.adapters.ledger.messages import GitMessages
from helium.core.message import DeliveryState, MessageBook
from tests.crash.test_told_killed import EACH, Flow, environ_of, flow

__all__ = ["flow"]
pytestmark = pytest.mark.slow
LONGEST = 120.0
CTRL_C = b"\x03"


@dataclass(slots=True)
class Terminal:
    """A command at a terminal of its own."""

    pid: int
    at: int
    said: bytearray = field(default_factory=bytearray)

    @classmethod
    def running(cls, *args: str, environ: dict[str, str]) -> Terminal:
        """Start it."""
        pid, at = pty.fork()
        if pid == 0:
            os.execve(sys.executable, (sys.executable, "-m", "helium", *args), environ)
        found = cls(pid, at)
        threading.Thread(target=found._read, daemon=True).start()
        return found

    def _read(self) -> None:
        # A terminal whose program has ended answers with an error.
        with suppress(OSError):
            while data := os.read(self.at, 4096):
                self.said.extend(data)

    def ends(self) -> int:
        """Its exit code, once it has ended."""
        until = time.monotonic() + LONGEST
        while time.monotonic() < until:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.02)
        raise AssertionError(bytes(self.said))


def test_ctrl_c_ends_the_wait_at_once_and_the_message_goes_out_next_time(flow: Flow) -> None:
    """The work is done, so the exit code says so; the other channel is told meanwhile, and nothing comes twice."""
    flow.begin()
    flow.at.behave = "hang"
    flow.step("ready")
    environ = environ_of(flow)
    terminal = Terminal.running("expire", "-C", str(flow.folder), environ=environ)
    _until(lambda: bool(flow.at.calls))
    began = time.monotonic()
    os.write(terminal.at, CTRL_C)
    assert 0 == terminal.ends(), bytes(terminal.said)
    took = time.monotonic() - began
    assert took < 30.0, f"{took:.1f} s"
    _until(lambda: b"Not everybody is told yet" in b" ".join(terminal.said.split()))

    messages = GitMessages(flow.ledger)
    _until(lambda: messages.read().states.channels["hook"].failing is not None)
    known = messages.read()
    waiting = {name: _hook_state(book) for name, book in known.books.items() if book.messages}
    assert dict.fromkeys((f"ready-{number}" for number in range(EACH)), DeliveryState.WAITING) == waiting
    assert (1, EACH) == (len(flow.inbox.mails), len(flow.mailed()))

    flow.at.behave = "ok"
    hook = replace(known.states.channels["hook"], next_at=None)
    states = replace(known.states, channels={**known.states.channels, "hook": hook})
    # A minute later, when the channel is tried again.
    messages.write({name: _at_once(book) for name, book in known.books.items()}, on=known, states=states)
    _helium("expire", "-C", str(flow.folder), environ=environ)
    _helium("expire", "-C", str(flow.folder), environ=environ)
    ids = {(call.document["workspace"]["name"], call.document["delivery"]) for call in flow.at.calls}
    assert (flow.wanted, EACH) == (flow.got(), len(ids))
    # One is the call that hung.
    assert (EACH + 1, 1) == (len(flow.at.calls), len(flow.inbox.mails))


def _hook_state(book: MessageBook) -> DeliveryState:
    return next(each.state for each in book.messages[0].deliveries if each.channel == "hook")


def _at_once(book: MessageBook) -> MessageBook:
    for message in book.messages:
        ways = tuple(replace(each, until=None) for each in message.deliveries)
        book = book.with_message(replace(message, deliveries=ways))
    return book


def _helium(*args: str, environ: dict[str, str]) -> None:
    subprocess.run((sys.executable, "-m", "helium", *args), env=environ, check=True, capture_output=True)


def _until(so: Callable[[], bool]) -> None:
    until = time.monotonic() + LONGEST
    while not so():
        assert time.monotonic() < until
        time.sleep(0.05)
