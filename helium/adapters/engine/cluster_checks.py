"""Which cluster is asked before something is done to a stack: its own, or nobody's. Never another of the same name."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from helium.adapters.engine import lost_cluster
from helium.adapters.engine.cluster_half import Findings, looked
from helium.adapters.engine.clusters import Access
from helium.adapters.engine.export import State, ownership_of
from helium.core.stack import StackId, gone_for_ever
from helium.core.workspace import Ownership
from helium.errors import EngineError, WrongClusterError
from helium.ports.engine import ResolveOptions


def found_in_cluster(
    state: State, access: Access, *, options: ResolveOptions
) -> AbstractContextManager[tuple[Findings, str]]:
    """What the stack's cluster says of it. One that was given up is not asked, and one that it has nothing in."""
    ownership = ownership_of(state)
    if options.ends and options.lost:
        return nullcontext((lost_cluster.findings(state, access), ""))
    if not options.ends or lost_cluster.in_cluster(state, ownership):
        # Another cluster knows nothing of what is in doubt here, so it would all be taken for gone.
        refuse_wrong_cluster(state.stack, ownership, access=access, ends=options.ends)
    return looked(state, access.api(ownership), ends=options.ends, renew=options.renew)


def refuse_wrong_cluster(stack: StackId, ownership: Ownership | None, *, access: Access, ends: bool = False) -> None:
    """`EngineError` when its cluster cannot be reached, `WrongClusterError` when the name points to another one."""
    if ownership is None:
        return
    way_out = f". {gone_for_ever(stack.name)}" if ends else ""
    if issue := access.issue(ownership):
        raise EngineError(str(stack), f"{issue}{way_out}")
    if why := access.wrong_cluster(ownership):
        raise WrongClusterError(str(stack), f"{why}{way_out}")
