"""A small server on a real socket that answers as it is told, one answer for each call, and notes what it was asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from threading import Event
from typing import Any

from tests.http_here import answering


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripted:
    """One answer. `claims`: a length that is not true; `hangs`: nothing at all comes; `drips`: a byte, now and then,
    and `dribbles`: within the headers."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    claims: int = 0
    hangs: bool = False
    drips: bool = False
    dribbles: bool = False
    drops: bool = False

    @property
    def data(self) -> bytes:
        """What is sent."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(slots=True)
class ScriptedServer:
    """Where it listens, what it was asked, and what it answers next; the last answer stays."""

    address: str = ""
    answers: list[Scripted] = field(default_factory=list)
    asked: list[tuple[str, str, Any, Mapping[str, str]]] = field(default_factory=list)
    routes: dict[str, Scripted] = field(default_factory=dict)
    """Answers by path, or by method and path; they come first."""
    over: Event = field(default_factory=Event)

    def next(self, method: str, path: str) -> Scripted:
        """The next answer."""
        bare = path.partition("?")[0]
        for known in (f"{method} {bare}", bare):
            if known in self.routes:
                return self.routes[known]
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def paths(self) -> list[str]:
        """What it was asked, without headers and bodies."""
        return [f"{method} {path}" for method, path, _, _ in self.asked]


@contextmanager
def scripted(*answers: Scripted) -> Iterator[ScriptedServer]:
    """A server for the length of a block."""
    told = ScriptedServer(answers=list(answers))
    with answering(ScriptedHandler, told=told) as told.address:
        try:
            yield told
        finally:
            told.over.set()


class ScriptedHandler(BaseHTTPRequestHandler):
    """Answers as its server is told."""

    protocol_version = "HTTP/1.1"
    told: ScriptedServer

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        self.told.asked.append((self.command, self.path, body, dict(self.headers)))
        answer = self.told.next(self.command, self.path)
        if answer.hangs:
            self.told.over.wait(30)
        if answer.hangs or answer.drops:
            self.close_connection = True
        else:
            self._send(answer)

    def _send(self, answer: Scripted) -> None:
        if answer.dribbles:
            self._drip(b"HTTP/1.1 200 OK\r\nX-Long: ")
        self.send_response_only(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(answer.claims or len(answer.data)))
        self.end_headers()
        if answer.drips:
            self._drip(b"")
        self.wfile.write(answer.data)
        self.close_connection = bool(answer.claims)

    def _drip(self, begun: bytes) -> None:
        self.wfile.write(begun)
        while not self.told.over.wait(0.02):
            self.wfile.write(b" ")
            self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing to say."""

    def handle(self) -> None:
        with suppress(OSError):
            super().handle()


for _method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
    setattr(ScriptedHandler, f"do_{_method}", ScriptedHandler._answer)
