"""The sandbox as the cloud of an engine: started by the first operation that needs a cloud, ended with the engine.

Looking at the state needs no cloud, so a pass with nothing to do starts nothing.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from helium.adapters.kubernetes.cluster_api import ClusterError
from helium.errors import EngineError
from helium.sandbox.errors import CloudError
from helium.sandbox.launch import start
from helium.sandbox.pods import Body, PretendPods

_PORTS = range(20000, 32000)
"""Below the ports that the system gives to outgoing connections, so that a free one stays free."""


@dataclass(frozen=True, slots=True)
class PretendCluster:
    """What can be read of a pretended cluster, with the errors of a real one."""

    _pods: PretendPods

    def pods(self, namespace: str) -> Sequence[Body]:
        """One for each release."""
        return self._read(lambda: self._pods.pods(namespace))

    def warnings(self, namespace: str) -> Sequence[Body]:
        """One for each pod that is not ready."""
        return self._read(lambda: self._pods.warnings(namespace))

    def _read(self, ask: Callable[[], Iterator[Body]]) -> Sequence[Body]:
        try:
            return tuple(ask())
        except CloudError as error:
            raise ClusterError(str(error)) from None


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

    def cluster(self, name: str) -> PretendCluster:
        """By its folder alone, so nothing is started."""
        return PretendCluster(PretendPods(self._folder, name))

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
