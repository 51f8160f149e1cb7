"""What the API works with. The composition (helium/app) builds it; `create_app` takes one `ApiParts`, no settings."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from helium.api.events import EventStreams
from helium.api.tokens import Tokens
from helium.core.digest import Json
from helium.core.estimates import Estimate
from helium.core.fleet import Fleet
from helium.core.plan import Plan
from helium.ports.change_requests import ChangeRequests
from helium.ports.commit_queue import CommitQueue
from helium.ports.job_identities import JobIdentities
from helium.ports.ledger import Ledger
from helium.ports.live import LiveStatus
from helium.ports.order_book import OrderBook
from helium.ports.repo import Repo
from helium.ports.sign_ins import SignIns
from helium.ports.specs import Specs

Placements = Mapping[str, Mapping[str, Json]]
"""Where each backend would make a new workspace, by its name."""


def _no_rules() -> object:
    return None


def _no_age() -> float:
    return 0.0


def _no_poke() -> None:
    return None


def _no_changes(_: datetime) -> tuple[int, int]:
    return 0, 0


def _no_placements(_fleet: Fleet, _commit: str) -> Placements:
    return {}


def _no_estimates(_: datetime) -> Mapping[str, Estimate]:
    return {}


def _no_figures() -> Mapping[str, int]:
    return {}


@dataclass(frozen=True, slots=True)
class ApiParts:
    """`commit_queue.view` must be quick; the others may block, and run in threads.

    `trusted_proxies` are networks (`10.0.0.0/8`) whose `X-Forwarded-For` is believed, and with `proxy_secret` in
    `X-Helium-Proxy-Secret` their `X-Forwarded-Email` as well.
    `mirror_age`: seconds since the remote of main answered. `interval`: seconds between two looks at the ledger.
    `writers`: how many requests may wait for a push at once. `rules`: returns another object once `specs` would read
    the same file differently, so that the index reads all files again.
    For the pages: `schema` is that of specs, whose descriptions the form shows. `foresee` blocks, and plans the next
    pass without a look at the stacks. `session_key` signs cookies and jobs' tokens; by default a start ends them all.
    `ended_sessions`: the file that remembers who signed out; `None`: until the process ends.
    `plain_http`: the cookie may go over http too, for browsers that accept no secure cookie from localhost.
    For operations: `hook_secret` is what the git host signs its calls with (empty: no webhooks); `poke` makes the
    mirror fetch soon. `operations_port`: whoever comes to this port reads the figures without a token. `figures`: what
    the commit queue counted since the start, by name. `host_changes`: how many calls changed something at the git host,
    since the start and within the last hour. `streams` are ended by the server before it waits for requests.
    `live`: what passes are doing now; it may be missing, and blocks. `jobs`: checks who CI jobs are, and blocks too; so
    does `sign_ins`, which asks an issuer who people are.
    `change_requests` opens pull requests, where the fleet wants those and has a host; `follow` looks what became of
    them, every `follow_every` seconds, and blocks. `placements`: by the settings and the commit of main.
    `estimates`: by backend, what a workspace takes that says nothing but its backend; it blocks.
    `orders`: where admins order what the next pass is to do; it blocks too.
    """

    commit_queue: CommitQueue
    repo: Repo
    ledger: Ledger
    specs: Specs
    tokens: Tokens
    clock: Callable[[], datetime]
    trusted_proxies: tuple[str, ...] = ()
    interval: float = 2.0
    mirror_age: Callable[[], float] = _no_age
    writers: int = 128
    rules: Callable[[], object] = _no_rules
    schema: Mapping[str, Json] = field(default_factory=dict)
    foresee: Callable[[datetime], Plan] | None = None
    ended_sessions: Path | None = None
    session_key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    plain_http: bool = False
    operations_port: int | None = None
    hook_secret: bytes = field(default=b"", repr=False)
    poke: Callable[[], None] = _no_poke
    figures: Callable[[], Mapping[str, int]] = _no_figures
    host_changes: Callable[[datetime], tuple[int, int]] = _no_changes
    live: LiveStatus | None = None
    jobs: JobIdentities | None = None
    sign_ins: SignIns | None = None
    proxy_secret: bytes = field(default=b"", repr=False)
    change_requests: ChangeRequests | None = None
    follow: Callable[[], None] = _no_poke
    placements: Callable[[Fleet, str], Placements] = _no_placements
    follow_every: float = 15.0
    estimates: Callable[[datetime], Mapping[str, Estimate]] = _no_estimates
    orders: OrderBook | None = None
    streams: EventStreams = field(default_factory=EventStreams)
