"""A server whose people an issuer signs in, on a socket, for the command line."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import httpx

from tests.api.serving import World, served
from tests.pages.issuer_fleet import deps, settings
from tests.sign_in_issuer import SignInIssuer


@dataclass
class IssuerServer:
    """The server, its fleet and its issuer."""

    address: str
    world: World
    issuer: SignInIssuer


def resource(address: str) -> str:
    """Of what it says that it is."""
    return str(httpx.get(f"{address}/.well-known/oauth-protected-resource").json().get("resource"))


@contextmanager
def issuer_server(issuer: SignInIssuer, *, plain: bool = False) -> Iterator[IssuerServer]:
    """It serves main as soon as that says where it is."""
    world = World()
    world.now = datetime.now(UTC)
    with served(replace(deps(world), clock=lambda: datetime.now(UTC), plain_http=plain)) as address:
        world.repo.land({"helium.yaml": settings(issuer.address, url=address)})
        until = time.monotonic() + 60
        while resource(address) != address:
            assert time.monotonic() < until
            time.sleep(0.02)
        yield IssuerServer(address, world, issuer)


def as_at_first(shared: IssuerServer, *, confirmed: bool = False) -> IssuerServer:
    """With its issuer as at first, whose tokens are for this server. `confirmed`: each code is."""
    fresh = SignInIssuer(address=shared.issuer.address, keys=shared.issuer.keys)
    fresh.also, fresh.devices = {"aud": shared.address}, {"device-1": "yes"} if confirmed else {}
    for name in SignInIssuer.__dataclass_fields__:
        setattr(shared.issuer, name, getattr(fresh, name))
    return shared
