"""A name with a record: in step, to be updated, to be taken away, or to be left alone because something is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from helium.core.expiry import format_instant, time_left
from helium.core.facts import Recipe
from helium.core.life import another_life, owner_of
from helium.core.plan import Change, Code, Create, Update
from helium.core.record import Phase, Record
from helium.core.spec import Spec, Unread, deadline_of
from helium.core.workspace import Workspace
from helium.reconcile.diff.case import Case, make_of
from helium.reconcile.diff.first import first_life


def with_record(case: Case, record: Record) -> Change:
    """The change of a name that the ledger knows."""
    if case.stack is not None and str(case.stack.id) != record.stack:
        return case.keep(Code.BACKEND_CHANGED, f"the record tells of {record.stack}, the state holds {case.stack.id}")
    if case.stack is None and record.alive:
        return case.keep(
            Code.LOST_STACK, f"its stack {record.stack} is not in the state; see helium ledger accept-loss"
        )
    if _unreachable(case, record):
        cluster = record.place.get("cluster")
        return case.keep(Code.CLUSTER_UNKNOWN, f"helium.yaml does not say how to reach the cluster {cluster}")
    if case.file is None:
        return _removed(case, record)
    if isinstance(case.file, Spec):
        return _specified(case, record, spec=case.file)
    if isinstance(case.file, Unread):
        return _in_step(case, record)
    return _unreadable(case, record)


def _unreachable(case: Case, record: Record) -> bool:
    cluster = record.place.get("cluster")
    fleet = case.facts.fleet
    return isinstance(cluster, str) and "kubernetes" not in fleet.sandbox and cluster not in fleet.clusters


def _removed(case: Case, record: Record) -> Change:
    if case.stack is None:
        return case.keep(Code.GONE, "its file and its stack are gone; the record leaves, its history stays")
    if record.deadline <= case.now:
        return case.destroy(record, Code.EXPIRED, reason=case.passed(record.deadline))
    removal = record.removed or case.facts.removals.get(case.name)
    by = f" in {removal.commit[:10]}" if removal else ""
    return case.destroy(record, Code.FILE_REMOVED, reason=f"its file was removed{by}")


def _unreadable(case: Case, record: Record) -> Change:
    """A file that is not valid: only the deadline of its last valid spec may end the workspace."""
    if case.stack is None or record.deadline > case.now:
        return case.keep_unreadable()
    return case.destroy(record, Code.EXPIRED, reason=case.passed(record.deadline))


def _specified(case: Case, record: Record, *, spec: Spec) -> Change:
    if another_life(record, spec.blob, birth=case.facts.births.get(case.name)):
        return _next_life(case, record, spec=spec)
    if spec.backend != record.backend:
        why = f"the file now says backend {spec.backend}; a move from {record.backend} is a new name"
        return case.keep(Code.BACKEND_CHANGED, why)
    deadline = deadline_of(spec, born=record.born, lifetime=case.lifetime(record))
    if case.stack is None:
        return _unmade(case, record, spec=spec, deadline=deadline)
    if deadline <= case.now:
        return _overdue(case, record, deadline=deadline)
    if record.phase in (Phase.DELETING, Phase.GONE):
        return case.destroy(record, Code.REPLACED, reason="its deletion had begun; it is finished, then made anew")
    return _living(case, record, spec=spec, deadline=deadline)


def _next_life(case: Case, record: Record, *, spec: Spec) -> Change:
    if case.stack is None:
        return first_life(case, spec)
    return case.destroy(record, Code.REPLACED, reason="its file was removed and another came: the old one goes first")


def _unmade(case: Case, record: Record, *, spec: Spec, deadline: datetime) -> Change:
    """No stack, and none was lost: it was never made, or it is gone."""
    if deadline <= case.now:
        return case.keep(Code.GONE if record.emptied else Code.EXPIRED, case.passed(deadline))
    if record.emptied is not None:
        return first_life(case, spec, code=Code.NEW_EXPIRY)
    recipe = case.recipe(spec.backend)
    if recipe is None:
        return case.keep_without_recipe(spec)
    workspace = _workspace(case, record, spec=spec, deadline=deadline, recipe=recipe)
    return Create.of(workspace, Code.RETRY, reason=_again(record))


def _again(record: Record) -> str:
    return f"the last attempt failed: {record.error}" if record.error else "the last attempt was cut short"


def _overdue(case: Case, record: Record, *, deadline: datetime) -> Change:
    if record.deadline <= deadline:
        return case.destroy(record, Code.EXPIRED, reason=case.passed(deadline))
    reason = f"its deadline moved from {format_instant(record.deadline)} into the past, to {format_instant(deadline)}"
    return case.destroy(record, Code.DEADLINE_MOVED, reason=reason)


def _living(case: Case, record: Record, *, spec: Spec, deadline: datetime) -> Change:
    """The stack is there and its time has not come: bring it in step, or leave it."""
    rolled = case.name in case.facts.rolled
    if record.phase is Phase.READY and record.spec_blob == spec.blob and not rolled:
        return _in_step(case, record)
    recipe = case.recipe(spec.backend)
    if recipe is None:
        return case.keep_without_recipe(spec)
    light = not rolled and not record.half_done and record.spec_digest == spec.digest
    workspace = _workspace(case, record, spec=spec, deadline=deadline, recipe=None if light else recipe)
    if record.spec_blob is None:
        return Create.of(workspace, Code.RETRY, reason=_again(record))
    code, reason = _why(record, spec, rolled=rolled, light=light)
    return replace(Update.of(workspace, code, reason=reason), light=light)


def _why(record: Record, spec: Spec, *, rolled: bool, light: bool) -> tuple[Code, str]:
    if rolled:
        return Code.ROLLED, "a person asked for today's program and charts"
    if record.phase is not Phase.READY and record.seen_blob == spec.blob:
        return Code.RETRY, _again(record)
    if light:
        return Code.SPEC_CHANGED, "its expiry, description or protection changed; its make stays"
    return Code.SPEC_CHANGED, "its file changed; it takes today's program and charts along"


def _in_step(case: Case, record: Record) -> Change:
    recipe = case.recipe(record.backend)
    if recipe is not None and record.make != make_of(recipe):
        return case.keep(Code.OLDER_PROGRAM, "made with an older program, chart or setting; see reconcile --roll")
    return case.keep(Code.IN_STEP, f"as its file says; {time_left(record.deadline, case.now)} left")


def _workspace(case: Case, record: Record, *, spec: Spec, deadline: datetime, recipe: Recipe | None) -> Workspace:
    """The workspace in the life that it has: its place never moves; without a recipe its make stays too."""
    return Workspace(
        fleet=case.facts.fleet.name,
        spec=spec,
        owner=owner_of(spec, record=record, birth=None),
        born=record.born,
        deadline=deadline,
        place=record.place,
        make=record.make if recipe is None else make_of(recipe),
    )
