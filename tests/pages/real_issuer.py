"""A real issuer on loopback, `oidc-provider`, before a fleet's pages on a socket; and people at it, in Chromium."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page

from helium.adapters.oidc.sign_ins import OidcSignIns
from helium.api.parts import ApiParts
from tests.api.serving import World, served
from tests.pages.issuer_fleet import KEY, deps, settings
from tools.find import locate
from tools.table import OIDC_PROVIDER

_SECONDS = 120.0
SECRET = "a-secret-of-the-pages"


@dataclass
class RealIssuer:
    """The issuer, and the fleet whose people it signs in."""

    address: str
    pages: str
    parts: ApiParts
    process: subprocess.Popen[bytes]

    def say(self, subject: str, **claims: Any) -> None:
        """From now on, this of somebody."""
        httpx.put(f"{self.address}/people", content=json.dumps({subject: claims}), timeout=60).raise_for_status()


@contextmanager
def real_issuer(log: Path) -> Iterator[RealIssuer]:
    """Both end with the block."""
    folder = locate(OIDC_PROVIDER, os.environ)
    if folder is None:
        raise AssertionError(
            "oidc-provider is not here; `python3 -m tools setup oidc-provider` gets it, and needs Node"
        )
    world = World()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    parts = replace(deps(world, sign_ins=OidcSignIns(SECRET, KEY)), clock=lambda: datetime.now(UTC), plain_http=True)
    with served(parts) as pages, log.open("wb") as out:
        process = subprocess.Popen((folder / OIDC_PROVIDER.name, str(port), pages), stdout=out, stderr=out)
        issuer = RealIssuer(f"http://127.0.0.1:{port}", pages, parts, process)
        try:
            _wait(issuer, world, log=log)
            yield issuer
        finally:
            process.kill()
            process.wait(60)


def _wait(issuer: RealIssuer, world: World, *, log: Path) -> None:
    until = time.monotonic() + _SECONDS
    more = "  scopes: [openid, profile, email, offline_access]\n"
    world.repo.land({"helium.yaml": settings(issuer.address, url=issuer.pages, more=more)})
    while not (_answers(f"{issuer.address}/jwks") and _answers(f"{issuer.pages}/.well-known/oauth-protected-resource")):
        assert issuer.process.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=10).status_code == 200
    except httpx.HTTPError:
        return False


def enter_at_issuer(page: Page, subject: str) -> None:
    """What a person does there: who they are, and that Helium may know it."""
    page.locator("input[name=login]").fill(subject)
    page.locator("input[name=password]").fill("x")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()
