"""What Helium's comment on a pull request says of routine: whether a person has to look, who, and why. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from helium.core.routine import PersonNeeded
from helium.reconcile.comments import BECAME
from helium.reconcile.markdown import cell, fitting

_ROUTINE = "<!-- helium:routine -->"
"""What stands between what was planned and this."""
_MOST, _ROOM = 20, 4_000


def routine_lines(*, needed: Sequence[PersonNeeded], wrong: Sequence[str], why: str = "", merged: bool = False) -> str:
    """The part of the comment. `why`: what a routine one still waits for."""
    if merged:
        return "**Routine**: nobody had to look, and Helium merged it."
    if wrong:
        return _listed("**Helium does not merge this**, because a pass would refuse it:", wrong)
    if needed:
        return _listed("**A person has to look**:", [str(each) for each in needed])
    waits = f" Not yet: {cell(why)}" if why else ""
    return f"**Routine**: nobody has to look, and Helium merges it as soon as main takes it.{waits}"


def with_routine(body: str, said: str) -> str:
    """The comment with this part, whatever it said of it before."""
    before, mark, became = body.partition(BECAME)
    planned = before.partition(_ROUTINE)[0].rstrip()
    parts = [planned, "", _ROUTINE, said, ""] if planned else [_ROUTINE, said, ""]
    return "\n".join(parts) + (f"\n{mark}{became}" if mark else "")


def _listed(heading: str, sentences: Sequence[str]) -> str:
    points = [f"- {cell(sentence)}" for sentence in sentences]
    shown = fitting(points, most=_MOST, room=_ROOM)
    more = [f"- … {len(points) - len(shown)} more"] if len(shown) < len(points) else []
    return "\n".join([heading, "", *shown, *more])
