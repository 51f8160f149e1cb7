"""Passes that can be killed at any call to a port: what was done is done, and nothing follows, not even `finally`.

A kill is a `BaseException` that no code of a pass may catch, and every later call of that pass meets it again.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from helium.ports import Ports


class Killed(BaseException):
    """The process is no more."""


@dataclass(slots=True)
class Fate:
    """When a pass dies: at its n-th call (0: never), before or `after` that call acted."""

    at: int = 0
    after: bool = False
    calls: int = 0
    dead: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def meets(self) -> bool:
        """Count one call; whether it is the last one."""
        with self.lock:
            if self.dead:
                raise Killed
            self.calls += 1
            self.dead = bool(self.at) and self.calls >= self.at
            return self.dead


class Killable:
    """A port whose calls are counted by a pass's fate."""

    def __init__(self, inner: object, fate: Fate) -> None:
        self._inner = inner
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        """The inner port's attribute; a method that may be the last one called."""
        value = getattr(self._inner, name)
        if not callable(value):
            return value

        def call(*given: Any, **named: Any) -> Any:
            last = self._fate.meets()
            if last and not self._fate.after:
                raise Killed
            answer = value(*given, **named)
            if last:
                raise Killed
            return answer

        return call


def killable(ports: Ports, fate: Fate) -> Ports:
    """The same ports, for a pass that is to die."""
    repo, ledger, engine = (Killable(port, fate) for port in (ports.repo, ports.ledger, ports.engine))
    return Ports(repo, ledger, engine, ports.specs, ports.backends)
