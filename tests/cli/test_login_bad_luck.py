"""Signing in from the command line at a server, or an issuer, that lies; and what comes of it after a while."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest

from helium.adapters.logins.file import LoginsFile
from helium.adapters.logins.issuer import CommandLineIssuer
from helium.adapters.logins.loopback import listening
from helium.adapters.server.access import ServerAccess
from helium.app.fleet_place import server_access
from helium.app.issuer_login import by_browser, by_code, renewed
from helium.app.login import leave
from helium.core.server_login import IssuerClient, ServerLogin
from helium.errors import SourceError, UsageError
from helium.settings import Settings
from tests.cli.issuer_server import IssuerServer, as_at_first, issuer_server
from tests.sign_in_issuer import CLI, signing_in


@pytest.fixture(scope="module")
def shared() -> Iterator[IssuerServer]:
    """One server for the module."""
    with signing_in() as issuer, issuer_server(issuer) as server:
        yield server


@pytest.fixture
def server(shared: IssuerServer) -> IssuerServer:
    """With its issuer as at first, whose tokens are for this server, and whose codes are confirmed."""
    return as_at_first(shared, confirmed=True)


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


@pytest.mark.parametrize(
    "place",
    [
        "file:///etc/passwd",
        "http://issuer.example.com/authorize",
        "--new-window",
        "https://issuer.example.com/\x1b]0;owned\x07",
        "\x1b[31mhttps://issuer.example.com/",
        "https://[",
    ],
)
def test_a_browser_is_sent_to_no_other_kind_of_address(server: IssuerServer, place: str) -> None:
    """A server names its issuer, and that one says where the browser goes; the terminal shows it too."""
    now, issuer = datetime.now(UTC), server.issuer
    asks: dict[str, Callable[[CommandLineIssuer], object]] = {
        "authorization_endpoint": lambda asked: asked.begin("http://127.0.0.1:1/callback"),
        "device_authorization_endpoint": lambda asked: asked.device(now),
        "token_endpoint": lambda asked: asked.renew("refresh-1", now=now),
    }
    for name, ask in asks.items():
        issuer.about = {name: place}
        with pytest.raises(SourceError, match="which is not https"):
            ask(CommandLineIssuer(IssuerClient(issuer=issuer.address, client_id=CLI)))
    issuer.about, code = {}, {"device_code": "d", "user_code": "c", "expires_in": 60, "verification_uri": place}
    issuer.answers["/device"] = (200, code)
    with pytest.raises(SourceError, match=r"which is not https|cannot be shown"):
        CommandLineIssuer(IssuerClient(issuer=issuer.address, client_id=CLI)).device(now)


def test_a_broken_connection_to_the_waiting_port_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """Everybody on this machine may call it, and send what is no request."""
    with listening(0) as loopback:
        waiting = Thread(target=lambda: loopback.wait("right", seconds=60))
        waiting.start()
        for sent in (b"GET /", b"GET //[ HTTP/1.1\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", loopback.server.server_port)) as caller:
                caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                caller.sendall(sent)
        assert 200 == httpx.get(f"{loopback.redirect}?state=right&code=c", timeout=30).status_code
        waiting.join(60)

    assert "" == capfd.readouterr().err


@contextmanager
def listener() -> Iterator[tuple[str, list[str]]]:
    """A proxy that takes everything and passes nothing on: its address, and what it was asked for."""
    heard: list[str] = []

    class ListeningHandler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_response(502)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    proxy = HTTPServer(("127.0.0.1", 0), ListeningHandler)
    Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{proxy.server_port}", heard
    proxy.shutdown()
    proxy.server_close()


def test_a_proxy_hears_nothing_of_a_server_on_this_machine(server: IssuerServer, tmp_path: Path) -> None:
    """Without https it could read the token; nor does a netrc's password take the place of that."""
    (netrc := tmp_path / "netrc").write_text("machine 127.0.0.1 login eve password wrong\n")
    with listener() as (proxy, heard):
        known = {name: text for name, text in os.environ.items() if name.lower() != "no_proxy"}
        proxies = {"HTTP_PROXY": proxy, "http_proxy": proxy, "ALL_PROXY": proxy}
        signed_in = subprocess.run(
            (sys.executable, "-m", "helium", "login", server.address, "--no-browser"),
            env={**known, **proxies, "NETRC": str(netrc), "XDG_CONFIG_HOME": str(tmp_path), "HELIUM_SERVER": ""},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    assert (0, []) == (signed_in.returncode, heard), signed_in.stderr


def test_a_renewal_that_is_under_way_signs_nobody_in_again(server: IssuerServer, own: Settings) -> None:
    """A sign-out waits for it, and takes away what it got; a command that still runs gets nothing any more."""
    server.issuer.given = {"expires_in": 30}
    old = by_code(own, server=server.address, show=lambda _: None)
    store, left = LoginsFile(own.config), list[ServerLogin]()
    leaving = Thread(target=lambda: left.append(leave(own)[0]))
    with store.turn(old.server):
        leaving.start()
        # Long enough for a sign-out that waits for nobody.
        leaving.join(0.5)
        store.keep(replace(old, refresh="newer"), current=False)
    leaving.join(60)

    assert (["newer"], ["newer"], ()) == ([each.refresh for each in left], server.issuer.revoked, store.all())
    with pytest.raises(UsageError, match="You signed out of"):
        renewed(own, old)
    assert () == store.all()


def test_a_server_gets_nothing_that_another_one_takes(server: IssuerServer, own: Settings) -> None:
    """Or whoever calls themselves a Helium could act at the real one for everybody who signs in to theirs."""
    by_code(own, server=server.address, show=lambda _: None)
    store = LoginsFile(own.config)
    real = replace(store.all()[0], server="https://helium.example.com")
    store.drop(server.address)
    store.keep(real)
    asked_before = len(server.issuer.forms)
    for sign_in in (by_code, by_browser):
        with pytest.raises(UsageError, match=r"what https://helium\.example\.com takes too"):
            sign_in(own, server=server.address, show=lambda *_: None)

    assert (asked_before, (real,)) == (len(server.issuer.forms), store.all())
    store.drop(real.server)
    assert server.address == by_code(own, server=server.address, show=lambda _: None).server
