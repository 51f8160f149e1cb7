"""The API on a real socket or in this process, over fakes or whatever a test hands in.

Building an application costs seventy milliseconds, and a request three. So most tests share one for their module, and
begin the `World` behind it again; those that need another setting, or a ledger, have an application of their own.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

import httpx
import uvicorn

from helium.adapters.specs import YamlSpecs
from helium.api.app import create_app
from helium.api.parts import ApiParts
from helium.api.tokens import Scope, Token, Tokens, hashed
from tests.api.in_process import TRANSPORTS
from tests.backend_rules import GCP
from tests.builders import NOW
from tests.fakes import FakeCommitQueue, FakeLedger, FakeRepo

ADMIN, ADA, BOB, READER = "admin-token", "ada-token", "bob-token", "reader-token"
_NUMBERS = count(1)
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
    """All that a test of the API can bend, and the app's `ApiParts` made of it."""

    repo: FakeRepo = field(default_factory=lambda: FakeRepo(start=NOW - timedelta(hours=20)))
    ledger: FakeLedger = field(default_factory=FakeLedger)
    now: datetime = NOW
    tokens: Tokens = field(default_factory=lambda: Tokens(given=TOKENS))
    proxies: tuple[str, ...] = ()
    commit_queue: FakeCommitQueue = field(init=False)

    def __post_init__(self) -> None:
        self.commit_queue = FakeCommitQueue(self.repo)
        # Its own settings, so that an application whose fleet begins again takes nothing over from the one before.
        self.repo.land({"helium.yaml": FLEET + b"# the fleet of test %d\n" % next(_NUMBERS)})

    @property
    def deps(self) -> ApiParts:
        """What `create_app` gets."""
        return ApiParts(
            commit_queue=self.commit_queue,
            repo=self.repo,
            ledger=self.ledger,
            specs=YamlSpecs({"gcp-namespace": replace(GCP, locked=("ingress",), locked_notebooks=("hub.config",))}),
            tokens=self.tokens,
            clock=lambda: self.now,
            trusted_proxies=self.proxies,
            interval=0.05,
        )

    def begin_again(self) -> None:
        """A fleet without a workspace, as at first, behind an application that goes on serving it.

        What the application remembers it keeps: keys, failed attempts, metrics, and the ledger as it read it last.
        """
        fresh = World(proxies=self.proxies)
        self.now, self.tokens = fresh.now, fresh.tokens
        for old, new in ((self.repo, fresh.repo), (self.ledger, fresh.ledger), (self.commit_queue, fresh.commit_queue)):
            vars(old).update(vars(new))
        self.commit_queue.repo = self.repo

    def file(self, name: str) -> str:
        """A workspace's file on main."""
        data = self.repo.read(self.repo.head(), f"workspaces/{name}.yaml")
        return (data or b"").decode()


@contextmanager
def served(deps: ApiParts) -> Iterator[str]:
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
        thread.join(60)


def client(address: str, token: str = ADMIN) -> httpx.Client:
    """A client that sends a token, of an application on a socket or in this process."""
    headers = {"X-Pach": token} if token else {}
    return visitor(address, path="/v1/api", headers=headers)


def visitor(address: str, *, path: str = "", headers: Mapping[str, str] | None = None) -> httpx.Client:
    """A client that sends nothing but these headers, and follows nothing."""
    # Nothing here speaks TLS, and reading the certificates of the world takes ten requests' time.
    transport = TRANSPORTS.get(address) or httpx.HTTPTransport(verify=False)
    return httpx.Client(base_url=address + path, headers=headers, transport=transport, timeout=20)
