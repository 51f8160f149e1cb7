"""Where the browser comes back to: a port of this machine, open for one answer with the right state.

Anybody on this machine may call it; whoever has another state is told that this is not it, and the waiting goes on.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hmac import compare_digest
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlsplit

from helium.errors import UsageError

_SECONDS = 300.0
_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
    '<title>Helium</title><body style="font-family: system-ui; margin: 4rem auto; max-width: 9cm"><h1>{}</h1><p>{}</p>'
)
_PATH = "/callback"


@dataclass(slots=True)
class Loopback:
    """The open port."""

    server: HTTPServer
    state: str = ""
    answer: Mapping[str, str] = field(default_factory=dict)

    @property
    def redirect(self) -> str:
        """What the issuer sends the browser back to."""
        return f"http://127.0.0.1:{self.server.server_port}{_PATH}"

    def wait(self, state: str, *, seconds: float = _SECONDS) -> Mapping[str, str]:
        """The answer with that state. `UsageError` when nobody comes."""
        self.state, until = state, time.monotonic() + seconds
        while not self.answer:
            if time.monotonic() > until:
                raise UsageError(
                    "Nobody signed in in the browser within five minutes. Run the command again, or with --no-browser."
                )
            self.server.handle_request()
        return self.answer

    def taken(self, path: str) -> tuple[int, str]:
        """Status and page for a request."""
        try:
            parts = urlsplit(path)
        except ValueError:
            parts = urlsplit("")
        query = dict(parse_qsl(parts.query))
        given = query.get("state", "")
        if parts.path != _PATH or not self.state or not compare_digest(given.encode(), self.state.encode()):
            return 400, _PAGE.format("Not this sign-in", "This answer does not belong to the command that waits here.")
        self.answer = query
        if "error" in query:
            return 200, _PAGE.format("Not signed in", "The terminal says why. You can close this page.")
        return 200, _PAGE.format("Almost there", "Go back to the terminal. You can close this page.")


class LoopbackServer(HTTPServer):
    """Says nothing of whoever breaks a connection off, or sends what is no request: the waiting goes on."""

    def handle_error(self, request: object, client_address: object) -> None:
        """The library would print a traceback."""


@contextmanager
def listening(port: int) -> Iterator[Loopback]:
    """A port of this machine, for the length of a block. `UsageError` where it is taken."""

    class LoopbackHandler(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            status, page = loopback.taken(self.path)
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Cache-Control", "no-store")
            self.send_header("Referrer-Policy", "no-referrer")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, format: str, *args: object) -> None:
            return

    try:
        server = LoopbackServer(("127.0.0.1", port), LoopbackHandler)
    except (OSError, OverflowError) as error:
        # A server says which port it is, and may say any number.
        why = error.strerror if isinstance(error, OSError) else "there is no such port"
        raise UsageError(f"Port {port} of this machine cannot be opened ({why}). Use --no-browser.") from None
    server.timeout = 0.5
    loopback = Loopback(server)
    try:
        yield loopback
    finally:
        server.server_close()
