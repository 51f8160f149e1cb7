"""A fleet whose stacks are in memory: the engine that most tests of the command line work with.

Everything else is real: git, ledger, specs, backends, settings, passphrase. `python -m tests.cli.memory ARGS…` is
`helium ARGS…` with an engine of this kind that is empty, for what only a process of its own can show.
"""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from time import sleep

from helium.adapters.engine.settings import EngineSettings
from helium.core.workspace import Workspace
from helium.errors import EngineError, EngineInterruptedError
from helium.ports.engine import NEW_STACK, Built, Engine, UpOptions
from tests.fakes.engine import FakeEngine


class DescribedEngine(FakeEngine):
    """Stacks in memory that do what their workspace's description says, as those of the backend `light` do.

    `fail` fails, and a path takes for as long as there is such a file. `users`: commands, and what they do beside, that
    have it open; the last one closes it.
    """

    users = 0

    def close(self) -> None:
        """For whoever has it open."""
        self.users -= 1
        if self.users < 1:
            super().close()

    def up(self, workspace: Workspace, options: UpOptions = NEW_STACK) -> Built:
        """As it is described."""
        built = super().up(workspace, options)
        if workspace.spec.description == "fail":
            said = "warning: Bucket data: slow\nerror: Bucket data: quota exceeded\x1b[2J"
            raise EngineError(str(workspace.stack), "quota exceeded", diagnostics=said)
        while workspace.spec.description.startswith("/") and Path(workspace.spec.description).exists():
            if self.closed:
                raise EngineInterruptedError(workspace.name, "it was stopped")
            sleep(0.05)
        return built


class MemoryState:
    """The state of one fleet, from command to command; as an `EngineFactory`, the way to it."""

    def __init__(self) -> None:
        self.engine = DescribedEngine()

    def __call__(self, settings: EngineSettings, /) -> Engine:
        """The same engine again, though the last command has closed it."""
        self.engine.users = 1 if self.engine.closed else self.engine.users + 1
        self.engine.closed = False
        return self.engine

    def copied(self) -> MemoryState:
        """Another state that is as this one."""
        copy = MemoryState()
        copy.engine.stacks, copy.engine.marker = deepcopy(self.engine.stacks), self.engine.marker
        copy.engine.ledger = self.engine.ledger
        return copy

    def lose(self, name: str) -> None:
        """Somebody removes a stack behind Helium's back."""
        stack = next(stack for stack in self.engine.stacks if stack.name == name)
        del self.engine.stacks[stack]


if __name__ == "__main__":
    from helium.cli import main

    main(MemoryState())
