"""Small values for the tests of the pure rooms: a name in step with its file, to be bent in one place per test."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from helium.core.fleet import Fleet
from helium.core.fleet_record import FleetRecord, LastPass
from helium.core.observation import Observation, Recipe
from helium.core.order import Order, OrderKind
from helium.core.plan import Overrides, Plan
from helium.core.record import Phase, Record
from helium.core.spec import Spec
from helium.core.stack import Listing, Stack, StackId
from helium.core.workspace import Ownership
from helium.reconcile.diff import diff
from helium.reconcile.guard import guard

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ADDED_AT = NOW - timedelta(days=1)
DEADLINE = NOW + timedelta(days=2)
BACKEND = "gcp-namespace"
FLEET = Fleet("acme")
RECIPE = Recipe("program-1", placement={"cluster": "ci"}, pins={"charts": "1"})
PINS = {"charts": "1", "program": "program-1"}


def stack_id(name: str, backend: str = BACKEND) -> StackId:
    """The id of a stack of the fleet."""
    return StackId.of(FLEET.name, backend, name=name)


def spec(name: str = "a", **changes: Any) -> Spec:
    """A valid spec with the deadline `DEADLINE`."""
    plain = Spec(name, f"workspaces/{name}.yaml", f"blob-{name}", BACKEND, expiry=DEADLINE, owner="ada@example.com")
    return replace(plain, **changes)


def record(name: str = "a", **changes: Any) -> Record:
    """The record of a workspace that is ready and in step with `spec(name)`."""
    plain = Record(
        name=name,
        backend=BACKEND,
        phase=Phase.READY,
        added_at=ADDED_AT,
        deadline=DEADLINE,
        owner="ada@example.com",
        created_at=ADDED_AT,
        updated_at=ADDED_AT,
        seen_blob=f"blob-{name}",
        stack=str(stack_id(name)),
        spec_blob=f"blob-{name}",
        spec_digest=spec(name).digest,
        program="program-1",
        pins=PINS,
        placement=RECIPE.placement,
        observed_at=ADDED_AT,
        lifetime="3d",
    )
    return replace(plain, **changes)


def ownership(name: str = "a", **changes: Any) -> Ownership:
    """The ownership in the stack of `record(name)`."""
    plain = Ownership(FLEET.name, name, BACKEND, "ada@example.com", f"blob-{name}", ADDED_AT, DEADLINE)
    return replace(plain, **changes)


def fleet_record(**changes: Any) -> FleetRecord:
    """The record of a fleet whose last pass was an hour ago."""
    plain = FleetRecord(
        fleet=FLEET.name,
        marker="created",
        accepted="c0",
        seen="c0",
        last_pass=LastPass(NOW - timedelta(hours=1), "c0", 1.0),
    )
    return replace(plain, **changes)


def fleet_of(*names: str, **changes: Any) -> Observation:
    """A fleet in which every name has its file, its record, its stack and its ownership, all in step."""
    observed = Observation(
        fleet=replace(FLEET, sandbox=("gcp", "kubernetes")),
        commit="c1",
        specs={name: spec(name) for name in names},
        listing=Listing(tuple(Stack(stack_id(name)) for name in names), marker=True),
        records={name: record(name) for name in names},
        fleet_record=fleet_record(),
        recipes={BACKEND: RECIPE},
        ownerships={stack_id(name): ownership(name) for name in names},
        descends=True,
    )
    return replace(observed, **changes)


def decided(observed: Observation, *, now: datetime = NOW, overrides: Overrides | None = None) -> Plan:
    """The guarded plan."""
    return guard(diff(observed, now), observed, overrides=overrides or Overrides())


def order(kind: OrderKind = OrderKind.ROLL, *names: str, **changes: Any) -> Order:
    """An order that Ada, who is an admin, gave now, and that is good for two hours."""
    plain = Order(
        id="o-1",
        kind=kind,
        names=names,
        by="ada@example.com",
        actor="ada",
        at=NOW,
        until=NOW + timedelta(hours=2),
        head="1",
        commit="c-1",
    )
    return replace(plain, **changes)
