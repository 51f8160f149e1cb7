"""Small values for the tests of the pure rooms: a name in step with its file, to be bent in one place per test."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from helium.core.facts import Facts, Recipe
from helium.core.fleet import Fleet
from helium.core.plan import Overrides, Plan
from helium.core.record import Phase, Record
from helium.core.register import LastPass, Register
from helium.core.spec import Spec
from helium.core.stack import Listing, Stack, StackId
from helium.core.workspace import Mark
from helium.reconcile.diff import diff
from helium.reconcile.guard import guard

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BORN = NOW - timedelta(days=1)
DEADLINE = NOW + timedelta(days=2)
BACKEND = "gcp-namespace"
FLEET = Fleet("acme")
RECIPE = Recipe("program-1", place={"cluster": "ci"}, make={"charts": "1"})
MAKE = {"charts": "1", "program": "program-1"}


def stack_id(name: str, backend: str = BACKEND) -> StackId:
    """The id of a stack of the fleet."""
    return StackId.of(FLEET.name, backend, name=name)


def spec(name: str = "a", **changes: Any) -> Spec:
    """A valid spec that lives until `DEADLINE`."""
    plain = Spec(name, f"workspaces/{name}.yaml", f"blob-{name}", BACKEND, expiry=DEADLINE, owner="ada@example.com")
    return replace(plain, **changes)


def record(name: str = "a", **changes: Any) -> Record:
    """The record of a workspace that is ready and in step with `spec(name)`."""
    plain = Record(
        name=name,
        backend=BACKEND,
        phase=Phase.READY,
        born=BORN,
        deadline=DEADLINE,
        owner="ada@example.com",
        created_at=BORN,
        updated_at=BORN,
        seen_blob=f"blob-{name}",
        stack=str(stack_id(name)),
        spec_blob=f"blob-{name}",
        spec_digest=spec(name).digest,
        program="program-1",
        make=MAKE,
        place=RECIPE.place,
        made_at=BORN,
        lifetime="3d",
    )
    return replace(plain, **changes)


def mark(name: str = "a", **changes: Any) -> Mark:
    """The mark in the stack of `record(name)`."""
    plain = Mark(FLEET.name, name, BACKEND, "ada@example.com", f"blob-{name}", BORN, DEADLINE)
    return replace(plain, **changes)


def register(**changes: Any) -> Register:
    """The register of a fleet that passed an hour ago."""
    plain = Register(
        fleet=FLEET.name,
        marker="made",
        accepted="c0",
        seen="c0",
        last_pass=LastPass(NOW - timedelta(hours=1), "c0", 1.0),
    )
    return replace(plain, **changes)


def fleet_of(*names: str, **changes: Any) -> Facts:
    """A fleet in which every name has its file, its record, its stack and its mark, all in step."""
    facts = Facts(
        fleet=replace(FLEET, sandbox=("gcp", "kubernetes")),
        commit="c1",
        specs={name: spec(name) for name in names},
        listing=Listing(tuple(Stack(stack_id(name), 5) for name in names), marker=True),
        records={name: record(name) for name in names},
        register=register(),
        recipes={BACKEND: RECIPE},
        marks={stack_id(name): mark(name) for name in names},
        descends=True,
    )
    return replace(facts, **changes)


def decided(facts: Facts, *, now: datetime = NOW, overrides: Overrides | None = None) -> Plan:
    """The guarded plan."""
    return guard(diff(facts, now), facts, overrides=overrides or Overrides())
