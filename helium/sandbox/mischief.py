"""Makes the faults that somebody asked for happen, before or after the cloud acts.

The only place where the sandbox waits, lies or kills itself. Does nothing that no line asked for.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

from helium.sandbox.errors import CloudError, Kind
from helium.sandbox.faults import Action, Call, Fault, due, read
from helium.sandbox.model import Properties
from helium.sandbox.seals import plain
from helium.sandbox.store import Store


class Mischief:
    """The faults of a folder's file, and those that the process was started with."""

    def __init__(self, store: Store, lines: tuple[str, ...] = ()) -> None:
        self._store = store
        self._started_with = read(lines)

    @contextmanager
    def around(self, call: Call, inputs: Properties, *, stopped: Event) -> Iterator[None]:
        """Do to this call what is asked for; CloudError where that is to fail. `stopped` ends a wait."""
        struck = tuple(self._due(call))
        for fault in struck:
            _before(fault, call, inputs, stopped)
        yield
        if any(fault.action is Action.DIE_AFTER for fault in struck):
            _die()

    def _due(self, call: Call) -> Iterator[Fault]:
        faults = (*self._started_with, *read(self._store.fault_lines()))
        matching = (fault for fault in faults if fault.matches(call))
        return due((fault, self._store.count(fault.key) if fault.ordinal else 0) for fault in matching)


def _before(fault: Fault, call: Call, inputs: Properties, stopped: Event) -> None:
    if fault.action is Action.SLOW and stopped.wait(fault.seconds):
        raise CloudError(Kind.CANCELLED, f"{call.operation} of {call.token} {call.name} was called off")
    if fault.action is Action.UNREACHABLE:
        raise CloudError(
            Kind.UNAVAILABLE, f"the cloud cannot be reached for {call.operation} of {call.token}"
        )
    if fault.action is Action.FAIL:
        raise CloudError(
            Kind.UNKNOWN, fault.message or f"{call.operation} of {call.name} fails, as “{fault.line}” asks"
        )
    if fault.action is Action.ECHO:
        shown = json.dumps(plain(inputs), sort_keys=True)
        raise CloudError(Kind.INVALID, f"{call.operation} of {call.token} {call.name} refused: {shown}")
    if fault.action is Action.DIE_BEFORE:
        _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
