"""What passes, edits and the API need from the world, as ports.

Each port has its adapter and its fake, and one suite of contract tests runs on both. Every method blocks. Errors are
Helium's own: `SourceError` from git and the ledger, `EngineError` from Pulumi, `SpecError` for files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

# The package is imported with each of its modules, and must not bring the others along.
if TYPE_CHECKING:
    from helium.ports.backends import Backends
    from helium.ports.engine import Engine
    from helium.ports.estimator import Estimator
    from helium.ports.ledger import Ledger
    from helium.ports.repo import Repo
    from helium.ports.reviews import Reviews
    from helium.ports.specs import Specs


class Sources(Protocol):
    """The ports that need no look at the state. `Ports` has them all, and an engine."""

    @property
    def repo(self) -> Repo:
        """Main."""

    @property
    def ledger(self) -> Ledger:
        """The records of what was done."""

    @property
    def specs(self) -> Specs:
        """How spec files are read."""

    @property
    def backends(self) -> Backends:
        """The programs that create workspaces."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything through which a pass reaches the world. `reviews`: nothing for a repository without a git host.

    `estimator`: says what workspaces take; without one, nobody knows.
    """

    repo: Repo
    ledger: Ledger
    engine: Engine
    specs: Specs
    backends: Backends
    reviews: Reviews | None = None
    estimator: Estimator | None = None
