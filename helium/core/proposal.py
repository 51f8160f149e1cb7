"""What a pull request proposes: how main's plan would change if it were merged, and what that would take away.

Pure. It compares two plans that rest on the same look at the ledger, so what main would do anyway is nobody's proposal,
and what somebody else broke is not this author's fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from helium.core.additions import end_of_living
from helium.core.fleet import SETTINGS
from helium.core.observation import Observation
from helium.core.plan import FOR_A_PERSON, Change, Code, Destroy, Keep, Plan, Refusal
from helium.core.record import Record
from helium.core.spec import WORKSPACES, Entry, Spec, in_the_past
from helium.core.transitions import recorded_end
from helium.errors import Issue

MOST_FILES = 200
"""Files that one pull request may change and still be planned."""
MOST_BYTES = 5 * 1024 * 1024
"""Bytes that they may have together."""
NOBODYS_FAULT = frozenset({Code.PAUSED, Code.UNTRUSTED_CLOCK})
"""Refusals that come from the moment and not from a change of files."""
ABOUT_EVERYTHING = frozenset(
    {Code.HISTORY, Code.FOREIGN_STATE, Code.INCOMPLETE_OBSERVATION, Code.LOST_STACK, Code.UNEXPECTED_PLAN}
)
"""Refusals that hold whatever is planned: where main has one, a branch that plans more is held by the same one."""
NEVER_DONE = FOR_A_PERSON | {Code.BACKEND_CHANGED, Code.PROTECTED, Code.EXPIRED, Code.NO_RECORD}
"""Why a valid file is not carried out: no later pass does it either, until somebody changes something."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file that a branch changed. `blob`: as it is now; empty where it is gone. `size` in bytes."""

    path: str
    blob: str = ""
    size: int = 0

    @property
    def is_spec(self) -> bool:
        """Whether it holds a workspace's name."""
        return self.path.startswith(f"{WORKSPACES}/") and not Entry(self.path, self.blob).exempt

    @property
    def name(self) -> str:
        """The name that it holds."""
        return Entry(self.path, self.blob).name


@dataclass(frozen=True, slots=True)
class Loss:
    """What goes with a workspace. `resources`: how many of each kind; `bucket`: the one with its data, or nothing."""

    owner: str
    created_at: datetime
    deadline: datetime
    resources: Mapping[str, int] = field(default_factory=dict)
    bucket: str = ""


@dataclass(frozen=True, slots=True)
class ProposedChange:
    """One workspace that a merge would treat differently. `loss`: what goes, if that is what happens."""

    change: Change
    path: str
    loss: Loss | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What merging `head` into `main` would change. `beside`: its files that are no specs.

    `refusals` and `issues`: what a pass would refuse, or could not read, because of it.
    """

    main: str
    head: str
    now: datetime
    changes: tuple[ProposedChange, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    issues: tuple[Issue, ...] = ()
    beside: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the next pass would carry it all out, as far as that can be known now."""
        return not (self.refusals or self.issues)

    @property
    def removed(self) -> tuple[str, ...]:
        """The names of the workspaces that would be destroyed for it."""
        return tuple(each.change.name for each in self.changes if isinstance(_meant(each.change), Destroy))

    def path_of(self, names: Iterable[str]) -> str:
        """The file of the first of these names that it changes; the settings' where it changes none."""
        paths = {each.change.name: each.path for each in self.changes}
        return next((paths[name] for name in names if name in paths), SETTINGS)


@dataclass(frozen=True, slots=True)
class Look:
    """A plan, and what it rests on."""

    plan: Plan
    observed: Observation


def proposal(before: Look, after: Look, *, head: str, files: Iterable[FileChange]) -> Proposal:
    """What `after`, with the branch merged, does that `before`, main as it is, does not."""
    files = tuple(files)
    touched = {each.name for each in files if each.is_spec}
    changes = tuple(
        ProposedChange(
            change,
            _path(change.name, looks=(after, before)),
            _loss(change, after.observed),
            _moved(change.name, before=before, after=after),
        )
        for change in after.plan.changes
        if change.digest != _digest_of(before.plan, change.name) or change.name in touched
    )
    names = frozenset(each.change.name for each in changes)
    return Proposal(
        before.plan.commit,
        head,
        after.plan.now,
        changes,
        tuple(_refused(before.plan, after.plan)),
        tuple(sorted({*_new_issues(before.plan, after.plan), *_of_names(names, after, touched=touched)})),
        tuple(each.path for each in files if not each.is_spec),
    )


def too_big(files: Iterable[FileChange]) -> str:
    """Why a pull request is not planned; empty if it is."""
    files = tuple(files)
    size = sum(each.size for each in files)
    if len(files) > MOST_FILES:
        return f"It changes {len(files)} files, and at most {MOST_FILES} are planned. Split it into several."
    if size > MOST_BYTES:
        return f"Its files have {size / 2**20:.1f} MiB, and at most {MOST_BYTES // 2**20} are planned. Make it smaller."
    return ""


def _digest_of(plan: Plan, name: str) -> str:
    change = plan.of(name)
    return change.digest if change else ""


def _meant(change: Change) -> Change:
    """The change itself; of one that a safeguard holds, what would be done without it."""
    return change.held if isinstance(change, Keep) and change.held is not None else change


def _loss(change: Change, observed: Observation) -> Loss | None:
    record = observed.records.get(change.name)
    if not isinstance(_meant(change), Destroy) or not isinstance(record, Record):
        return None
    bucket = record.outputs.get("bucket", "")
    deadline = recorded_end(record, observed.fleet.lifetimes).at
    return Loss(record.owner, record.created_at, deadline, record.resources, bucket)


def _path(name: str, *, looks: Iterable[Look]) -> str:
    """Its file, by the first look that has one."""
    found = (look.observed.specs[name].path for look in looks if name in look.observed.specs)
    return next(found, f"{WORKSPACES}/{name}.yaml")


def _moved(name: str, *, before: Look, after: Look) -> str:
    then, now = (look.observed.specs.get(name) for look in (before, after))
    if then is None or now is None or then.path == now.path:
        return ""
    return f"Its file moves from {then.path} to {now.path}, and the workspace stays as it is."


def _refused(before: Plan, after: Plan) -> Iterator[Refusal]:
    """The refusals that the branch causes: of another kind, or of more names."""
    for refusal in after.refusals:
        same = [each for each in before.refusals if each.code is refusal.code]
        held = {name for each in same for name in each.names}
        whole = refusal.code in ABOUT_EVERYTHING or not refusal.names
        is_new = not same if whole else bool(set(refusal.names) - held)
        if is_new and refusal.code not in NOBODYS_FAULT:
            yield refusal


def _new_issues(before: Plan, after: Plan) -> Iterator[Issue]:
    known = {(issue.path, issue.pointer, issue.sentence) for issue in before.issues}
    return (issue for issue in after.issues if (issue.path, issue.pointer, issue.sentence) not in known)


def _of_names(names: frozenset[str], after: Look, *, touched: set[str]) -> Iterator[Issue]:
    """What is wrong with a change though each file is valid: it asks for what has passed, or for what never happens."""
    for name in sorted(names & touched):
        spec, change = after.observed.specs.get(name), after.plan.of(name)
        if isinstance(spec, Spec) and (past := _in_the_past(spec, after)):
            yield past
        elif isinstance(change, Keep) and change.held is None and change.code in NEVER_DONE:
            yield Issue(_path(name, looks=(after,)), 1, 1, "", change.reason)


def _in_the_past(spec: Spec, look: Look) -> Issue | None:
    seen, now = look.observed, look.plan.now
    ends = end_of_living(
        spec,
        seen.records.get(spec.name),
        addition=seen.additions.get(spec.name),
        lifetimes=seen.fleet.lifetimes,
        now=now,
    )
    return in_the_past(spec, now=now, ends=ends)
