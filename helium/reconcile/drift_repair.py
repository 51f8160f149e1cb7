"""Puts right what has drifted: each thing by itself where that can be, else by an update with the program that made it.

It refuses to bring another program along, since nobody asked for one, and to call anything repaired that it could not
look at afterwards.
"""

from __future__ import annotations

from helium.core.drift import DriftLook
from helium.core.excerpts import excerpt
from helium.core.fleet import Fleet
from helium.core.observation import Recipe
from helium.core.plan import Create, Update
from helium.core.record import Record
from helium.errors import EngineError
from helium.ports.engine import Engine


def put_back(change: Create | Update, *, engine: Engine, fleet: Fleet, recipe: Recipe | None) -> DriftLook | None:
    """What is left, and nothing puts right; `None` where an update has to. `EngineError`.

    With another program than the workspace's, what takes an update is left: a person may want that program.
    A repair may have been killed in the middle of Helm. Nobody can look then, until an update has resolved that.
    """
    left = engine.put_back(change.stack, ignored=fleet.wanted_drift(change.backend))
    same_program = recipe is not None and recipe.program == change.workspace.program
    if left.unseen and not same_program:
        raise EngineError(
            str(change.stack),
            f"{left.unseen[0]}, and only an update puts that right, which would bring today's program and charts; run "
            f"helium reconcile --roll {change.name}",
        )
    if not same_program:
        return left.as_it_is_left
    return None if left.unseen or left.can_be_repaired else left


def after_update(change: Create | Update, *, engine: Engine, fleet: Fleet) -> DriftLook:
    """What is left, and nothing puts right. `EngineError` where the update has not put right what it should."""
    left = engine.put_back(change.stack, ignored=fleet.wanted_drift(change.backend))
    if left.unseen:
        raise EngineError(str(change.stack), f"nobody can tell whether it is as it was made: {left.unseen[0]}")
    if left.can_be_repaired:
        raise EngineError(str(change.stack), f"it was updated, and still differs: {left.differences[0]}")
    return left


def sentence(record: Record | None) -> str:
    """What the log keeps of a repair. The record forgets what had drifted. `record`: as it was before."""
    found = record.drift.found if record and record.drift else ()
    return excerpt(f"ready; put right: {'; '.join(found)}") if found else "ready"
