"""The way to a cluster, for tests that cut it."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit


class Wire:
    """Everything that goes to a cluster goes through here, until somebody cuts it."""

    def __init__(self, address: str) -> None:
        place = urlsplit(address)
        self._to = (place.hostname or "", place.port or 443)
        self._listens = socket.create_server(("127.0.0.1", 0))
        self.port = self._listens.getsockname()[1]
        self.is_cut = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            near, _ = self._listens.accept()
            if self.is_cut:
                near.close()
                continue
            far = socket.create_connection(self._to)
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while (data := one.recv(1 << 16)) and not self.is_cut:
                other.sendall(data)
        except OSError:
            pass
        for each in (one, other):
            each.close()

    def kubeconfig(self, real: Path, *, into: Path) -> Path:
        """One that leads to the cluster through here."""
        host, port = self._to
        through = into / "kubeconfig"
        through.write_text(real.read_text().replace(f"https://{host}:{port}", f"https://127.0.0.1:{self.port}"))
        return through
