"""What a pass is doing, told while it does it: by the API, by events, and on the pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from helium.core.fleet_record import FleetRecord, Lease
from helium.core.live import Doing, LiveStack
from helium.core.record import Phase
from tests.api.in_process import in_process
from tests.api.serving import World, client
from tests.builders import NOW, record
from tests.fakes import FakeLive, blob_of
from tests.pages.browsers import deps_of
from tests.pages.reader import Reader

FILE = b"owner: ada@example.com\n"
LEASE = Lease("run-1", 3, "host", 7, "boot", NOW + timedelta(minutes=5))
BUCKET = Doing("gcp:storage/bucket:Bucket", "data", 12)


class BusyFleet:
    """One workspace that a pass is creating, and what the pass says of it."""

    def __init__(self) -> None:
        self.world, self.live = World(), FakeLive()
        self.world.repo.land({"workspaces/demo.yaml": FILE})
        known = record("demo", phase=Phase.CREATING, seen_blob=blob_of(FILE), spec_blob=None)
        snapshot = replace(self.world.ledger.snapshot, head="1" * 40, records={"demo": known})
        self.world.ledger.snapshot = snapshot
        self.leased(LEASE)

    def leased(self, lease: Lease | None) -> None:
        """The ledger says that this pass has the lease."""
        snapshot = self.world.ledger.snapshot
        head = f"{int(snapshot.head or '0', 16) + 1:040x}"
        self.world.ledger.snapshot = replace(snapshot, head=head, fleet_record=FleetRecord("acme", lease=lease))

    def says(self, doing: Doing, *, of: int = 14, usual: float = 70.0) -> None:
        """The pass shows what it is doing."""
        self.live.under(LEASE)
        began = NOW - timedelta(seconds=40)
        self.live.show([LiveStack("demo", "create", began, doing, of=of, usual=usual)], now=NOW)


@pytest.fixture
def busy() -> BusyFleet:
    """Such a fleet."""
    return BusyFleet()


@pytest.fixture
def address(busy: BusyFleet) -> Iterator[str]:
    """Where it is served."""
    with in_process(replace(deps_of(busy.world), live=busy.live)) as at:
        yield at


def until_told(address: str, wanted: object) -> object:
    """What the API says, once that is so: it looks a few times a second."""
    with client(address) as caller:
        for _ in range(2000):
            told = caller.get("/workspace/demo").json()["Progress"]
            if told == wanted:
                break
    return told


TOLD = {
    "Kind": "create",
    "Since": "2026-11-24T11:59:20Z",
    "Resource": "Bucket data",
    "Done": 12,
    "Of": 14,
    "UsualSeconds": 70.0,
    "Type": BUCKET.type,
    "Name": BUCKET.name,
}


def test_the_api_tells_what_is_done_while_it_is(busy: BusyFleet, address: str) -> None:
    """Null before and after, and for a pass whose lease was taken over or ran out."""
    assert until_told(address, None) is None
    busy.says(BUCKET)
    assert TOLD == until_told(address, TOLD)
    busy.leased(replace(LEASE, run="run-2", counter=4))
    assert until_told(address, None) is None
    busy.leased(LEASE)
    assert TOLD == until_told(address, TOLD)
    busy.world.now += timedelta(minutes=6)
    assert until_told(address, None) is None


@pytest.mark.parametrize(
    ("doing", "of", "usual", "says"),
    [
        (BUCKET, 14, 70.0, "Creating for 40s (usually 1m10s) · 12 of 14 resources done · now Bucket data"),
        (BUCKET, 14, 30.0, "Creating for 40s (longer than the usual 30s) · 12 of 14 resources done · now Bucket data"),
        (Doing(done=1), 0, 0.0, "Creating for 40s · 1 resource done"),
        (replace(BUCKET, done=15), 14, 0.0, "Creating for 40s · 15 resources done · now Bucket data"),
        (Doing(), 0, 0.0, "Creating for 40s"),
    ],
)
def test_the_pages_tell_it_too(busy: BusyFleet, address: str, doing: Doing, of: int, usual: float, says: str) -> None:
    """What is not known is left out, and more than the last time is no part of it."""
    busy.says(doing, of=of, usual=usual)
    reader = Reader(address)
    told = {**TOLD, "Resource": str(doing), "Type": doing.type, "Name": doing.name, "Done": doing.done, "Of": of}
    until_told(address, {**told, "UsualSeconds": usual})
    page, fleet = reader.open("/workspace/demo"), reader.open("/")

    assert says == page.root.one(class_="doing").one("p").text
    assert (1 if of >= doing.done and of else 0) == len(page.root.all("progress"))
    assert "creating" in fleet.root.one("tr", has="demo").text
    assert str(doing) in fleet.root.one("tr", has="demo").text


def test_each_step_is_another_version_of_the_page(busy: BusyFleet, address: str) -> None:
    """So a page that is open shows it; a second that goes by is not, since the browser runs the clock."""
    reader, versions = Reader(address), []
    for done in (11, 12):
        busy.says(replace(BUCKET, done=done))
        until_told(address, {**TOLD, "Done": done})
        versions.append(reader.open("/workspace/demo").version)
        busy.world.now += timedelta(seconds=1)

    assert 2 == len(set(versions))
    assert [204, 204] == [reader.ask(path, reader.open(path).version).status_code for path in ("/workspace/demo", "/")]
