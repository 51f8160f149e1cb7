"""The inline programs: the ownership and what the backend declares, or the fleet's marker.

A backend is a folder, imported by its path as a package whose name is the digest of its files: two versions of one
backend never meet in one worker.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pulumi
from pulumi.runtime.settings import get_root_resource, set_root_resource

from helium.adapters.engine.events import OWNERSHIP
from helium.adapters.engine.ownership_labels import labelling
from helium.adapters.engine.protocol import PROOF, StackProgram
from helium.adapters.program_modules import module_of
from helium.core.stack import StackId
from helium.core.workspace import Workspace


class OwnershipComponent(pulumi.ComponentResource):
    """Says whose the stack is. Its inputs are in the state even when the rest of the `up` fails."""

    def __init__(self, workspace: Workspace, cluster: str) -> None:
        ownership = msgspec.to_builtins(replace(workspace.ownership, cluster=cluster))
        if ownership["written"] is None:
            # As in the stacks of those that are older than this input: they need no update for it.
            del ownership["written"]
        # Its children inherit the transformation: whatever the backend declares says whose it is.
        opts = pulumi.ResourceOptions(transformations=[labelling(workspace)])
        super().__init__(OWNERSHIP, workspace.name, ownership, opts)

    def output(self, name: str, value: Any) -> None:
        """Stands in for the stack while a backend declares: `pulumi.export` asks the root."""
        raise pulumi.RunError(f"declare must return the output {name!r}, not export it")


class Marker(pulumi.ComponentResource):
    """Says whose the state is."""

    def __init__(self, fleet: str) -> None:
        super().__init__("helium:index:Fleet", fleet, {"fleet": fleet})


def program_of(program: StackProgram, stack: StackId) -> Callable[[], None]:
    """The function that Pulumi's language server runs."""
    workspace = program.workspace
    if workspace is None:
        return lambda: _declare_marker(stack, program.ledger)
    return lambda: _declare(workspace, Path(program.folder), cluster=program.cluster)


def _declare_marker(stack: StackId, ledger: str) -> None:
    Marker(stack.project)
    pulumi.export("fleet", stack.project)
    # Whoever can decrypt it has the right passphrase, and sees whose the state is.
    pulumi.export(PROOF, pulumi.Output.secret(ledger))


def _declare(workspace: Workspace, folder: Path, *, cluster: str) -> None:
    declare = getattr(module_of(folder, "resources", package=f"helium_backend_{_digest(folder)}"), "declare", None)
    if declare is None:
        raise pulumi.RunError(f"the backend {workspace.backend} has no declare(workspace) in its resources.py")
    stack = get_root_resource()
    ownership = OwnershipComponent(workspace, cluster)
    # Everything that the backend declares becomes its child, and a `pulumi.export` in it is refused with a sentence.
    set_root_resource(ownership)
    try:
        outputs: Mapping[str, Any] = declare(workspace) or {}
    finally:
        if stack is not None:
            set_root_resource(stack)
    for name, value in outputs.items():
        pulumi.export(name, value)


def _digest(folder: Path) -> str:
    whole = hashlib.sha256(str(folder).encode())
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            whole.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes() + b"\0")
    return whole.hexdigest()[:16]
