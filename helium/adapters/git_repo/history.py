"""Who was added to the fleet and who was taken away: by name, not by path, so that a move is not a new incarnation.

Pure but for the author of what a merge brought, which the caller looks up. Files that are not workspaces (`.gitkeep`,
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
    states: dict[str, _NameState] = {}
    for entry in entries:
        if not entry.exempt:
            states.setdefault(entry.name, _NameState({}, there=True)).paths[entry.path] = entry.blob
    for step in steps:
        for name, touches in sorted(by_name(step).items()):
            state = states.setdefault(name, _NameState({}, there=False))
            after = _step_back(state, touches)
            state.touched = state.touched or _signed(step, touches[-1], author=author)
            if after and not state.paths:
                _added(state, step, name=name, after=after, author=author)
            elif state.paths and not after:
                _absent(state, step, name=name, by=_signed(step, touches[-1], author=author))
    return NameChanges(
        {name: state.addition for name, state in sorted(states.items()) if state.addition},
        {name: state.removal for name, state in sorted(states.items()) if state.removal},
        {name: state.touched for name, state in sorted(states.items()) if state.touched},
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


def _step_back(state: _NameState, touches: Iterable[Touch]) -> dict[str, str]:
    """Undo one step in `state.paths`; the paths as they were after it."""
    after = dict(state.paths)
    for touch in touches:
        state.paths.pop(touch.path, None)
        if touch.before is not None:
            state.paths[touch.path] = touch.before
    return after


def _added(state: _NameState, step: HistoryStep, *, name: str, after: Mapping[str, str], author: Author) -> None:
    if state.there and state.addition is None:
        path, blob = min(after.items())
        state.addition = Addition(name, step.commit.time, step.commit.id, author(step, Touch(path, None, blob)), blob)


def _absent(state: _NameState, step: HistoryStep, *, name: str, by: Commit) -> None:
    if not state.there:
        state.removal = state.removal or Removal(
            name, by.id, by.time, origin_of(step), by=by.by, approved_by=by.approved_by
        )
    elif state.addition is not None and state.addition.blob_before is None:
        before, requested = min(state.paths.items())[1], origin_of(step) == "request"
        state.addition = replace(state.addition, blob_before=before, after_request=requested)


def origin_of(step: HistoryStep) -> str:
    """`request` for a commit with Helium's trailer that touches one file; anything else is `direct`, an expiry too."""
    return "request" if REQUEST_TRAILER in step.commit.trailers and step.files == 1 and not step.merge else "direct"
