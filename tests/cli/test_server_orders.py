"""Orders that a server gives for whom it has signed in: the fake's contract, which also holds for the ledger itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from helium.adapters.specs import YamlSpecs
from helium.app.open_fleet import open_fleet
from helium.app.server_orders import ServerOrders
from helium.core.order import Order, OrderKind
from helium.core.order_draft import OrderDraft, OrderGiver
from helium.errors import NotFoundError, RefusedError, UsageError
from helium.ports.ledger import Snapshot
from helium.ports.order_book import OrderBook
from helium.settings import Settings
from tests.api.serving import FLEET
from tests.backend_rules import GCP
from tests.builders import NOW, record
from tests.cli.conftest import CommandLineFleet
from tests.fakes import FakeLedger, FakeOrderBook, FakeRepo

ADMINS = "admins: [ada@example.com]\n"
ADA, BOB = OrderGiver("ada@example.com", "Ada <ada@example.com>"), OrderGiver("bob@example.com", "Bob")
RELEASE = OrderDraft(
    kind=OrderKind.RELEASE, names=("plain",), argument="0" * 16, why="it is over", id="seen-1", saw="s"
)


@dataclass(frozen=True)
class Book:
    """A book, and what its ledger has."""

    orders: OrderBook
    known: Callable[[], dict[str, Order]]


@pytest.fixture
def fake() -> Book:
    """In memory."""
    repo, ledger = FakeRepo(), FakeLedger()
    repo.land({"helium.yaml": FLEET + ADMINS.encode(), "workspaces/plain.yaml": b""})
    ledger.snapshot = replace(Snapshot(), head="1" * 40, records={"plain": record("plain")})
    book = FakeOrderBook(repo, ledger, YamlSpecs({"gcp-namespace": GCP}), lambda: NOW)
    return Book(book, lambda: {id: each for id, each in ledger.read().orders.items() if isinstance(each, Order)})


@pytest.fixture
def real(up: CommandLineFleet) -> Book:
    """In a real repository."""
    up.land("helium.yaml", (up.folder / "helium.yaml").read_text() + ADMINS)
    settings = replace(Settings.here(), environ=dict(up.env))
    opened = open_fleet(up.folder, settings)

    def known() -> dict[str, Order]:
        return {id: each for id, each in opened.ledger.read().orders.items() if isinstance(each, Order)}

    return Book(ServerOrders(lambda: open_fleet(up.folder, settings)), known)


@pytest.fixture(params=["fake", "real"])
def book(request: pytest.FixtureRequest) -> Book:
    """Each of the two."""
    found: Book = request.getfixturevalue(request.param)
    return found


def test_an_order_is_written_with_who_gave_it_and_what_they_saw(book: Book) -> None:
    """By the mail and the name of whom the server signed in, whoever runs the server."""
    given = book.orders.give(RELEASE, ADA)
    (order,) = book.known().values()

    assert (given, "seen-1", "s") == (order, order.id, order.saw)
    assert (("plain",), "0" * 16, "it is over") == (order.names, order.argument, order.why)
    assert ("ada@example.com", "Ada <ada@example.com>", "") == (order.by, order.actor, order.run)


def test_the_same_press_is_one_order(book: Book) -> None:
    """Whoever comes second, also another admin, finds that of the first."""
    first = book.orders.give(RELEASE, ADA)

    assert first == book.orders.give(replace(RELEASE, why="again"), ADA)
    assert 1 == len(book.known())


def test_only_whom_main_names_gives_orders(book: Book) -> None:
    """Whatever the server thinks of them."""
    with pytest.raises(RefusedError, match=r"bob@example\.com may not give orders"):
        book.orders.give(RELEASE, BOB)

    assert {} == book.known()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"names": ("nobody",)}, NotFoundError),
        ({"argument": "all"}, UsageError),
        ({"why": "two\nlines"}, UsageError),
        ({"why": "x" * 600}, UsageError),
        ({"kind": OrderKind.UNLOCK, "names": ()}, UsageError),
    ],
)
def test_what_makes_no_sense_is_refused(book: Book, changes: dict[str, object], error: type[Exception]) -> None:
    """And nothing is written."""
    with pytest.raises(error):
        book.orders.give(replace(RELEASE, **changes), ADA)  # type: ignore[arg-type]

    assert {} == book.known()
