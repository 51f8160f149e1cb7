"""Makes the faults that were requested happen, before or after the cloud acts.

The only place where the sandbox waits, lies or kills itself. It does only what a line requests.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from helium.sandbox.errors import CloudError, Kind
from helium.sandbox.fault_rules import Action, Call, FaultRule, due, read
from helium.sandbox.model import Properties
from helium.sandbox.secrets import is_secret, plain
from helium.sandbox.store import Store

_LOOK_EVERY = 0.02


class FaultInjector:
    """The faults of a folder's file, and those that the process was started with."""

    def __init__(self, store: Store, lines: tuple[str, ...] = ()) -> None:
        self._store = store
        self._started_with = read(lines)

    @contextmanager
    def around(self, call: Call, inputs: Properties, *, stopped: Callable[[], bool]) -> Iterator[None]:
        """Apply the faults that match this call; CloudError where it must fail. `stopped` ends a wait."""
        struck = tuple(self._due(call))
        for fault in struck:
            if not fault.after:
                _strike(fault, call, inputs=inputs, stopped=stopped)
        yield
        for fault in struck:
            if fault.after:
                _strike(fault, call, inputs=inputs, stopped=stopped)

    def _due(self, call: Call) -> Iterator[FaultRule]:
        faults = (*self._started_with, *read(self._store.fault_lines()))
        matching = (fault for fault in faults if fault.matches(call))
        return due((fault, self._store.count(fault.key) if fault.ordinal else 0) for fault in matching)


def _strike(fault: FaultRule, call: Call, *, inputs: Properties, stopped: Callable[[], bool]) -> None:
    what = f"{call.operation} of {call.token} {call.name}".rstrip()
    match fault.action:
        case Action.SLOW:
            _wait(fault.seconds, what, stopped=stopped)
        case Action.UNREACHABLE:
            raise CloudError(Kind.UNAVAILABLE, f"the cloud cannot be reached for {what}")
        case Action.FAIL:
            raise CloudError(Kind.UNKNOWN, fault.message or f"{what} fails, because of the fault rule “{fault.line}”")
        case Action.ECHO:
            raise CloudError(Kind.INVALID, f"{what} refused: {_echo(inputs, fault.form)}")
        case Action.DIE:
            os.kill(os.getpid(), signal.SIGKILL)
        case Action.UNREADY:
            # Only pods are not ready (`pods`): what is asked of the cloud goes well.
            pass


def _echo(inputs: Properties, form: str) -> str:
    """Every secret among the inputs by its place: in plain text, as a Secret's data has it, or inside another JSON."""
    found = {place: str(plain(value)) for place, value in _secrets(inputs)}
    if form == "base64":
        found = {place: base64.b64encode(text.encode()).decode() for place, text in found.items()}
    text = json.dumps(found, sort_keys=True)
    return json.dumps({"values": text}) if form == "json" else text


def _secrets(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if is_secret(value):
        yield place, value
        return
    for key, inner in inside:
        yield from _secrets(inner, f"{place}.{key}".removeprefix("."))


def _wait(seconds: float, what: str, *, stopped: Callable[[], bool]) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if stopped():
            raise CloudError(Kind.CANCELLED, f"{what} was cancelled")
        time.sleep(_LOOK_EVERY)
