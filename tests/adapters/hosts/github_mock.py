"""GitHub's own description of its API, answered by Prism: it refuses a request that does not fit, and else answers with
the documented example. One relay before it takes away the examples' links to further pages, which would never end.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from tools.find import locate
from tools.table import GITHUB_MOCK

_SECONDS = 300.0
_KEPT = frozenset(("content-type", "accept", "authorization", "prefer"))


@dataclass(slots=True)
class DescribedGitHub:
    """Where it is, with its API behind `/api/v3`, as a GitHub Enterprise has it; and what it refused."""

    address: str = ""
    refused: list[str] = field(default_factory=list)


@contextmanager
def mocked(log: Path) -> Iterator[DescribedGitHub]:
    """It ends with the block."""
    folder = locate(GITHUB_MOCK, os.environ)
    if folder is None:
        raise AssertionError("github-mock is not here; `python3 -m tools setup github-mock` gets it, and needs Node")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with log.open("wb") as out:
        process = subprocess.Popen(
            (folder / GITHUB_MOCK.name, str(port)), stdout=out, stderr=out, stdin=subprocess.DEVNULL
        )
    try:
        _wait(port, process, log=log)
        with _relayed(port) as mock:
            yield mock
    finally:
        process.terminate()
        process.wait(60)


def _wait(port: int, process: subprocess.Popen[bytes], *, log: Path) -> None:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"the mock of GitHub did not come up: {log.read_text()}")


@contextmanager
def _relayed(port: int) -> Iterator[DescribedGitHub]:
    mock = DescribedGitHub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _relay_to(port, mock))
    mock.address = f"http://127.0.0.1:{server.server_port}"
    server.daemon_threads = True
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield mock
    finally:
        server.shutdown()
        server.server_close()


def _relay_to(port: int, mock: DescribedGitHub) -> type[BaseHTTPRequestHandler]:
    class Relay(BaseHTTPRequestHandler):
        def _relay(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            behind = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            headers = {name: value for name, value in self.headers.items() if name.lower() in _KEPT}
            path = self.path.removeprefix("/api/v3")
            behind.request(self.command, path, self.rfile.read(length) if length else None, headers)
            answer = behind.getresponse()
            data = answer.read()
            if answer.status >= 400:
                mock.refused.append(f"{self.command} {path}: {answer.status} {data[:200]!r}")
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() in {"content-type", "location"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing to say."""

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Relay, f"do_{method}", Relay._relay)
    return Relay
