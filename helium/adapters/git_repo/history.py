"""Who was added to the fleet and who was taken away: by name, not by path, so that a move is not a new incarnation.

Pure but for the author of what a merge brought, which the caller looks up. Files that are not workspaces (`.gitkeep`,
`README.md`) hold no name. Which request a commit names is what somebody typed there: whether there was such a request,
the ledger knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from helium.adapters.git_repo.lineages import Trail
from helium.adapters.git_repo.walk import HistoryStep, Touch
from helium.core.spec import Addition, Entry, Removal, entries_by_name
from helium.ports.repo import Commit, Holding

REQUEST_TRAILER = "Helium-Request"

Author = Callable[[HistoryStep, Touch], str]
"""The author of what a step did to a file."""


@dataclass(frozen=True, slots=True)
class NameChanges:
    """What the steps tell of each name, and every request that their commits name."""

    additions: Mapping[str, Addition] = field(default_factory=dict)
    removals: Mapping[str, Removal] = field(default_factory=dict)
    touched: Mapping[str, Commit] = field(default_factory=dict)
    requests: frozenset[str] = frozenset()


@dataclass(slots=True)
class _NameState:
    """One name while the walk goes back in time: its paths with their blobs, and what was found so far."""

    paths: dict[str, str]
    there: bool
    trail: Trail = field(default_factory=Trail)
    addition: Addition | None = None
    removal: Removal | None = None
    touched: Commit | None = None


def history_of(steps: Iterable[HistoryStep], holding: Holding, *, author: Author) -> NameChanges:
    """The births of those who are there, and the removals of those who are not. `steps` newest first.

    `holding`: the entries at the newest step.
    """
    states: dict[str, _NameState] = {}
    walked = list(steps)
    # The oldest one holds: who types the id of a request that is done asks for nothing.
    first_with = {request: step.commit.id for step in walked if (request := _request_of(step))}
    for step in walked:
        request = _request_of(step)
        request = request if first_with.get(request) == step.commit.id else ""
        for name, touches in sorted(by_name(step).items()):
            if (state := states.get(name)) is None:
                state = states[name] = _state_of(holding(name))
            after = _step_back(state, touches)
            state.trail.follow(newer=after, older=state.paths, time=step.commit.time)
            state.touched = state.touched or _signed(step, touches[-1], author=author)
            if after and not state.paths:
                _added(state, step, name=name, after=after, author=author)
            elif state.paths and not after:
                _absent(state, request, name=name, by=_signed(step, touches[-1], author=author))
    found = sorted(states.items())
    return NameChanges(
        {name: replace(at.addition, lineage=at.trail.lineage) for name, at in found if at.addition},
        {name: replace(at.removal, lineage=at.trail.lineage) for name, at in found if at.removal},
        {name: at.touched for name, at in found if at.touched},
        frozenset(first_with),
    )


def holding_of(entries: Iterable[Entry]) -> Holding:
    """Of all entries."""
    names = entries_by_name(entries)
    return lambda name: names.get(name, ())


def _state_of(entries: Sequence[Entry]) -> _NameState:
    paths = {entry.path: entry.blob for entry in entries if not entry.exempt}
    return _NameState(paths, there=bool(paths))


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
    path, blob = min(after.items())
    if state.removal is not None and state.removal.added_at is None:
        state.removal = replace(state.removal, added_at=step.commit.time, first_blob=blob)
    if state.there and state.addition is None:
        state.addition = Addition(name, step.commit.time, step.commit.id, author(step, Touch(path, None, blob)), blob)


def _absent(state: _NameState, request: str, *, name: str, by: Commit) -> None:
    before = min(state.paths.items())[1]
    if not state.there:
        state.removal = state.removal or Removal(
            name, by.id, by.time, by=by.by, approved_by=by.approved_by, request=request, blob=before
        )
    elif state.addition is not None and state.addition.blob_before is None:
        state.addition = replace(state.addition, blob_before=before, request_before=request)


def _request_of(step: HistoryStep) -> str:
    """The request that the commit names. A merge names none: its message is about a whole branch."""
    return "" if step.merge else step.commit.trailers.get(REQUEST_TRAILER, "")
