"""An issuer that is slow, or answers one question with nothing that can be read: whom that stops, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

from helium.adapters.oidc.issuer_call import IssuerRequest, called
from helium.adapters.oidc.issuer_keys import LARGEST
from helium.adapters.oidc.sign_ins import OidcSignIns
from tests.api.in_process import in_process
from tests.api.serving import World
from tests.pages.issuer_fleet import KEY, IssuerFleet, deps, issuer_fleet, sent_back, settings, signed_in
from tests.sign_in_issuer import SECRET, SignInIssuer, signing_in


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[IssuerFleet]:
    """One process."""
    with signing_in() as issuer, issuer_fleet(issuer, tmp_path) as fleet:
        yield fleet


def test_a_page_of_a_firewall_stops_nobody_else(fleet: IssuerFleet) -> None:
    """Whoever comes back with a code that it takes for an attack could keep everybody out otherwise."""
    with fleet.visitor() as eve, fleet.visitor() as ada:
        back = sent_back(eve.get("/sign-in/issuer"))
        fleet.issuer.answers["/token"] = (403, b"<html>This request looks like an attack.")
        assert 503 == eve.get(back).status_code
        fleet.issuer.answers.clear()
        assert 200 == signed_in(ada).status_code


def test_an_access_token_counts_while_only_its_keys_are_known(fleet: IssuerFleet) -> None:
    """It needs nothing else of an issuer that is away, which somebody who signs in sees first."""
    token = {"Authorization": f"Bearer {fleet.issuer.access_token()}"}
    with fleet.visitor() as ada:
        assert 200 == ada.get("/v1/api/me", headers=token).status_code
        back = sent_back(ada.get("/sign-in/issuer"))
        fleet.issuer.away = True
        assert 503 == ada.get(back).status_code
        assert 503 == ada.get("/sign-in/issuer").status_code
        assert 200 == ada.get("/v1/api/me", headers=token).status_code


def test_nobody_waits_for_a_slow_renewal_while_what_was_read_counts() -> None:
    """It goes on meanwhile, and the next request has what it brought."""
    world, goes_on, slow = World(), Event(), list[bool]()

    def call(request: IssuerRequest) -> tuple[int, bytes]:
        if slow:
            goes_on.wait(60)
        return called(request)

    world.now = datetime.now(UTC)
    with signing_in() as issuer:
        world.repo.land({"helium.yaml": settings(issuer.address)})
        with in_process(replace(deps(world), sign_ins=OidcSignIns(SECRET, KEY, call=call))) as address:
            fleet = IssuerFleet(world, issuer, [address])
            with fleet.visitor() as ada:
                signed_in(ada)
                fleet.wait(timedelta(minutes=11))
                slow.append(True)
                assert 200 == ada.get("/next").status_code
                assert not goes_on.is_set()
                goes_on.set()
                assert 200 == ada.get("/next").status_code
                assert 1 == renewals(issuer)


def renewals(issuer: SignInIssuer) -> int:
    """How often it was asked for one."""
    return [each["grant_type"] for each in issuer.forms].count("refresh_token")


def test_an_answer_without_an_end_is_left() -> None:
    """Before it is read whole."""
    ends = Event()

    class EndlessHandler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b" " * (LARGEST + 100_000))
            ends.wait(60)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), EndlessHandler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    with pytest.raises(OSError, match="answers too much"):
        called(IssuerRequest(f"http://127.0.0.1:{server.server_port}/token", {}, {"code": "c"}))
    ends.set()
    server.shutdown()
    server.server_close()
