"""Fleets to look at: one small and telling, one of any size, and one that is empty."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from helium.core.fleet_record import FleetRecord, LastPass
from helium.core.log_line import LogLine
from helium.core.record import Held, Phase, Record
from helium.core.spec import Removal
from helium.ports.ledger import Snapshot
from tests.api.serving import World
from tests.builders import NOW, record
from tests.fakes import blob_of

PLACE = {"cluster": "ci-cluster", "zone": "us-east1-b", "project": "acme-demo", "domain": "ws.acme.example"}
TAKES = {"memoryGiB": Decimal("1.293945"), "storageGiB": Decimal(31), "vCPU": Decimal("0.35")}
PEOPLE = ("ada", "bob", "grace", "linus", "margaret", "edsger", "barbara")

_LABELS = "labels: {team: field, customer: globex}\n"
PATHS = (
    "/",
    "/?q=nothing",
    "/new",
    "/next",
    "/usage",
    "/me",
    "/workspace/lynx-a7f20c",
    "/workspace/caribou-x3k9q2/edit",
    "/workspace/spoilt",
    "/workspace/never-was",
    "/nowhere",
)
"""One address of each kind of page, with the ones that show an error and those that are not there."""


def acme(now: datetime = NOW) -> World:
    """One workspace in each status, as a company might have them on a Tuesday."""
    world = World(now=now)
    for name, text, changes in _rows(now):
        add(world, name, text=text, **changes)
    world.repo.land(
        {"workspaces/spoilt.yaml": b"expiry: someday\npachdVersion: 2.10\n"}, author="Bob <bob@example.com>"
    )
    world.repo.land({"workspaces/old-benchmark.yaml": None}, message="Remove old-benchmark")
    _remember(world, now)
    return world


def many(count: int, now: datetime = NOW) -> World:
    """That many workspaces, in every phase, of a few people."""
    world = World(now=now)
    phases = (*[Phase.READY] * 8, Phase.FAILED, Phase.UPDATING)
    files: dict[str, bytes | None] = {}
    records = {}
    for number in range(count):
        name, owner = f"team{number % 40:02}-{number:05}", f"{PEOPLE[number % 7]}@example.com"
        deadline = now + timedelta(minutes=37 * number - 600)
        data = f"expiry: {deadline:%Y-%m-%dT%H:%M:%SZ}\nowner: {owner}\n".encode()
        files[f"workspaces/{name}.yaml"] = data
        records[name] = _record(name, data, deadline=deadline, owner=owner, phase=phases[number % len(phases)])
    world.repo.land(files)
    world.ledger.snapshot = Snapshot("0" * 40, _fleet_record(now), records, {})
    return world


def add(world: World, name: str, *, text: str, **changes: object) -> None:
    """A file on main, and the record that a pass wrote of it; `record=None` for one that no pass has seen."""
    data = text.encode()
    world.repo.land({f"workspaces/{name}.yaml": data}, message=f"Add {name}", author="ada <ada@example.com>")
    if changes.pop("unseen", False):
        return
    known = _record(name, data, **changes)
    world.ledger.snapshot = replace(world.ledger.snapshot, records={**world.ledger.snapshot.records, name: known})


def _record(name: str, data: bytes, **changes: object) -> Record:
    blob = blob_of(data)
    plain = record(name, seen_blob=blob, spec_blob=blob, placement=PLACE, outputs={"pachdIp": "203.0.113.7"})
    plain = replace(plain, amounts=TAKES)
    return replace(plain, **changes)  # type: ignore[arg-type]


def _rows(now: datetime) -> list[tuple[str, str, dict[str, object]]]:
    def text(days: float, owner: str, why: str, more: str = "") -> str:
        at = now + timedelta(days=days)
        return f'expiry: {at:%Y-%m-%dT%H:%M:%SZ}\nowner: {owner}@example.com\ndescription: "{why}"\n{more}'

    def row(days: float, owner: str, **changes: object) -> dict[str, object]:
        return {"deadline": now + timedelta(days=days), "owner": f"{owner}@example.com", **changes}

    values = 'pachdVersion: "2.3.9"\nvalues:\n  pachd:\n    resources:\n      requests: {cpu: 1, memory: 2Gi}\n'
    wait = now + timedelta(minutes=8)
    gone = Removal("old-benchmark", "f" * 40, now - timedelta(minutes=4), origin="request")
    held = Held(now - timedelta(hours=2), "9 destroys in 24 hours, more than the limit of 5")
    error = "the chart pachyderm 2.9.9 is not in the repository; write a version that is"
    return [
        ("caribou-x3k9q2", text(2.4, "ada", "Quarterly review for Northwind", values), row(2.4, "ada")),
        ("otter-demo", text(0.3, "grace", "Booth demo", _LABELS), row(0.3, "grace", reason="its file is new")),
        ("heron-training", text(12, "margaret", "Notebook training, 40 seats"), row(12, "margaret", protected=True)),
        ("lynx-a7f20c", text(3, "bob", "Try the new chart", 'helmVersion: "2.9.9"\n'), row(
            3, "bob", phase=Phase.FAILED, spec_blob=None, error=error, attempts=3, next_attempt_at=wait)),
        ("marmot-upgrade", text(5, "ada", "Upgrade path 2.2 to 2.3", _LABELS), row(
            5, "ada", phase=Phase.UPDATING, spec_blob="0" * 40, reason="its file changed")),
        ("puffin-fresh", text(3, "linus", "First look"), {"unseen": True}),
        ("walrus-late", text(-0.2, "edsger", "Hackathon"), row(-0.2, "edsger", held=held)),
        ("old-benchmark", text(1, "barbara", "Benchmarks"), row(
            1, "barbara", phase=Phase.DELETING, removed=gone, reason="its file was removed in ffffffffff")),
    ]  # fmt: skip


def _fleet_record(now: datetime, accepted: str | None = None) -> FleetRecord:
    counts = {"create": 1, "update": 1, "destroy": 0, "keep": 7, "held": 1}
    last = LastPass(now - timedelta(minutes=4), "c" * 40, 41.7, counts, "run-812", "https://ci.acme.example/runs/812")
    return FleetRecord("acme", marker="created", accepted=accepted, last_pass=last)


def _remember(world: World, now: datetime) -> None:
    added_at = now - timedelta(days=1)
    world.ledger.snapshot = replace(
        world.ledger.snapshot, head="1" * 40, fleet_record=_fleet_record(now, world.repo.head())
    )
    world.ledger.lines = [
        LogLine(added_at, "caribou-x3k9q2", "new-file", "created in 42 s", added_at, "a" * 40, by="ada <ada@x.io>"),
        LogLine(
            now - timedelta(hours=3), "caribou-x3k9q2", "spec-changed", "updated in 12 s", added_at, "b" * 40,
            by="ada <ada@x.io>", run="run-801"),
        LogLine(
            now - timedelta(minutes=20), "lynx-a7f20c", "new-file",
            "failed: the chart pachyderm 2.9.9 is not in the repository", added_at, "d" * 40),
    ]  # fmt: skip
