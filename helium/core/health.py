"""What a pass saw of a workspace in its cluster when it last looked: pods by phase, those that are not ready, warnings.

Pure. It is shown, and says when to look again; no plan goes by it, so nothing that is in here can destroy or roll
anything. It refuses to grow: a few short lines are kept. A look that failed is `trouble`, and never "no pods".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from helium.core.excerpts import one_line

MOST_LINES = 5
"""Pods that are not ready, and warnings, of which a record keeps the words."""
LONGEST_LINE = 240
"""Characters of one such line."""
NOT_YET = "not ready yet: "
"""How the outcome of a change begins that ended well, and after which the workspace was not well."""
PATIENCE = timedelta(minutes=10)
"""So long after a change a workspace that is not well yet is on its way; after that it has failed."""
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ClusterWarning:
    """One of the namespace's warnings, and when it was given last."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """What a workspace's address answered to a probe: `said` goes on from `url`."""

    url: str
    said: str
    ok: bool

    def __str__(self) -> str:
        return f"{self.url} {self.said}"


@dataclass(frozen=True, slots=True)
class WorkspaceHealth:
    """One look. `pods`: how many are in each phase; `ready` of the `wanted` ones are: those that neither ended nor go.

    `unready`: some of the others, each with its reason. `trouble`: why nobody could look at them; then they are empty.
    `answer`: what its address answered, where its backend has it asked. `looks`: how often in a row it was not well,
    `next_at`: when to look again, `well_at`: when it was well last.
    """

    at: datetime
    pods: Mapping[str, int] = field(default_factory=dict)
    ready: int = 0
    wanted: int = 0
    unready: tuple[str, ...] = ()
    warnings: tuple[ClusterWarning, ...] = ()
    trouble: str = ""
    answer: ProbeAnswer | None = None
    looks: int = 0
    next_at: datetime | None = None
    well_at: datetime | None = None

    @property
    def problem(self) -> str:
        """Why it is not well, as a sentence without its full stop; empty if it is, or if nobody could look."""
        lacking = self.wanted - self.ready
        if lacking <= 0:
            return str(self.answer) if self.answer and not self.answer.ok else ""
        first = f": {self.unready[0]}" if self.unready else ""
        return f"{lacking} of {self.wanted} {'pod' if self.wanted == 1 else 'pods'} not ready{first}"

    @property
    def is_well(self) -> bool:
        """Whether somebody looked, and all was as it should be."""
        return not (self.trouble or self.problem)

    @property
    def summary(self) -> str:
        """All of it in one line: `3 pods: 2 Running, 1 Pending; 2 of 3 ready`, and what its address answered."""
        pods = "" if self.answer and not (self.pods or self.trouble) else self._pods
        return "; ".join(filter(None, [pods, str(self.answer or "")]))

    @property
    def _pods(self) -> str:
        if self.trouble:
            return f"could not look: {self.trouble}"
        number = sum(self.pods.values())
        if not number:
            return "no pods"
        phases = ", ".join(f"{count} {phase}" for phase, count in sorted(self.pods.items()))
        ready = f"; {self.ready} of {self.wanted} ready" if self.wanted else ""
        return f"{number} {'pod' if number == 1 else 'pods'}: {phases}{ready}"


def after(before: WorkspaceHealth | None, seen: WorkspaceHealth, *, acted: bool, done: bool) -> WorkspaceHealth:
    """The look as the record keeps it. `acted`: a change has just been made, so the waits begin again. `done`: it ended
    well, so that what is well now is ready.

    What is well is not looked at again until somebody changes it. What is not well is, after a minute, two, up to an
    hour.
    """
    well_at = before.well_at if before else None
    if seen.is_well:
        return replace(seen, well_at=seen.at if done else well_at)
    looks = 1 if acted or before is None else before.looks + 1
    wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(looks - 1, 10))
    return replace(seen, looks=looks, next_at=seen.at + wait, well_at=well_at)


def line(text: str) -> str:
    """One line of it: white space folded, with an ellipsis if there was more."""
    return one_line(text, longest=LONGEST_LINE)
