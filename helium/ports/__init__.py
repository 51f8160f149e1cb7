"""What the rooms below the doors need of the world, as ports.

Each port has one adapter, one fake, and one contract suite that runs on both. Every method blocks. Errors are Helium's
own: `SourceError` of git and the ledger, `EngineError` of Pulumi, `SpecError` of files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from helium.ports.backends import Backends
from helium.ports.engine import Engine
from helium.ports.ledger import Ledger
from helium.ports.repo import Repo
from helium.ports.specs import Specs


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
