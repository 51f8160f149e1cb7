"""When workspaces end: how long those of each team live, and that an end outside working hours is moved.

Pure, and the only place that adds a lifetime to an instant or moves an end. Whoever needs a deadline asks here, with
the settings as they are: a pass, the pages, the command line and the check of a pull request say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from helium.core.deadlines import format_instant
from helium.core.spec import Spec, too_long
from helium.core.working_hours import WorkingHours
from helium.errors import Issue


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a workspace lives: without an `expiry`, and at most. Both count from when its file was added."""

    usual: timedelta = timedelta(days=3)
    longest: timedelta = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class End:
    """When a workspace ends (`at`), and the end that is `written`: by its file, or by the usual lifetime."""

    at: datetime
    written: datetime

    @property
    def moved_from(self) -> datetime | None:
        """The end that is written, where it really ends later."""
        return None if self.at == self.written else self.written


def why_later(moved_from: datetime | None) -> str:
    """Says after an end that another one is written; the caller goes on or ends the sentence."""
    return "" if moved_from is None else f", the next working time after {format_instant(moved_from)}"


@dataclass(frozen=True, slots=True)
class LifetimeRules:
    """The rules of one fleet. `teams`: of those that have their own; `hours`: without them, no end is moved.

    `of_jobs`: how the names of the workspaces of CI jobs begin. A machine waits for them, so they end as is written.
    """

    every: Lifetime = field(default_factory=Lifetime)
    teams: Mapping[str, Lifetime] = field(default_factory=dict)
    hours: WorkingHours | None = None
    of_jobs: tuple[str, ...] = ()

    def of(self, team: str) -> Lifetime:
        """How long the workspaces of a team live; empty: those in no team's folder."""
        return self.teams.get(team, self.every)

    def end(self, written: datetime, *, added_at: datetime, team: str, name: str = "") -> End:
        """Outside working hours it moves to the beginning of the next ones: never earlier, nor beyond the longest life.

        Where those begin too late, what is written stays: any other moment would be nobody's working time either.
        """
        latest = added_at + self.of(team).longest
        if self.hours is None or written > latest or (self.of_jobs and name.startswith(self.of_jobs)):
            return End(written, written)
        return End(self.hours.first_at(written, until=latest) or written, written)

    def end_of(self, spec: Spec, *, added_at: datetime, usual: timedelta | None = None) -> End:
        """When the workspace of a file ends. `usual`: the lifetime of the day it was added, where that is known."""
        written = spec.expiry or added_at + (usual or self.of(spec.team).usual)
        return self.end(written, added_at=added_at, team=spec.team, name=spec.name)

    def too_long(self, spec: Spec, *, added_at: datetime, now: datetime) -> Issue | None:
        """The error of a file that asks for more than its team may have."""
        of_team = spec.team if spec.team in self.teams else ""
        return too_long(spec, added_at=added_at, longest=self.of(spec.team).longest, now=now, of_team=of_team)

    def usual_end(self, added_at: datetime, *, team: str = "") -> datetime:
        """When it ends if nobody says anything."""
        return self.end(added_at + self.of(team).usual, added_at=added_at, team=team).at
