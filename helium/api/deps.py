"""What the API is given. Nothing in this room builds a part of it; `create_app` takes one `Deps` and no setting."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from helium.api.tokens import Tokens
from helium.core.digest import Json
from helium.core.plan import Plan
from helium.ports.commit_queue import CommitQueue
from helium.ports.ledger import Ledger
from helium.ports.repo import Repo
from helium.ports.specs import Specs


def _same() -> object:
    return None


def _fresh() -> float:
    return 0.0


def _nobody() -> None:
    return None


def _none() -> Mapping[str, int]:
    return {}


@dataclass(frozen=True, slots=True)
class Deps:
    """`door.view` must be quick; the others may block, and run in threads.

    `trusted_proxies` are networks (`10.0.0.0/8`) whose `X-Forwarded-Email` and `X-Forwarded-For` are believed.
    `mirror_age`: seconds since the remote of main answered. `interval`: seconds between two looks at the ledger.
    `writers`: requests that may wait for a push at once. `rules`: another object when `specs` reads main otherwise.
    For the pages: `schema` is that of specs, whose descriptions the form shows. `foresee` blocks, and plans the next
    pass without a look at the state. `session_key` signs cookies; a key of its own ends all sessions with the process.
    `plain_http`: the cookie may go over http too, for browsers that take no secure one from localhost.
    For operations: `hook_secret` is what the host signs its calls with (empty: none is taken); then `poke` has the
    remote looked at. `figures`: what the door counted since the start, by name.
    """

    commit_queue: CommitQueue
    repo: Repo
    ledger: Ledger
    specs: Specs
    tokens: Tokens
    clock: Callable[[], datetime]
    trusted_proxies: tuple[str, ...] = ()
    interval: float = 2.0
    mirror_age: Callable[[], float] = _fresh
    writers: int = 128
    rules: Callable[[], object] = _same
    schema: Mapping[str, Json] = field(default_factory=dict)
    foresee: Callable[[datetime], Plan] | None = None
    session_key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    plain_http: bool = False
    hook_secret: bytes = field(default=b"", repr=False)
    poke: Callable[[], None] = _nobody
    figures: Callable[[], Mapping[str, int]] = _none
