"""A name with a record: in step, to be updated, to be taken away, or to be left alone because something is missing."""

from __future__ import annotations

from dataclasses import replace

from helium.core.chart import makes_the_same
from helium.core.deadlines import format_instant, time_left
from helium.core.drift import is_to_be_repaired
from helium.core.fleet import kind_in
from helium.core.incarnations import is_new_incarnation, owner_of
from helium.core.lifetimes import End, why_later
from helium.core.observation import Recipe
from helium.core.plan import Change, Code, Create, Update
from helium.core.record import Phase, Record
from helium.core.spec import NotParsed, Spec
from helium.core.stack import gone_for_ever
from helium.core.transitions import current_end, keeps_deadline, recorded_end
from helium.core.workspace import Workspace
from helium.reconcile.diff.name_facts import NameFacts, pins_of
from helium.reconcile.diff.without_record import first_incarnation


def with_record(facts: NameFacts, record: Record) -> Change:
    """The change of a name that the ledger knows."""
    # Doubts first: while record, state and settings disagree about where it is, its file is not even looked at.
    if facts.stack is not None and str(facts.stack.id) != record.stack:
        return facts.keep(
            Code.BACKEND_CHANGED, f"The record names the stack {record.stack}, but the state holds {facts.stack.id}."
        )
    if facts.stack is None and record.alive:
        return facts.keep(
            Code.LOST_STACK, f"Its stack {record.stack} is not in the state. See helium ledger accept-loss."
        )
    if _unreachable(facts, record):
        cluster = record.placement.get("cluster")
        why = f"helium.yaml does not say how to reach the cluster {cluster}."
        way_out = f" {gone_for_ever(facts.name)}." if facts.file is None else ""
        return facts.keep(Code.CLUSTER_UNKNOWN, f"{why}{way_out}")
    if facts.file is None:
        return _removed(facts, record)
    if isinstance(facts.file, Spec):
        return _specified(facts, record, spec=facts.file)
    if isinstance(facts.file, NotParsed):
        return _in_step(facts, record)
    return _invalid(facts, record)


def _unreachable(facts: NameFacts, record: Record) -> bool:
    cluster = record.placement.get("cluster")
    fleet = facts.observed.fleet
    if facts.name in facts.observed.lost_clusters:
        return False
    return isinstance(cluster, str) and "kubernetes" not in fleet.sandbox and cluster not in fleet.clusters


def _removed(facts: NameFacts, record: Record) -> Change:
    if facts.stack is None:
        return facts.keep(
            Code.GONE, "Its file and its stack are gone. The record is dropped, and its history stays in the log."
        )
    # Its time was over anyway, so it does not count against the limit of removals.
    if (deadline := facts.deadline(record)) <= facts.now:
        return facts.destroy(record, Code.EXPIRED, reason=facts.passed(deadline))
    removal = facts.removal(record)
    by = f" in {removal.commit[:10]}" if removal and removal.commit else ""
    return facts.destroy(record, Code.FILE_REMOVED, reason=f"The file was removed{by}.")


def _invalid(facts: NameFacts, record: Record) -> Change:
    """A file that is not valid: only the deadline of its last valid spec may end the workspace.

    Whoever asks for more time than the maximum wants to keep it, so it has the maximum.
    """
    deadline = facts.deadline(record)
    if facts.stack is None or deadline > facts.now:
        return facts.keep_invalid()
    return facts.destroy(record, Code.EXPIRED, reason=facts.passed(deadline))


def _specified(facts: NameFacts, record: Record, *, spec: Spec) -> Change:
    if is_new_incarnation(record, spec, addition=facts.observed.additions.get(facts.name)):
        return _next_incarnation(facts, record, spec=spec)
    if spec.backend != record.backend and not spec.names_backend:
        # The fleet's default backend changed. A file that names none stays where it was made.
        spec = replace(spec, backend=record.backend)
    end = current_end(record, spec, lifetimes=facts.observed.fleet.lifetimes, now=facts.now)
    # Whatever else is wrong with the file, a workspace whose time is over goes.
    if facts.stack is not None and end.at <= facts.now:
        return _overdue(facts, record, spec=spec, end=end)
    if spec.backend != record.backend:
        why = f"The file names another backend, {spec.backend}. To leave {record.backend}, use a new name."
        return facts.keep(Code.BACKEND_CHANGED, why)
    if why := _of_another_kind(facts, record):
        return facts.keep(Code.BACKEND_CHANGED, why)
    if facts.stack is None:
        return _unmade(facts, record, spec=spec, end=end)
    # A deletion that has begun is never turned back: half of the workspace may be gone.
    if record.phase in (Phase.DELETING, Phase.GONE):
        return facts.destroy(
            record, Code.REPLACED, reason="Its deletion had begun. That is finished first, then it is created again."
        )
    return _living(facts, record, spec=spec, end=end)


def _of_another_kind(facts: NameFacts, record: Record) -> str:
    """Why its backend's name stands for another program now, whose `up` would delete all that this one created."""
    then, today = kind_in(record.placement, backend=record.backend), facts.observed.fleet.kind_of(record.backend)
    if then == today or record.emptied is not None:
        return ""
    return (
        f"{then} created it, but in helium.yaml the backend {record.backend} is {today} now. Put that back, and give "
        "the other one a new name."
    )


def _next_incarnation(facts: NameFacts, record: Record, *, spec: Spec) -> Change:
    if facts.stack is None:
        return first_incarnation(facts, spec)
    if record.protected and record.phase not in (Phase.DELETING, Phase.GONE):
        why = (
            f"Somebody else's file has the name of the protected workspace of {record.owner}, which stays. To end it, "
            f"put a file with owner: {record.owner} and protected: false in its place first."
        )
        return facts.keep(Code.PROTECTED, why)
    return facts.destroy(
        record, Code.REPLACED, reason="The file was removed and added again. The old workspace goes first."
    )


def _unmade(facts: NameFacts, record: Record, *, spec: Spec, end: End) -> Change:
    """No stack, and none was lost: it was never created, or it is gone."""
    if end.at <= facts.now:
        return facts.keep(Code.GONE if record.emptied else Code.EXPIRED, facts.passed(end.at))
    if record.emptied is not None:
        return first_incarnation(facts, spec, code=Code.NEW_EXPIRY)
    recipe = facts.recipe(spec.backend)
    if recipe is None:
        return facts.keep_without_recipe(spec)
    workspace = _workspace(facts, record, spec=spec, end=end, recipe=recipe)
    return Create.of(workspace, Code.RETRY, reason=_again(record))


def _again(record: Record) -> str:
    return f"The last attempt failed: {record.error}." if record.error else "The last attempt was cut short."


def _overdue(facts: NameFacts, record: Record, *, spec: Spec, end: End) -> Change:
    if record.protected and not spec.protected and spec.backend == record.backend:
        return _unprotected(facts, record, spec=spec, end=end)
    # Also where it moved into the past, and the one that a pass had noted is over since: it would be gone anyway.
    noted = recorded_end(record, facts.observed.fleet.lifetimes).at
    if record.deadline <= end.at or noted <= facts.now:
        return facts.destroy(record, Code.EXPIRED, reason=facts.passed(end.at))
    reason = f"The deadline moved into the past, from {format_instant(record.deadline)} to {format_instant(end.at)}."
    return facts.destroy(record, Code.DEADLINE_MOVED, reason=reason)


def _unprotected(facts: NameFacts, record: Record, *, spec: Spec, end: End) -> Change:
    """Its time is over, and its protection was taken off since: that has to be applied before it may go."""
    # A deadline that moved into the past is never recorded. So it still counts as moved afterwards, and not as expired.
    noted = recorded_end(record, facts.observed.fleet.lifetimes)
    later = max(end, noted, key=lambda each: each.at)
    workspace = _workspace(facts, record, spec=spec, end=later, recipe=None)
    reason = "The file no longer protects it. That is applied first; the next pass destroys it, since its time is over."
    return replace(Update.of(workspace, Code.SPEC_CHANGED, reason=reason), metadata_only=True)


def _living(facts: NameFacts, record: Record, *, spec: Spec, end: End) -> Change:
    """The stack exists and its deadline is in the future: update it, or leave it alone."""
    rolled = facts.name in facts.observed.rolled
    drifted = is_to_be_repaired(record.drift, facts.observed.fleet.drift)
    as_is = record.spec_blob == spec.blob and not rolled
    if record.phase is Phase.READY and as_is and not drifted:
        return _in_step(facts, record)
    recipe = facts.recipe(spec.backend)
    if recipe is None:
        return facts.keep_without_recipe(spec)
    if drifted and as_is and not record.half_done:
        applies = record.program == recipe.program or (record.drift is not None and record.drift.applies)
        # One that has failed is tried again all the same: what it failed with may be over.
        if record.phase is Phase.READY and not applies:
            return _in_step(facts, record)
        return _drifted(facts, record, spec=spec, end=end)
    # A changed expiry must not bring a new program along: people extend a workspace so that it stays as it is.
    metadata_only = not rolled and not record.half_done and record.spec_digest == spec.digest
    workspace = _workspace(facts, record, spec=spec, end=end, recipe=None if metadata_only else recipe)
    if record.spec_blob is None:
        return replace(Create.of(workspace, Code.RETRY, reason=_again(record)), exists=True)
    code, reason = _why(record, spec, rolled=rolled, metadata_only=metadata_only)
    if keeps_deadline(record, spec, lifetimes=facts.observed.fleet.lifetimes, now=facts.now):
        # Whoever took the line out may think that it lives on for ever now, or that it ends at once.
        reason += f" It names no expiry, so it keeps its deadline, {format_instant(end.at)}."
    elif spec.expiry is not None and end.moved_from:
        reason += f" It ends at {format_instant(end.at)}{why_later(end.moved_from)}."
    return replace(Update.of(workspace, code, reason=reason), metadata_only=metadata_only)


def _drifted(facts: NameFacts, record: Record, *, spec: Spec, end: End) -> Change:
    """It is put back as it was made: nobody asked for another program, so none comes along."""
    assert record.drift is not None
    since = f" since {format_instant(record.drift.since)}" if record.drift.since else ""
    again = f" {_again(record)}" if record.phase is not Phase.READY else ""
    workspace = _workspace(facts, record, spec=spec, end=end, recipe=None)
    reason = f"It has drifted{since}: {'; '.join(record.drift.found)}.{again}"
    return Update.of(workspace, Code.DRIFTED, reason=reason)


def _why(record: Record, spec: Spec, *, rolled: bool, metadata_only: bool) -> tuple[Code, str]:
    if rolled:
        return Code.ROLLED, "Somebody asked for today's program and charts."
    if record.phase is not Phase.READY and record.seen_blob == spec.blob:
        return Code.RETRY, _again(record)
    if metadata_only:
        return Code.SPEC_CHANGED, "The expiry, description or protection changed. Program and charts stay as they are."
    return Code.SPEC_CHANGED, "The file changed. The update also brings today's program and charts."


def _in_step(facts: NameFacts, record: Record) -> Change:
    recipe = facts.recipe(record.backend)
    if recipe is not None and not makes_the_same(record.pins, pins_of(recipe), charts=recipe.charts):
        return facts.keep(
            Code.OLDER_PROGRAM, "It was created with an older program, chart or setting. See helium reconcile --roll."
        )
    return facts.keep(Code.IN_STEP, f"It matches its file, with {time_left(facts.deadline(record), facts.now)} left.")


def _workspace(facts: NameFacts, record: Record, *, spec: Spec, end: End, recipe: Recipe | None) -> Workspace:
    """The workspace in its present incarnation. Its placement never moves; without a recipe its pins stay as well."""
    return Workspace(
        fleet=facts.observed.fleet.name,
        spec=spec,
        owner=owner_of(spec, record=record, addition=None),
        added_at=record.added_at,
        deadline=end.at,
        placement=record.placement,
        pins=record.pins if recipe is None else pins_of(recipe),
        written=end.moved_from,
    )
