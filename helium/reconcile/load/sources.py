"""What facts are gathered from, and what a person asked of the pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from helium.reconcile.ports import Backends, Engine, Ledger, Repo, Specs


class Sources(Protocol):
    """What can be read without looking at the state; `Ports` are such."""

    @property
    def repo(self) -> Repo:
        """Main."""

    @property
    def ledger(self) -> Ledger:
        """The records."""

    @property
    def specs(self) -> Specs:
        """How files are read."""

    @property
    def backends(self) -> Backends:
        """What makes workspaces."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything a pass reaches the world through."""

    repo: Repo
    ledger: Ledger
    engine: Engine
    specs: Specs
    backends: Backends


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked of this pass. `ref`: another commit than main (a plan only); `names`: only these."""

    ref: str | None = None
    names: frozenset[str] = frozenset()
    roll: frozenset[str] = frozenset()
    roll_all: bool = False
