"""What stacks say of themselves, each on its own: one that cannot be opened spoils no other.

It refuses to call the engine's own failure a stack's: without Pulumi or a passphrase, nothing is known of any of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from helium.errors import EngineError, EngineInterruptedError, StackMissingError

if TYPE_CHECKING:
    from helium.core.stack import StackId
    from helium.core.workspace import Ownership
    from helium.ports.engine import Engine

WHY = "{} cannot be opened: {}. Restore its state, or give it up with helium ledger accept-loss {}"


@dataclass(frozen=True, slots=True)
class OpenedStacks:
    """Whose each is, which are bare, and why the others could not be opened."""

    ownerships: Mapping[StackId, Ownership | None] = field(default_factory=dict)
    bare: frozenset[StackId] = frozenset()
    unopened: Mapping[StackId, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Opened:
    stack: StackId
    ownership: Ownership | None = None
    bare: bool = False
    problem: str = ""
    missing: bool = False


def each_opened(engine: Engine, stacks: Sequence[StackId], *, parallel: int) -> OpenedStacks:
    """Open them all. `EngineError` where that says nothing about a stack: the engine cannot start, or was stopped."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(parallel, thread_name_prefix="open") as pool:
        tried = tuple(pool.map(lambda stack: _opened(engine, stack), stacks))
    return OpenedStacks(
        ownerships={each.stack: each.ownership for each in tried if not each.problem},
        bare=frozenset(each.stack for each in tried if each.bare),
        unopened={each.stack: each.problem for each in tried if each.problem},
    )


def each_existing(engine: Engine, stacks: Sequence[StackId], *, parallel: int) -> tuple[StackId, ...]:
    """Of these stacks, those that exist, by Pulumi's own word for each. One that cannot be opened exists."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(parallel, thread_name_prefix="open") as pool:
        tried = tuple(pool.map(lambda stack: _opened(engine, stack), stacks))
    return tuple(each.stack for each in tried if not each.missing)


def _opened(engine: Engine, stack: StackId) -> _Opened:
    try:
        ownership = engine.ownership(stack)
        return _Opened(stack, ownership, bare=ownership is None and engine.bare(stack))
    except EngineInterruptedError:
        raise
    except EngineError as error:
        # An error that names no stack is the engine's own.
        if not error.stack:
            raise
        why = WHY.format(stack, error.what, stack.name)
        return _Opened(stack, problem=why, missing=isinstance(error, StackMissingError))
