"""Puts right what has drifted: each thing by itself where that can be, else by an update with the program that made it.

It refuses to bring another program along, since nobody asked for one, and to call anything repaired that it could not
look at afterwards.
"""

from __future__ import annotations

from helium.core.drift import DriftLook
from helium.core.fleet import Fleet
from helium.core.observation import Recipe
from helium.core.plan import Create, Update
from helium.errors import EngineError
from helium.ports.engine import Engine


def put_back(change: Create | Update, *, engine: Engine, fleet: Fleet, recipe: Recipe | None) -> DriftLook | None:
    """What is left, and nothing puts right; `None` where only an update does. `EngineError`."""
    left = _seen(change, engine.put_back(change.stack, ignored=fleet.wanted_drift(change.backend)))
    if not left.can_be_repaired:
        return left
    if recipe is None or recipe.program != change.workspace.program:
        raise EngineError(
            str(change.stack),
            f"{left.differences[0]}, and only an update puts that right, which would bring today's program and charts; "
            f"run helium reconcile --roll {change.name}",
        )
    return None


def after_update(change: Create | Update, *, engine: Engine, fleet: Fleet) -> DriftLook:
    """What is left, and nothing puts right. `EngineError` where the update has not put right what it should."""
    left = _seen(change, engine.put_back(change.stack, ignored=fleet.wanted_drift(change.backend)))
    if left.can_be_repaired:
        raise EngineError(str(change.stack), f"it was updated, and still differs: {left.differences[0]}")
    return left


def _seen(change: Create | Update, look: DriftLook) -> DriftLook:
    if look.unseen:
        raise EngineError(str(change.stack), f"nobody can tell whether it is as it was made: {look.unseen[0]}")
    return look
