"""What a visitor reads of a fleet, and that an error on a page is a page, whoever meets it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from helium.core.fleet_record import Pause
from tests.api.in_process import in_process
from tests.api.serving import ADMIN, READER, World, visitor
from tests.pages.browsers import deps_of
from tests.pages.test_sessions import cookie, entered, nonce


def test_what_a_visitor_reads_of_a_fleet(world: World) -> None:
    """Neither its name, nor why it is paused and by whom, nor what is wrong with its files."""
    why = "incident at customer ACME, see SEC-42"
    world.repo.land({"helium.yaml": b"flet: acme\n"})
    pause = Pause("Root <root@example.com>", why, world.now, None)
    snapshot = world.ledger.snapshot
    assert snapshot.fleet_record is not None
    world.ledger.snapshot = replace(snapshot, head="7" * 40, fleet_record=replace(snapshot.fleet_record, pause=pause))
    with in_process(deps_of(world)) as address, visitor(address) as client:
        known = client.get("/", headers=entered()[0]).text
        form = client.get("/sign-in")
        wrong = {"token": "wrong-one", "nonce": nonce(form)}
        headers = {**cookie(form), "Sec-Fetch-Site": "same-origin"}
        read = [form.text, client.post("/sign-in", data=wrong, headers=headers).text]
        read += [client.get(path, headers={"Accept": "text/html"}).text for path in ("/nowhere", "/schema", "/readyz")]
        read.append(client.get("/metrics").text)

    assert why in known
    for text in read:
        assert [] == [each for each in ("acme", why, "root@example.com", "flet", "helium_workspaces") if each in text]


PAGES_ERRORS: tuple[tuple[str, str, dict[str, str], int], ...] = (
    ("/new", READER, {"Sec-Fetch-Site": "same-origin"}, 403),
    ("/workspace/caribou-x3k9q2/delete", READER, {"Sec-Fetch-Site": "same-origin"}, 403),
    ("/workspace/caribou-x3k9q2/restore", READER, {"Sec-Fetch-Site": "same-origin"}, 403),
    ("/pause", READER, {"Sec-Fetch-Site": "same-origin"}, 403),
    ("/new", ADMIN, {"Origin": "https://evil.example"}, 403),
    ("/new", ADMIN, {"Origin": "http://["}, 403),
    ("/new", "", {"Sec-Fetch-Site": "same-origin"}, 403),
    ("/sign-in", "", {"Sec-Fetch-Site": "same-origin"}, 403),
    ("/sign-out", "", {"Sec-Fetch-Site": "same-origin"}, 403),
    ("/new", ADMIN, {"Sec-Fetch-Site": "same-origin", "Host": "["}, 400),
    ("/new", ADMIN, {"Sec-Fetch-Site": "same-origin", "Host": "a.ws.acme.example"}, 421),
)


@pytest.mark.parametrize(("path", "token", "sent", "status"), PAGES_ERRORS)
def test_an_error_on_a_page_is_a_page(path: str, token: str, sent: dict[str, str], status: int) -> None:
    """Who may only read, an old form, another site, another host: a sentence with a way back, never JSON."""
    world = World()
    world.repo.land({"helium.yaml": b"fleet: acme\nbackends:\n  gcp-namespace: {domain: ws.acme.example}\n"})
    headers, known = entered(token) if token else ({}, "x")
    with in_process(deps_of(world)) as address, visitor(address) as client:
        client.get("/v1/api/workspaces", headers={"X-Pach": ADMIN})
        form = {"nonce": known, "name": "x", "confirm": "caribou-x3k9q2", "why": "x"}
        answer = client.post(path, data=form, headers={**headers, **sent})

    assert (status, "text/html; charset=utf-8") == (answer.status_code, answer.headers["Content-Type"])
    assert "<h1>" in answer.text
    assert "To the fleet" in answer.text


def test_too_much_in_a_form_is_a_page_too(application: str) -> None:
    """And no page of the framework's."""
    headers, known = entered()
    with visitor(application) as client:
        form = {"nonce": known, "description": "x" * 200_000}
        answer = client.post("/new", data=form, headers={**headers, "Sec-Fetch-Site": "same-origin"})

    assert (413, True) == (answer.status_code, "<h1>Too large" in answer.text)


def test_the_api_is_shown_without_a_cdn(application: str) -> None:
    """Every call with what it takes, from this host alone."""
    with visitor(application) as client:
        page, described = client.get("/schema").text, client.get("/schema/openapi.json").json()

    for path in described["paths"]:
        assert path in page
    assert "Idempotency-Key" in page
    assert [] == re.findall(r'(?:src|href)="(?!/|#)[^"]*"', page)
    assert "<style" not in page
