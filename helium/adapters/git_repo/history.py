"""Who was added to the fleet and who was taken away: by name, not by path, so that a move is no new life.

Pure but for the author of what a merge brought, which the caller looks up. Files that are no workspaces (`.gitkeep`,
`README.md`) hold no name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from helium.adapters.git_repo.walk import HistoryStep, Touch
from helium.core.spec import Addition, Entry, Removal
from helium.ports.repo import Commit

REQUEST_TRAILER = "Helium-Request"

Author = Callable[[HistoryStep, Touch], str]
"""The author of what a step did to a file."""


@dataclass(frozen=True, slots=True)
class NameChanges:
    """What the steps tell of each name."""

    additions: Mapping[str, Addition] = field(default_factory=dict)
    removals: Mapping[str, Removal] = field(default_factory=dict)
    touched: Mapping[str, Commit] = field(default_factory=dict)


@dataclass(slots=True)
class _NameState:
    """One name while the walk goes back in time: its paths with their blobs, and what was found so far."""

    paths: dict[str, str]
    there: bool
    addition: Addition | None = None
    removal: Removal | None = None
    touched: Commit | None = None


def history_of(steps: Iterable[HistoryStep], entries: Iterable[Entry], *, author: Author) -> NameChanges:
    """The births of those who are there, and the removals of those who are not. `steps` newest first."""
    lives: dict[str, _NameState] = {}
    for entry in entries:
        if not entry.exempt:
            lives.setdefault(entry.name, _NameState({}, there=True)).paths[entry.path] = entry.blob
    for step in steps:
        for name, touches in sorted(by_name(step).items()):
            life = lives.setdefault(name, _NameState({}, there=False))
            after = _step_back(life, touches)
            life.touched = life.touched or _signed(step, touches[-1], author=author)
            if after and not life.paths:
                _added(life, step, name=name, after=after, author=author)
            elif life.paths and not after:
                _absent(life, step, name=name, by=_signed(step, touches[-1], author=author))
    return NameChanges(
        {name: life.addition for name, life in sorted(lives.items()) if life.addition},
        {name: life.removal for name, life in sorted(lives.items()) if life.removal},
        {name: life.touched for name, life in sorted(lives.items()) if life.touched},
    )


def _signed(step: HistoryStep, touch: Touch, *, author: Author) -> Commit:
    """The step's commit, with the author of what it did to one file."""
    return replace(step.commit, author=author(step, touch)) if step.merge else step.commit


def by_name(step: HistoryStep) -> Mapping[str, list[Touch]]:
    """What a step did to each name."""
    names: dict[str, list[Touch]] = {}
    for touch in step.touches:
        entry = Entry(touch.path, "")
        if not entry.exempt:
            names.setdefault(entry.name, []).append(touch)
    return names


def _step_back(life: _NameState, touches: Iterable[Touch]) -> dict[str, str]:
    """Undo one step in `life.paths`; the paths as they were after it."""
    after = dict(life.paths)
    for touch in touches:
        life.paths.pop(touch.path, None)
        if touch.before is not None:
            life.paths[touch.path] = touch.before
    return after


def _added(life: _NameState, step: HistoryStep, *, name: str, after: Mapping[str, str], author: Author) -> None:
    if life.there and life.addition is None:
        path, blob = min(after.items())
        life.addition = Addition(name, step.commit.time, step.commit.id, author(step, Touch(path, None, blob)), blob)


def _absent(life: _NameState, step: HistoryStep, *, name: str, by: Commit) -> None:
    if not life.there:
        life.removal = life.removal or Removal(
            name, by.id, by.time, origin_of(step), by=by.by, approved_by=by.approved_by
        )
    elif life.addition is not None and life.addition.blob_before is None:
        life.addition = replace(life.addition, blob_before=min(life.paths.items())[1])


def origin_of(step: HistoryStep) -> str:
    """`request` for a commit with Helium's trailer that touches one file; anything else is `direct`, an expiry too."""
    return "request" if REQUEST_TRAILER in step.commit.trailers and step.files == 1 and not step.merge else "direct"
