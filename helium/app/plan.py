"""What a pass would do: everything is read, the state as well, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable

from helium.app.open_fleet import OpenFleet
from helium.app.reconcile import reconcile
from helium.core.plan import Plan
from helium.ports.progress import Progress
from helium.reconcile.load import Selection
from helium.reconcile.loop import PassOptions, Result


def plan(
    fleet: OpenFleet, *, ref: str | None = None, progress: Progress, show: Callable[[Plan], None] = lambda _: None
) -> Result:
    """The plan for main, or for the commit that `ref` names. Needs no passphrase."""
    return reconcile(fleet, PassOptions(selection=Selection(ref=ref), dry=True), progress=progress, show=show)
