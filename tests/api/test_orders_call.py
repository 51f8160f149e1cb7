"""Orders over the API: what is offered to whom, and that what was seen is ordered once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from helium.core.order import Order
from tests.api.in_process import in_process
from tests.api.serving import ADA, ADMIN, BOB, FLEET, READER, World, client
from tests.api.test_held import NAMES, WHY, held_world
from tests.pages.browsers import deps_of

PATH = "/workspace/h1/orders"


@pytest.fixture
def world() -> World:
    """Seven workspaces whose deletion is held, and whose admin is Root."""
    world = held_world()
    world.repo.land({"helium.yaml": FLEET + b"admins: [root@example.com]\n"})
    return world


@pytest.fixture
def address(world: World) -> Iterator[str]:
    """Where its API is."""
    with in_process(deps_of(world)) as at:
        yield at


def given(world: World) -> list[Order]:
    """What was ordered."""
    return [each for each in world.ledger.snapshot.orders.values() if isinstance(each, Order)]


def test_what_is_offered_is_ordered_once(world: World, address: str) -> None:
    """With all that it lets go; sent again, it is the same order, which everybody can read."""
    caller = client(address)
    (offer,) = caller.get(PATH).json()["Offers"]
    assert ("release", list(NAMES), True) == (offer["Kind"], offer["Names"], offer["Destroys"])
    assert (True, "2026-11-24T11:00:00Z") == (offer["Why"].startswith(WHY[:40]), offer["Since"])
    sent = {"kind": "release", "seen": offer["Seen"], "why": "it is over"}
    first, again = (caller.post(PATH, params=sent) for _ in range(2))

    assert ((202, 202), first.json()) == ((first.status_code, again.status_code), again.json())
    assert ("waiting", "root@example.com", "it is over") == tuple(first.json()[key] for key in ("Status", "By", "Why"))
    assert [first.json()] == client(address, BOB).get(PATH).json()["Orders"]
    assert 1 == len(given(world))


@pytest.mark.parametrize("token", [ADA, BOB, READER])
def test_others_are_offered_nothing_and_order_nothing(world: World, address: str, token: str) -> None:
    """They read why."""
    answer = client(address, token).get(PATH).json()
    seen = client(address).get(PATH).json()["Offers"][0]["Seen"]
    refused = client(address, token).post(PATH, params={"kind": "release", "seen": seen})

    assert ([], True) == (answer["Offers"], answer["WhyNot"].startswith("Only an admin may do that."))
    assert (403, []) == (refused.status_code, given(world))


def test_an_admin_whom_main_does_not_name_orders_nothing(world: World, address: str) -> None:
    """The scope of a token alone lets nothing go."""
    seen = client(address).get(PATH).json()["Offers"][0]["Seen"]
    world.repo.land({"helium.yaml": FLEET})
    refused = client(address, ADMIN).post(PATH, params={"kind": "release", "seen": seen})

    assert (403, []) == (refused.status_code, given(world))
    assert "Nobody may, until admins in helium.yaml on main names somebody." in refused.json()["detail"]


@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        (PATH, {"kind": "release", "seen": "0" * 32}, 412),
        (PATH, {"kind": "unlock", "seen": "0" * 32}, 412),
        (PATH, {"kind": "release"}, 422),
        (PATH, {"kind": "\x00", "seen": "/../" * 500}, 412),
        ("/workspace/never/orders", {"kind": "release", "seen": "0" * 32}, 404),
    ],
)
def test_what_nobody_was_shown_is_not_ordered(
    world: World, address: str, path: str, sent: dict[str, str], status: int
) -> None:
    """A guess, half a request, and a name that is not there."""
    assert (status, []) == (client(address).post(path, params=sent).status_code, given(world))


def test_a_reason_that_is_too_long_is_a_sentence(world: World, address: str) -> None:
    """And nothing is ordered."""
    seen = client(address).get(PATH).json()["Offers"][0]["Seen"]
    answer = client(address).post(PATH, params={"kind": "release", "seen": seen, "why": "x" * 600})

    assert (422, []) == (answer.status_code, given(world))
    assert "at most 500 characters" in answer.json()["detail"]
