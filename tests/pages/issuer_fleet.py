"""A fleet whose people an issuer signs in, and somebody with a browser who goes there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from helium.adapters.oidc.sign_ins import OidcSignIns
from helium.api.parts import ApiParts
from helium.ports.sign_ins import SignIns
from tests.api.in_process import TRANSPORTS, in_process
from tests.api.serving import FLEET, World
from tests.pages.browsers import deps_of
from tests.sign_in_issuer import CLI, CLIENT, SECRET, URL, SignInIssuer

KEY = b"k" * 32


def settings(issuer: str, *, url: str = URL, more: str = "") -> bytes:
    """`helium.yaml` with this issuer."""
    return (
        FLEET
        + (
            f"signIn:\n  issuer: {issuer}\n  clientId: {CLIENT}\n  url: {url}\n"
            f"  roles: {{write: [sales], admin: [platform]}}\n  commandLine: {{clientId: {CLI}}}\n{more}"
        ).encode()
    )


@dataclass
class IssuerFleet:
    """The fleet, its issuer, and where its processes are."""

    world: World
    issuer: SignInIssuer
    addresses: list[str] = field(default_factory=list)

    def wait(self, length: timedelta) -> None:
        """Let time pass, for both."""
        self.world.now += length
        self.issuer.ahead += length.total_seconds()

    def visitor(self, *, process: int = 0) -> httpx.Client:
        """A browser with its own cookies, at one of the processes."""
        return httpx.Client(base_url=URL, transport=TRANSPORTS[self.addresses[process]], timeout=60)


def deps(world: World, *, ended: Path | None = None, sign_ins: SignIns | None = None) -> ApiParts:
    """One process."""
    port = sign_ins or OidcSignIns(SECRET, KEY)
    return replace(deps_of(world), sign_ins=port, session_key=KEY, ended_sessions=ended)


@contextmanager
def issuer_fleet(issuer: SignInIssuer, folder: Path, *, processes: int = 1, more: str = "") -> Iterator[IssuerFleet]:
    """Processes that share their key and who signed out."""
    world = World()
    world.now = datetime.now(UTC)
    world.repo.land({"helium.yaml": settings(issuer.address, more=more)})
    fleet = IssuerFleet(world, issuer)
    if processes == 0:
        yield fleet
        return
    with in_process(deps(world, ended=folder / "ended-sessions")) as address:
        fleet.addresses.append(address)
        if processes == 1:
            yield fleet
            return
        with in_process(deps(world, ended=folder / "ended-sessions")) as second:
            fleet.addresses.append(second)
            yield fleet


def sent_back(answer: httpx.Response) -> str:
    """Where the issuer sends whoever follows this answer to it."""
    assert 303 == answer.status_code, answer.text
    there = httpx.get(answer.headers["Location"], follow_redirects=False)
    assert 303 == there.status_code, there.text
    return there.headers["Location"]


def signed_in(browser: httpx.Client, *, to: str = "/") -> httpx.Response:
    """Go to the issuer and come back; the answer to that."""
    answer = browser.get("/sign-in/issuer", params={"to": to})
    return browser.get(sent_back(answer))
