"""Breaks Pulumi's lock on one workspace's stack, because a person says that nobody is at work on it."""

from __future__ import annotations

from collections.abc import Sequence

from helium.app.open_fleet import OpenFleet
from helium.core.record import Record
from helium.core.stack import Stack, StackId
from helium.errors import NotFoundError


def unlock(fleet: OpenFleet, name: str) -> None:
    """`NotFoundError` where neither ledger nor state has it."""
    record = fleet.ledger.read().records.get(name)
    with fleet.ports() as ports:
        stack = record.stack_id if isinstance(record, Record) else _listed(name, ports.engine.observe().stacks)
        ports.engine.unlock(stack)


def _listed(name: str, stacks: Sequence[Stack]) -> StackId:
    listed = next((stack.id for stack in stacks if stack.id.name == name), None)
    if listed is None:
        raise NotFoundError(name)
    return listed
