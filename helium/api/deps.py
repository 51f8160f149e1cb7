"""What the API is given. Nothing in this room builds a part of it; `create_app` takes one `Deps` and no setting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from helium.api.tokens import Tokens
from helium.reconcile.ports import Door, Ledger, Repo, Specs


@dataclass(frozen=True, slots=True)
class Deps:
    """`door.view` must be quick; the others may block, and run in threads.

    `trusted_proxies` are networks (`10.0.0.0/8`) whose `X-Forwarded-Email` and `X-Forwarded-For` are believed.
    `interval`: seconds between two looks at the ledger. `writers`: requests that may wait for a push at once.
    """

    door: Door
    repo: Repo
    ledger: Ledger
    specs: Specs
    tokens: Tokens
    clock: Callable[[], datetime]
    trusted_proxies: tuple[str, ...] = ()
    interval: float = 2.0
    writers: int = 128
