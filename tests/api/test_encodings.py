"""What people send by hand is read as they mean it, or refused with the reason."""

from __future__ import annotations

import gzip

import pytest

from tests.api.serving import ADMIN, World, client, visitor

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def address(socket_server: str, world: World) -> str:
    """Where the API of the fleet is, on a socket."""
    return socket_server


@pytest.mark.parametrize("body", [b"expiry=+7d", b"Expiry=%2B7d", b"expiry=%207d", b'{"expiry": "+7d"}'])
def test_a_plus_in_a_form_is_a_plus(world: World, address: str, body: bytes) -> None:
    """Of an expiry: curl's `-d expiry=+7d` sends what a form calls a space."""
    world.repo.land({"workspaces/demo.yaml": b"expiry: 2026-12-01\nowner: ada@example.com\n"})
    answer = client(address).request("PATCH", "/workspace/demo", content=body, headers=FORM)

    assert (200, "2026-12-08T23:59:59Z") == (answer.status_code, answer.json()["Expiry"])


def test_a_plus_elsewhere_is_a_space(world: World, address: str) -> None:
    """As forms have it."""
    client(address).post("/workspace", content=b"name=demo&description=a+b", headers=FORM)

    assert "description: a b\n" in world.file("demo")


@pytest.mark.parametrize("packed", ["gzip", "br", "GZIP, identity", "x" * 4000])
def test_a_packed_body_is_refused(world: World, address: str, packed: str) -> None:
    """Whether it is packed or not; and what is not packed may say so."""
    head = world.repo.head()
    sent = {"X-Pach": ADMIN, "Content-Encoding": packed}
    caller = visitor(address, path="/v1/api")
    answers = [
        caller.post("/workspace", content=body, headers=sent)
        for body in (gzip.compress(b'{"name": "demo"}'), b'{"name": "demo"}')
    ]
    plain = caller.post("/workspace", headers={**sent, "Content-Encoding": "identity"})

    assert [(415, "identity"), (415, "identity")] == [
        (each.status_code, each.headers["Accept-Encoding"]) for each in answers
    ]
    assert (202, True) == (plain.status_code, head != world.repo.head())
