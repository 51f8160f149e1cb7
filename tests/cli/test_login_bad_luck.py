"""Signing in from the command line at a server, or an issuer, that lies; and what comes of it after a while."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from helium.adapters.logins.file import LoginsFile
from helium.adapters.server.access import ServerAccess
from helium.app.fleet_place import server_access
from helium.app.issuer_login import by_code
from helium.settings import Settings
from tests.cli.issuer_server import IssuerServer, issuer_server
from tests.sign_in_issuer import SignInIssuer, signing_in


@pytest.fixture(scope="module")
def shared() -> Iterator[IssuerServer]:
    """One server for the module."""
    with signing_in() as issuer, issuer_server(issuer) as server:
        yield server


@pytest.fixture
def server(shared: IssuerServer) -> IssuerServer:
    """With its issuer as at first, whose tokens are for this server, and whose codes are confirmed."""
    fresh = SignInIssuer(address=shared.issuer.address, keys=shared.issuer.keys)
    fresh.also, fresh.devices = {"aud": shared.address}, {"device-1": "yes"}
    for name in SignInIssuer.__dataclass_fields__:
        setattr(shared.issuer, name, getattr(fresh, name))
    return shared


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    """Those of a person."""
    return Settings.from_env({"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)})


def test_a_command_that_waits_goes_on_with_a_newer_token(server: IssuerServer, own: Settings) -> None:
    """Each is good for fifteen minutes, and `--wait` waits for thirty."""
    server.issuer.given = {"expires_in": 30}
    by_code(own, server=server.address, show=lambda _: None)
    access = server_access(own, server.address, named=True)
    assert isinstance(access, ServerAccess)
    assert "ada@example.com" == access.me()
    first = access.transport.token
    assert "ada@example.com" == access.me()

    assert first != access.transport.token
    assert access.transport.token == LoginsFile(own.config).all()[0].token
