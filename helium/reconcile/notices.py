"""What the files of a working tree will do to the workspaces that live, before anybody pushes them.

Pure. A file can be valid and still end a workspace: a date in the past, a line that was taken out, a name that changes
hands. It refuses to judge: these are notices beside the errors, since a person may mean every one of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from helium.core.deadlines import format_instant
from helium.core.incarnations import is_new_incarnation
from helium.core.lifetimes import LifetimeRules, why_later
from helium.core.record import CorruptRecord, Phase, Record
from helium.core.spec import Addition, Spec
from helium.core.transitions import current_end, keeps_deadline
from helium.errors import Issue


@dataclass(frozen=True, slots=True)
class WorkingTree:
    """The valid specs, the names that any file holds (none: nobody looked for all), and who added a file since main."""

    specs: Collection[Spec]
    names: Collection[str] | None
    additions: Mapping[str, Addition] = field(default_factory=dict)


def notices_of(
    tree: WorkingTree, records: Mapping[str, Record | CorruptRecord], *, lifetimes: LifetimeRules, now: datetime
) -> tuple[Issue, ...]:
    """What will happen to living workspaces, a notice each."""
    living = {name: one for name, one in records.items() if isinstance(one, Record) and _lives(one)}
    notices = [
        Issue(spec.path, 1, 1, pointer, sentence)
        for spec in tree.specs
        if spec.name in living
        for pointer, sentence in _of_file(spec, living[spec.name], tree=tree, lifetimes=lifetimes, now=now)
    ]
    if tree.names is not None:
        gone = sorted(living.keys() - set(tree.names))
        notices += [Issue(f"workspaces/{name}.yaml", 1, 1, "", _of_absent(living[name])) for name in gone]
    return tuple(sorted(notices))


def _lives(record: Record) -> bool:
    return record.emptied is None and record.removed is None and record.phase not in (Phase.DELETING, Phase.GONE)


def _of_absent(record: Record) -> str:
    stays = "it was protected when it was last applied, so it stays"
    return f"its file is not here; on main, {stays if record.protected else 'that destroys the workspace'}"


def _of_file(
    spec: Spec, record: Record, *, tree: WorkingTree, lifetimes: LifetimeRules, now: datetime
) -> Iterator[tuple[str, str]]:
    if is_new_incarnation(record, spec, addition=tree.additions.get(spec.name)):
        what = "it stays, since it is protected" if record.protected else "it is destroyed, and a new one is created"
        yield (
            "",
            f"it was removed and added again, so it is not the file of {record.owner}'s workspace any more; {what}",
        )
        return
    if spec.names_backend and spec.backend != record.backend:
        yield (
            "/backend",
            f"it was created with {record.backend} and stays so; to use {spec.backend}, use a new name",
        )
        return
    ends = current_end(record, spec, lifetimes=lifetimes, now=now)
    deadline = ends.at
    if deadline <= now:
        over = f"its deadline {format_instant(deadline)} has passed"
        end = "it stays, since it is protected" if record.protected else "the next pass destroys it"
        yield "/expiry", f"{over}; {end}"
    elif keeps_deadline(record, spec, lifetimes=lifetimes, now=now):
        yield "/expiry", f"it names no expiry, so it keeps its deadline, {format_instant(deadline)}"
    elif spec.expiry is None and deadline != record.deadline:
        moved = f"from {format_instant(record.deadline)} to {format_instant(deadline)}"
        yield "/expiry", f"it names no expiry, so its deadline moves {moved}, by the default lifetime"
    elif spec.expiry is not None and ends.moved_from and deadline != record.deadline:
        yield "/expiry", f"it ends at {format_instant(deadline)}{why_later(ends.moved_from)}"
