"""The API on a real socket, over fakes or whatever a test hands in."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
import uvicorn

from helium.adapters.specs import YamlSpecs
from helium.adapters.specs.semantics import Rules
from helium.api.app import create_app
from helium.api.deps import Deps
from helium.api.tokens import Scope, Token, Tokens, hashed
from tests.builders import NOW
from tests.fakes import FakeCommitQueue, FakeLedger, FakeRepo

ADMIN, ADA, BOB, READER = "admin-token", "ada-token", "bob-token", "reader-token"
FLEET = b"fleet: acme\nsandbox: [gcp, kubernetes]\nbackends:\n  gcp-namespace: {}\n"


def token(text: str, owner: str, *, scope: Scope, expires: datetime | None = None) -> Token:
    """A token with this text, named after it."""
    return Token(text.removesuffix("-token"), owner, scope, hashed(text), expires=expires)


TOKENS = (
    token(ADMIN, "root@example.com", scope=Scope.ADMIN),
    token(ADA, "ada@example.com", scope=Scope.WRITE),
    token(BOB, "bob@example.com", scope=Scope.WRITE),
    token(READER, "rita@example.com", scope=Scope.READ),
)


@dataclass
class World:
    """All that a test of the API can bend, and the app's `Deps` made of it."""

    repo: FakeRepo = field(default_factory=lambda: FakeRepo(start=NOW - timedelta(hours=20)))
    ledger: FakeLedger = field(default_factory=FakeLedger)
    now: datetime = NOW
    tokens: Tokens = field(default_factory=lambda: Tokens(given=TOKENS))
    proxies: tuple[str, ...] = ()
    commit_queue: FakeCommitQueue = field(init=False)

    def __post_init__(self) -> None:
        self.commit_queue = FakeCommitQueue(self.repo)
        self.repo.land({"helium.yaml": FLEET})

    @property
    def deps(self) -> Deps:
        """What `create_app` gets."""
        return Deps(
            commit_queue=self.commit_queue,
            repo=self.repo,
            ledger=self.ledger,
            specs=YamlSpecs({"gcp-namespace": Rules(locked=("ingress",))}),
            tokens=self.tokens,
            clock=lambda: self.now,
            trusted_proxies=self.proxies,
            interval=0.05,
        )

    def file(self, name: str) -> str:
        """A workspace's file on main."""
        data = self.repo.read(self.repo.head(), f"workspaces/{name}.yaml")
        return (data or b"").decode()


@contextmanager
def served(deps: Deps) -> Iterator[str]:
    """The address of the API in a thread of this process."""
    config = uvicorn.Config(create_app(deps), log_level="warning", lifespan="on", timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
            assert thread.is_alive(), "the server did not start"
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


def client(address: str, token: str = ADMIN) -> httpx.Client:
    """A client that sends a token."""
    return httpx.Client(base_url=f"{address}/v1/api", headers={"X-Pach": token} if token else {}, timeout=20)
