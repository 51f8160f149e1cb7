"""A test's own HTTP server on loopback, in threads of this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@contextmanager
def answering(handler: type[BaseHTTPRequestHandler], **known: object) -> Iterator[str]:
    """Its address, for the length of a block. `known`: what its handlers have as their own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type(handler.__name__, (handler,), known))
    server.daemon_threads = True
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
