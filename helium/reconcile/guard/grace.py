"""The safeguard about the grace: has whoever removed a workspace by mistake had the time to take it back?"""

from __future__ import annotations

from collections.abc import Iterator

from helium.core.deadlines import format_instant
from helium.core.plan import Code, Refusal
from helium.reconcile.guard.guard_input import GuardInput, release_of


def grace_is_over(given: GuardInput) -> Iterator[Refusal]:
    """No workspace goes before `limits.grace` is over, counted from its deadline, or since a pass saw its removal.

    The accident: you delete the wrong one, the next pass is a minute away, and nobody can bring it back. It stands
    behind the doubts, and before the quota: what waits still has its place.
    """
    waiting, released = given.waiting, given.released_names
    again = {change.name for change in given.plan.destroys if change.again}
    # Of all names together, so it is the same for each.
    release = release_of(waiting)
    for name, until in waiting.items():
        if name in released:
            continue
        file = given.observed.specs.get(name)
        back = f"helium restore {name} brings it back" if file is None else f"helium extend {name} keeps it"
        if name in again:
            back = f"remove the new file and run helium restore {name} to keep the old one"
        sentence = (
            f"It waits until {format_instant(until)} (limits.grace). Until then, {back}. "
            f"helium reconcile {release} ends the wait of {_which(len(waiting))}."
        )
        yield Refusal(Code.GRACE, (name,), sentence)


def _which(count: int) -> str:
    return "this one" if count == 1 else f"all {count} that wait"
