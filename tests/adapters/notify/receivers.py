"""A receiver on loopback for the tests of channels, which behaves as badly as it is told."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from helium.core.message import Message, MessageKind
from helium.ports.channels import MessageText, Outgoing
from tests.builders import NOW

KEY = "a key that nobody knows"


def outgoing(id: str = "ab" * 16, *, to: str = "", text: MessageText | None = None) -> Outgoing:
    """One message."""
    message = Message(MessageKind.READY, "a", "", NOW, NOW, NOW)
    return Outgoing(
        id=id,
        message=message,
        text=text or MessageText("a is ready", ("It belongs to ada@example.com.",), {"Its page": "https://h/a"}),
        document={"version": 1, "event": "ready", "text": "ü"},
        to=to,
    )


@dataclass(frozen=True, slots=True)
class HookCall:
    """One call that a receiver got."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def signed(self) -> bool:
        """Whether it is signed with the key, as a receiver of GitHub's calls checks it."""
        wanted = hmac.new(KEY.encode(), self.body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(f"sha256={wanted}", self.headers.get("X-Hub-Signature-256", ""))

    @property
    def document(self) -> Any:
        """What it says."""
        return json.loads(self.body)


@dataclass(slots=True)
class Receiver:
    """A receiver. `behave`: `ok`, a status, `hang`, `drip`, `flood`, `headers`, `close`, `redirect`, or `wait`."""

    port: int = 0
    behave: str = "ok"
    calls: list[HookCall] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook?x=1"


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver on a real socket."""
    known = Receiver()

    class HookHandler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            known.calls.append(HookCall(dict(self.headers.items()), body))
            with suppress(OSError):
                _answer(self, known)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), HookHandler)
    server.daemon_threads = True
    known.port = server.server_port
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield known
    finally:
        known.over.set()
        server.shutdown()
        server.server_close()


def _answer(handler: BaseHTTPRequestHandler, known: Receiver) -> None:
    odd = {"hang": _hang, "close": _close, "drip": _drip, "headers": _headers, "flood": _flood}.get(known.behave)
    if odd is not None:
        odd(handler, known)
        return
    status, _, header = known.behave.partition(" ")
    handler.send_response(int(status) if status.isdigit() else 204)
    if header:
        name, _, value = header.partition("=")
        handler.send_header(name, value.replace("{url}", known.url))
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def _hang(handler: BaseHTTPRequestHandler, known: Receiver) -> None:
    known.over.wait(60)


def _close(handler: BaseHTTPRequestHandler, known: Receiver) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def _drip(handler: BaseHTTPRequestHandler, known: Receiver) -> None:
    for sign in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 10_000:
        handler.wfile.write(bytes([sign]))
        handler.wfile.flush()
        if known.over.wait(0.2):
            return


def _headers(handler: BaseHTTPRequestHandler, known: Receiver) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not known.over.is_set():
        handler.wfile.write(b"X-More: " + b"x" * 60_000 + b"\r\n")


def _flood(handler: BaseHTTPRequestHandler, known: Receiver) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while not known.over.is_set():
        handler.wfile.write(b"x" * 60_000)
