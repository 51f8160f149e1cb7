"""Which proxy is on the way to an address, by the variables that all programs know. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

_LOCAL = ("127.0.0.1", "localhost", "::1")


def proxy_for(address: str, environ: Mapping[str, str]) -> str | None:
    """The proxy, if there is one. None is asked for what is on this machine."""
    parts = urlsplit(address)
    named = [environ.get(name) for name in (f"{parts.scheme}_proxy", f"{parts.scheme}_proxy".upper())]
    without = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    host = parts.hostname or ""
    direct = {each.strip().lstrip(".").lower() for each in without.split(",") if each.strip()}
    if host in _LOCAL or "*" in direct or any(host == each or host.endswith(f".{each}") for each in direct):
        return None
    return named[0] or named[1]
