"""What `helium doctor` says of DNS and of the issuer: real sockets, and names that resolve or do not."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from helium.app.check import Check
from helium.app.doctor_places import DOCUMENT, place_checks
from helium.core.fleet import Fleet

FLEET = Fleet(
    "acme", sandbox=("kubernetes",), backends={"gcp-namespace": {}, "shop": {"backend": "helm", "domain": "no"}}
)


class Issuer(ThreadingHTTPServer):
    """An issuer on loopback. `status` and `body` are its answer."""

    daemon_threads = True
    status, body = 200, b"{}"

    @property
    def url(self) -> str:
        """Its name, with the slash that Auth0 has."""
        return f"http://127.0.0.1:{self.server_address[1]}/"


class _Answers(BaseHTTPRequestHandler):
    server: Issuer

    def do_GET(self) -> None:
        """The same for every path but its document's."""
        self.send_response(self.server.status if self.path == DOCUMENT else 404)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@contextmanager
def issuer() -> Iterator[Issuer]:
    """A running one."""
    server = Issuer(("127.0.0.1", 0), _Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def named(**entry: str) -> Fleet:
    """A fleet whose gcp-namespace says this."""
    return replace(FLEET, backends={**FLEET.backends, "gcp-namespace": entry})


def nowhere(name: str) -> object:
    """No name has an address."""
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def only(found: Iterator[Check]) -> Check:
    """The one check."""
    (check,) = found
    return check


def test_a_domain_with_a_wildcard_is_well_and_one_without_is_named() -> None:
    """A name that no workspace has is asked for, so only a wildcard answers."""
    asked: list[str] = []
    well = only(place_checks(named(domain="ws.example.com"), resolve=asked.append))
    wrong = only(place_checks(named(domain="ws.example.com"), resolve=nowhere))

    assert (True, ["helium-doctor.ws.example.com"]) == (well.ok, asked)
    assert (False, "dig helium-doctor.ws.example.com") == (wrong.ok, wrong.command)
    assert "add a wildcard record *.ws.example.com" in wrong.sentence


def test_an_issuer_is_well_under_exactly_its_own_name() -> None:
    """Auth0's has a slash at its end; without it, every login fails much later."""
    with issuer() as server:
        server.body = json.dumps({"issuer": server.url}).encode()
        well = only(place_checks(named(auth0Domain=server.url)))
        wrong = only(place_checks(named(auth0Domain=server.url.rstrip("/"))))

    assert well.ok, well.sentence
    assert (False, True) == (wrong.ok, "set auth0Domain to exactly that" in wrong.sentence)
    assert repr(server.url) in wrong.sentence


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [(404, b"{}", "answered 404"), (200, b"<html>", "the issuer is"), (200, b"[1]", "the issuer is")],
)
def test_what_is_no_issuer_is_named(status: int, body: bytes, says: str) -> None:
    """A page of somebody else's, or none."""
    with issuer() as server:
        server.status, server.body = status, body
        check = only(place_checks(named(auth0Domain=server.url)))

    assert (False, True) == (check.ok, says in check.sentence)
    assert check.command.startswith("curl -i http://127.0.0.1")


def test_an_issuer_that_is_away_is_named() -> None:
    """Nothing listens there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    check = only(place_checks(named(auth0Domain=url)))

    assert (False, True) == (check.ok, "does not answer" in check.sentence)


def test_the_sandbox_needs_neither() -> None:
    """Nor do backends that are not gcp-namespace."""
    assert [] == list(place_checks(replace(named(domain="x.example.com"), sandbox=("gcp", "kubernetes"))))
    assert [] == list(place_checks(FLEET))
