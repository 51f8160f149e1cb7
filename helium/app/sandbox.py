"""The sandbox as the cloud of an engine: started by the first operation that needs a cloud, ended with the engine.

Looking at the state needs no cloud, so a pass with nothing to do starts nothing.
"""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack
from pathlib import Path
from threading import Lock

from helium.errors import EngineError
from helium.sandbox.launch import start

_PORTS = range(20000, 32000)
"""Below the ports that the system gives to outgoing connections, so that a free one stays free."""


class SandboxCloud:
    """The sandbox of the folder, on a port that is chosen now, before there is a process to listen on it."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._running = ExitStack()
        # Several stacks are brought up at once, and one sandbox serves them all.
        self._lock = Lock()

    def start(self) -> None:
        """Start it, unless it runs and answers. One that died is replaced by another on the same folder and port."""
        with self._lock:
            if _answers(self.port):
                return
            self._running.close()
            self._folder.parent.mkdir(parents=True, exist_ok=True)
            self._running.enter_context(start(self._folder, port=self.port))

    def close(self) -> None:
        """End it, if it was started."""
        with self._lock:
            self._running.close()


def free_port() -> int:
    """A port on which nobody listens; `EngineError` when none of fifty is free."""
    for port in random.sample(_PORTS, 50):
        if not _answers(port):
            return port
    raise EngineError("", "no port of this machine is free for the sandbox; is something listening on all of them?")


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
