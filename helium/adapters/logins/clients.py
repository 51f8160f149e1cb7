"""Connections of a sign-in: to the address that was named, with what the environment says of proxies and certificates.

Refuses redirects. What is on this machine is called without a proxy, which could read a token on its way there; and no
netrc is read, whose password would replace it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from helium.core.proxies import proxy_for

if TYPE_CHECKING:
    from httpx2 import Client

_SECONDS = 15.0


def client_for(address: str, *, connect: float | None = None) -> Client:
    """One that is closed by whoever asked for it. `connect`: seconds until a connection must be there."""
    import httpx2

    # The certificates of this machine take a while to read, and plain HTTP needs none.
    trusted = httpx2.create_ssl_context() if address.startswith("https:") else False
    proxy = proxy_for(address, os.environ)
    timeout = httpx2.Timeout(_SECONDS, connect=connect or _SECONDS)
    return httpx2.Client(timeout=timeout, follow_redirects=False, trust_env=False, verify=trusted, proxy=proxy)
